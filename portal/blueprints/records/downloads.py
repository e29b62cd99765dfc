"""Files in the fields of records, with the right to what they hang on."""

from flask import Response, send_file
from flask_login import current_user

from portal import records
from portal.blueprints.records.blueprint import bp
from portal.security import policy

INLINE = frozenset({"application/pdf", "image/png", "image/jpeg", "image/gif", "image/webp"})  # hold no script
PLAIN = "application/octet-stream"


@bp.get("/files/<int:file_id>")
@policy.signed_in
def download(file_id: int) -> Response:
    """The file; only what cannot hold a script opens in the browser, all else is saved."""
    row, stream = records.files.open_file(file_id, current_user)
    inline = row.content_type in INLINE
    answer = send_file(stream, row.content_type if inline else PLAIN, as_attachment=not inline, download_name=row.name)
    answer.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return answer
