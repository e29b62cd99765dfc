"""A stored file as an answer: streamed, in parts where asked, and never anything a browser would run."""

from collections.abc import Iterator
from typing import IO

from flask import Response, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from portal import records
from portal.blueprints.attachments import named
from portal.blueprints.headers import VIEWER

BLOCK = 1 << 16
PDF = "application/pdf"
CLOSED = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"
INLINE = frozenset({PDF, "image/png", "image/jpeg", "image/gif", "image/webp"})  # hold no script a browser runs here


def sent(row: records.files.StoredFile) -> Response:
    """The file under the type that its bytes have; only what cannot hold a script opens in the browser.

    Raises what `records.files.open_bytes` raises.
    """
    start, length, status = _part(row)
    stream = records.files.open_bytes(row, start)
    if request.if_none_match.contains(row.sha256):
        stream.close()
        return _marked(Response(status=304), row)
    answer = Response(_blocks(stream, length), status, mimetype=row.content_type)
    answer.call_on_close(stream.close)
    answer.content_length = length
    if status == 206:
        answer.headers["Content-Range"] = f"bytes {start}-{start + length - 1}/{row.size}"
    way = "inline" if row.content_type in INLINE else "attachment"
    return _marked(named(answer, row.name, way), row)


def pictured(row: records.files.StoredFile, stream: IO[bytes]) -> Response:
    """The small picture of a file, which the portal drew itself."""
    answer = Response(iter(lambda: stream.read(BLOCK), b""), mimetype="image/webp")
    answer.call_on_close(stream.close)
    return _marked(answer, row)


def _marked(answer: Response, row: records.files.StoredFile) -> Response:
    answer.set_etag(row.sha256)
    answer.headers["Accept-Ranges"] = "bytes"
    answer.headers["Cache-Control"] = "private, no-cache"  # kept, but asked for anew: rights may have changed
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = VIEWER if row.content_type == PDF else CLOSED
    return answer


def _part(row: records.files.StoredFile) -> tuple[int, int, int]:
    """First byte, number of bytes and status of what is asked for; several parts at once are sent as the whole file."""
    asked = request.range
    if asked is None or asked.units != "bytes" or len(asked.ranges) != 1 or not _is_same(row):
        return 0, row.size, 200
    span = asked.range_for_length(row.size)
    if span is None:
        raise RequestedRangeNotSatisfiable(row.size)
    return span[0], span[1] - span[0], 206


def _is_same(row: records.files.StoredFile) -> bool:
    """Whether If-Range, where it is sent, names these bytes."""
    condition = request.if_range
    return condition.etag == row.sha256 if condition and condition.etag else "If-Range" not in request.headers


def _blocks(stream: IO[bytes], length: int) -> Iterator[bytes]:
    while length > 0 and (block := stream.read(min(BLOCK, length))):
        length -= len(block)
        yield block
