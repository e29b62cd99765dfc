"""Every request gathers what it shows of guarded fields, and writes it once the answer is on its way, or has failed."""

from flask import Flask, Response, current_app, g, request

from portal import looks


def install(app: Flask) -> None:
    """Put the ledger around every request of the app."""
    app.before_request(begin)
    app.after_request(end)
    app.teardown_request(fail)


def begin() -> None:
    """Open a ledger; its door is the name of the view."""
    g.watch = looks.ledger(request.endpoint or "")


def end(response: Response) -> Response:
    """Write when the answer was sent to its end or broken off: a file is made while it is sent."""
    ledger, app = g.pop("watch", None), current_app._get_current_object()  # type: ignore[attr-defined]

    def write() -> None:
        with app.app_context():
            ledger.write()

    if ledger is not None:
        response.call_on_close(write)
    return response


def fail(problem: BaseException | None) -> None:
    """Write for a request that gave no answer."""
    ledger = g.pop("watch", None)
    if ledger is not None:
        ledger.write()
