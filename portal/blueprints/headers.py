"""What every response carries: strict policies for the browser, and no copies of personal pages."""

import secrets

from flask import Flask, Response, g, request

POLICY = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; "
    "img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; frame-src 'self'; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
VIEWER = "default-src 'none'; object-src 'self'; frame-ancestors 'self'"  # all that a PDF needs


def install(app: Flask) -> None:
    """Add the headers to every response and `csp_nonce()` to every template."""
    app.after_request(add)
    app.jinja_env.globals["csp_nonce"] = nonce


def nonce() -> str:
    """The nonce of this request, for a script or style element that must stand in the page."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def add(response: Response) -> Response:
    """Set the security headers; a view may have set a stricter or longer-lived value itself."""
    headers = response.headers
    headers.setdefault("Content-Security-Policy", POLICY.format(nonce=nonce()))
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("X-Frame-Options", "SAMEORIGIN")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
    if request.is_secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if request.endpoint != "static":
        headers["Cache-Control"] = headers.get("Cache-Control") or "no-store"
        response.vary.update(("HX-Request", "Cookie"))
    return response
