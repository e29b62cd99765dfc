"""One file: its bytes, a small picture of it, and a look at it without leaving the page."""

from contextlib import closing

from flask import Response, render_template
from flask_login import current_user

from portal import records, storage
from portal.blueprints import screens
from portal.blueprints.files import serving
from portal.blueprints.files.blueprint import bp
from portal.errors import NotFound
from portal.security import policy

SHOWN = 1 << 16  # bytes of a text that are shown


@bp.get("/files/<int:file_id>")
@policy.signed_in
def download(file_id: int) -> Response:
    """The file itself, or the part of it that is asked for."""
    return serving.sent(records.files.file_of(file_id, current_user))


@bp.get("/files/<int:file_id>/picture")
@policy.signed_in
def picture(file_id: int) -> Response:
    """The small picture of a picture."""
    row = records.files.file_of(file_id, current_user)
    if row.thumbnail is None or row.is_shut:
        raise NotFound
    try:
        stream = storage.store_of(row.store).open(row.thumbnail)
    except storage.Absent:
        raise NotFound from None
    return serving.pictured(row, stream)


@bp.get("/files/<int:file_id>/preview")
@policy.signed_in
def preview(file_id: int) -> str:
    """A look at the file; a piece for the drawer, a page without JavaScript."""
    row = records.files.file_of(file_id, current_user)
    name = "files/preview.html" if screens.is_piece("drawer-body") else "files/preview_page.html"
    text = _beginning(row) if row.kind == "text" and not row.is_shut else ""
    return render_template(name, file=row, kind=row.kind, text=text)


def _beginning(row: records.files.StoredFile) -> str:
    with closing(records.files.open_bytes(row)) as stream:
        head = stream.read(SHOWN)
    return records.files.text_of(head)
