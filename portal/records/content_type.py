"""What a file is, judged by its first bytes; its name only tells apart what looks alike."""

from pathlib import PurePosixPath

PLAIN = "application/octet-stream"
MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"PK\x03\x04", "application/zip"),
)
OFFICE = "application/vnd.openxmlformats-officedocument."
INSIDE: dict[str, dict[str, str]] = {
    "application/zip": {
        ".xlsx": f"{OFFICE}spreadsheetml.sheet",
        ".docx": f"{OFFICE}wordprocessingml.document",
        ".pptx": f"{OFFICE}presentationml.presentation",
        ".ods": "application/vnd.oasis.opendocument.spreadsheet",
        ".odt": "application/vnd.oasis.opendocument.text",
    },
    "application/x-ole-storage": {".xls": "application/vnd.ms-excel", ".doc": "application/msword"},
    "text/plain": {".csv": "text/csv"},
}
INLINE = frozenset({"application/pdf", "image/png", "image/jpeg", "image/gif", "image/webp"})  # holds no script


def content_type(head: bytes, name: str) -> str:
    """The media type; markup of any kind is plain bytes, so that no browser runs it."""
    found = next((kind for magic, kind in MAGIC if head.startswith(magic)), None)
    if found is None and head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        found = "image/webp"
    if found is None and _is_text(head):
        found = "text/plain"
    ending = PurePosixPath(name.casefold()).suffix
    return INSIDE.get(found or "", {}).get(ending, found or PLAIN)


def _is_text(head: bytes) -> bool:
    if not head or b"\x00" in head or b"<" in head[:1024]:
        return False
    for encoding in ("utf-8", "gb18030"):
        try:
            head[:-4].decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False
