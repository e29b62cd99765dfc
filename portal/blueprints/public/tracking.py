"""The picture, the links and the way out in campaign mails."""

import base64

from flask import Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from portal.blueprints.public.blueprint import bp
from portal.campaigns import tracking
from portal.errors import NotFound
from portal.extensions import csrf, transaction
from portal.security import SYSTEM, policy

PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


@bp.get("/t/o/<token>.gif")
@policy.public
def opened(token: str) -> Response:
    """Count an open and give a picture of one pixel."""
    with transaction():
        tracking.record_open(token, request.user_agent.string)
    return Response(PIXEL, mimetype="image/gif", headers={"Cache-Control": "no-store"})


@bp.get("/t/c/<token>/<int:number>")
@policy.public
def clicked(token: str, number: int) -> AnyResponse:
    """Count a click and go to the link of that number in the campaign."""
    with transaction():
        target = tracking.record_click(token, number, request.user_agent.string)
    return redirect(target, 302)


@bp.get("/u/<token>")
@policy.public
def leaving(token: str) -> str | tuple[str, int]:
    """Ask once before the address is taken off, for mail scanners open every link."""
    try:
        address = tracking.address_of(token)
    except NotFound:
        return render_template("public/details_closed.html", reason="unknown"), 404
    return render_template("public/unsubscribe.html", address=address, token=token, is_done=False)


@bp.post("/u/<token>")
@csrf.exempt  # type: ignore[untyped-decorator]
@policy.public
def left(token: str) -> str:
    """Take the address off; mail programs post here by themselves (RFC 8058), the token alone entitles."""
    address = tracking.unsubscribe(token, by=SYSTEM)
    return render_template("public/unsubscribe.html", address=address, token=token, is_done=True)
