"""The gate in front of every view: a view that names no policy is refused."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import Flask, Response, abort, current_app, g, redirect, request, session, url_for
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from portal import schema
from portal.errors import Forbidden, NotFound
from portal.extensions import login_manager
from portal.schema import compiled
from portal.security import offices
from portal.security.models import Person
from portal.security.policy import disguise
from portal.security.policy.rights import can, may
from portal.security.sessions import find_session

View = TypeVar("View", bound=Callable[..., Any])
# Where somebody with a one-time password may go: to change it, or away.
SAFE = ("GET", "HEAD", "OPTIONS")
LOOKERS = ("people.be_oneself", "auth.sign_out")  # what somebody who wears a role may send
FIRST_STEPS = ("auth.me", "auth.change_password", "auth.sign_out", ".preferences")


@dataclass(frozen=True)
class Policy:
    """What a view asks of whoever calls it; `check` raises Forbidden or NotFound."""

    name: str
    check: Callable[[Person], None] | None

    @property
    def is_public(self) -> bool:
        return self.check is None


def _marked(policy: Policy) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.__policy__ = policy  # type: ignore[attr-defined]
        return view

    return mark


def public(view: View) -> View:
    """Let everybody in, signed in or not."""
    return _marked(Policy("public", None))(view)


def signed_in(view: View) -> View:
    """Let in whoever signed in; the view itself limits what is seen to the person's own."""
    return _marked(Policy("signed in", lambda person: None))(view)


def requires(ability: str) -> Callable[[View], View]:
    """Let in whoever holds the ability; others get 403."""

    def check(person: Person) -> None:
        if not may(person, ability):
            raise Forbidden()

    return _marked(Policy(ability, check))


def requires_entity(action: str, entity_key: str | None = None) -> Callable[[View], View]:
    """Let in whoever may do the action to some records of the entity in the address, or of the one named.

    Who may not even view the entity gets 404. Which records are reached is decided by `records.fetch`.
    """

    def check(person: Person) -> None:
        key = entity_key or request.view_args["entity"].key  # type: ignore[index]
        if not can(person, "view", key):
            raise NotFound()
        if not can(person, action, key):
            raise Forbidden()

    return _marked(Policy(f"{entity_key or 'entity'}.{action}", check))


def guard(app: Flask) -> None:
    """Put the gate before every view of the app."""
    login_manager.user_loader(_load_person)
    public(app.view_functions["static"])
    app.before_request(_check)


def policy_of(app: Flask, endpoint: str) -> Policy | None:
    """The policy a view names, or None."""
    found = getattr(app.view_functions[endpoint], "__policy__", None)
    return found if isinstance(found, Policy) else None


def _load_person(person_id: str) -> Person | None:
    sign_in = find_session(str(session.get("sign_in", "")))
    if sign_in is None or str(sign_in.person_id) != person_id:
        return None
    g.sign_in = sign_in
    disguise.wear(sign_in.person, session.get("disguise"))
    compiled.look_from(offices.path_of(sign_in.person.office_id))
    return sign_in.person


def _look_again() -> None:
    """The address was read before anybody knew who asks: its entity is now the one of the person's office."""
    asked = (request.view_args or {}).get("entity")
    if isinstance(asked, schema.Entity):
        request.view_args["entity"] = schema.current().entities[asked.key]  # type: ignore[index]


def _check() -> Any:
    if request.endpoint is None:
        return None  # No such address, or no such method there: Flask answers.
    if any("\0" in text for text in (request.path, *request.args.values())):
        abort(400)  # PostgreSQL holds no such text, so nothing can be meant by it.
    policy = policy_of(current_app, request.endpoint)
    if policy is None:
        abort(500, f"{request.endpoint} names no policy")
    if policy.check is None:
        return None
    if not current_user.is_authenticated:
        return _to_sign_in()
    if current_user.must_change_password and not request.endpoint.endswith(FIRST_STEPS):
        return redirect(url_for("auth.me"), 303)
    if current_user.seen_as and request.method not in SAFE and not request.endpoint.endswith(LOOKERS):
        raise Forbidden(_l("You are looking as a role; nothing can be changed meanwhile."))
    _look_again()
    policy.check(current_user)
    return None


def _to_sign_in() -> Response:
    back = (
        {"next": request.full_path.rstrip("?")}
        if request.method == "GET" and "HX-Request" not in request.headers
        else {}
    )
    address = url_for("auth.sign_in") + ("?" + urlencode(back) if back else "")
    if "HX-Request" in request.headers:
        return Response(status=401, headers={"HX-Redirect": address})
    if request.accept_mimetypes.best == "application/json":
        return Response(status=401)
    if any(name != "csrf_token" and not name.startswith("_") for name in request.form):
        abort(401)  # the page that says so gives back what was typed
    return redirect(address, 303)  # type: ignore[return-value]
