"""What a file is, judged by its first bytes; its name only tells apart what looks alike."""

from pathlib import PurePosixPath

ENCODINGS = ("utf-8-sig", "gb18030")
PLAIN = "application/octet-stream"
MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
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
KINDS: dict[str, str] = {
    "application/pdf": "pdf",
    "application/zip": "archive",
    "application/gzip": "archive",
    "application/x-7z-compressed": "archive",
    "application/vnd.rar": "archive",
    "application/x-ole-storage": "office",
    PLAIN: "other",
}


def content_type(head: bytes, name: str) -> str:
    """The media type; markup of any kind is plain bytes, so that no browser runs it."""
    found = next((kind for magic, kind in MAGIC if head.startswith(magic)), None)
    if found is None and head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        found = "image/webp"
    if found is None and _is_text(head):
        found = "text/plain"
    ending = PurePosixPath(name.casefold()).suffix
    return INSIDE.get(found or "", {}).get(ending, found or PLAIN)


def kind(content_type: str) -> str:
    """The kind of file: image, pdf, text, office, archive or other."""
    main = content_type.partition("/")[0]
    return KINDS.get(content_type) or (main if main in ("image", "text") else "office")


def _is_text(head: bytes) -> bool:
    if not head or b"\x00" in head or b"<" in head[:1024]:
        return False
    return any(text_in(head, encoding) is not None for encoding in ENCODINGS)


def text_in(head: bytes, encoding: str) -> str | None:
    """The beginning of a text, whose last character may have been cut; None where it is not in that encoding."""
    for cut in range(4):
        try:
            return head[: max(len(head) - cut, 1)].decode(encoding)
        except UnicodeDecodeError:
            continue
    return None
