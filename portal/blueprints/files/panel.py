"""The files of a record: hung there by dropping or choosing, taken off, and brought back."""

from typing import Any

from flask import Response, make_response, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from portal import records
from portal.blueprints import screens
from portal.blueprints.addresses import to
from portal.blueprints.files.blueprint import bp
from portal.errors import Invalid
from portal.records import Record
from portal.schema import Entity
from portal.security import policy

MOST = 20  # files taken at once
ACCEPTED = {
    "image": "image/png,image/jpeg,image/gif,image/webp",
    "pdf": "application/pdf",
    "text": "text/plain,.csv",
    "office": ".xlsx,.docx,.pptx,.xls,.doc,.ppt,.ods,.odt",
    "archive": ".zip,.gz,.7z,.rar",
}
ICONS = {
    "image": "photo",
    "pdf": "file-type-pdf",
    "text": "file-text",
    "office": "file-spreadsheet",
    "archive": "package",
}


def content(record: Record) -> dict[str, Any]:
    """What the template of the panel needs."""
    megabytes, kinds = records.attachments.limits()
    return {
        "files": records.attachments.attached(record),
        "file_megabytes": megabytes,
        "file_accept": ",".join(ACCEPTED.get(one, "") for one in kinds) if "other" not in kinds else "",
        "may_attach": record.may("edit") and not record.is_archived,
    }


@bp.app_template_global()
def file_icon(kind: str) -> str:
    """The icon of a kind of file."""
    return ICONS.get(kind, "file")


@bp.app_template_global()
def file_size(size: int) -> str:
    """A size as people read it."""
    number = float(size)
    for unit in ("B", "KB", "MB", "GB"):
        if number < 1024 or unit == "GB":
            return f"{number:.0f} {unit}" if unit == "B" or number >= 10 else f"{number:.1f} {unit}"
        number /= 1024
    raise AssertionError


@bp.post("/<entity:entity>/<int:record_id>/files")
@policy.requires_entity("edit")
def attach(entity: Entity, record_id: int) -> Response:
    """Hang files on the record; what is not taken is told by name, and the others are."""
    record = records.fetch(entity.key, record_id, current_user, "edit")
    taken, refused = 0, []
    for upload in request.files.getlist("file")[:MOST]:
        if not upload.filename:
            continue
        try:
            records.attachments.attach(record, upload.stream, upload.filename, screens.me())
            taken += 1
        except Invalid as problem:
            refused.append((upload.filename, " ".join(str(one) for one in problem.problems.values())))
    if not taken and not refused:
        refused.append(("", _("Choose a file.")))
    return _answer(record, ngettext("%(num)d file added.", "%(num)d files added.", taken) if taken else "", refused)


@bp.get("/<entity:entity>/<int:record_id>/files")
@policy.requires_entity("view")
def files(entity: Entity, record_id: int) -> str:
    """The panel alone, which asks for itself while a file is being checked."""
    record = records.fetch(entity.key, record_id, current_user)
    return render_template("records/panels/files.html", record=record, entity=entity, **content(record))


@bp.post("/files/<int:file_id>/removal")
@policy.signed_in
def remove(file_id: int) -> Response:
    """Take a file off its record; the toast offers to bring it back."""
    row, record = records.attachments.remove(file_id, screens.me())
    back = url_for("files.bring_back", file_id=file_id)
    return _answer(record, _("“%(name)s” is removed.", name=row.name), [], back)


@bp.post("/files/<int:file_id>/return")
@policy.signed_in
def bring_back(file_id: int) -> Response:
    """Hang a removed file on its record again."""
    row, record = records.attachments.remove(file_id, screens.me(), undo=True)
    screens.tell(_("“%(name)s” is back.", name=row.name))
    return _to(record)


def _answer(record: Record, message: str, refused: list[tuple[str, str]], undo: str | None = None) -> Response:
    if not screens.is_piece():
        for name, why in refused:
            screens.tell(f"{name}: {why}" if name else why, "danger")
        if message:
            screens.tell(message, undo=undo)
        return _to(record)
    page = render_template(
        "records/panels/files.html", record=record, entity=record.entity, refused=refused, **content(record)
    )
    answer = make_response(page, 422 if refused and not message else 200)
    return screens.toast(answer, message, undo=undo) if message else answer


def _to(record: Record) -> Response:
    return to(url_for("records.show", entity=record.entity, record_id=record.id, _anchor="files"))
