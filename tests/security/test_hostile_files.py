"""S11: fifty files that want to do harm; none is active in the browser, none lies outside of the folder of files."""

import io
import re
import struct
import zipfile
import zlib
from pathlib import Path

import pytest
from PIL import Image

from portal import records
from portal.extensions import db
from portal.jobs import Job, run_now
from portal.records.stored_file import StoredFile

SCRIPT = b"<script>alert('kehu-xss')</script>"
HTML = b"<!doctype html><html><body>" + SCRIPT + b"</body></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">' + SCRIPT + b"</svg>"
XML = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'
BILLION = (
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "' + b"c" * 500 + b'"><!ENTITY d "&b;&b;&b;&b;">]><a>&d;&d;</a>'
)
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
JAVASCRIPT = b"alert('kehu-xss')//"
PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\n"
QUIET = {"application/pdf", "image/png", "image/jpeg", "image/gif", "image/webp"}
ACTIVE = re.compile(r"html|svg|xml(?!formats)|javascript|ecmascript|xsl|flash|multipart", re.IGNORECASE)


@pytest.fixture
def engine_name() -> str:
    """SQLite alone: the database has no part in it."""
    return "sqlite"


def picture(kind: str, **more) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(made, kind, **more)
    return made.getvalue()


def bomb(side: int) -> bytes:
    """A PNG of few bytes that would be side × side pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack("!I", len(data)) + name + data + struct.pack("!I", zlib.crc32(name + data))

    head = struct.pack("!IIBBBBB", side, side, 8, 0, 0, 0, 0)
    packed = zlib.compress(b"\0" * 200_000, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def packed(**members: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as book:
        for name, body in members.items():
            book.writestr(name.replace("__", "/"), body)
    return made.getvalue()


def slipped() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as book:
        book.writestr("../../../../tmp/kehu-slip", b"out")
    return made.getvalue()


def texts() -> list[tuple[str, bytes]]:
    """Markup and scripts under names that lie."""
    return [
        ("a.svg", SVG),
        ("a.png", SVG),
        ("a.png", HTML),
        ("a.html", HTML),
        ("a.htm", b"\xef\xbb\xbf" + HTML),
        ("a.xhtml", XML.replace(b"<a>", b"<html xmlns='http://www.w3.org/1999/xhtml'>")),
        ("a.txt", HTML),
        ("a.txt", b"\n" * 2000 + SCRIPT),
        ("a.txt", "＜script＞alert(1)".encode()),
        ("a.txt", "<script>alert(1)</script>".encode("utf-16")),
        ("a.txt", b"+ADw-script+AD4-alert(1)+ADw-/script+AD4-"),
        ("a.csv", b'=cmd|"/C calc"!A0,' + SCRIPT),
        ("a.js", JAVASCRIPT),
    ]


def pictures() -> list[tuple[str, bytes]]:
    """Pictures that are something else too, or much larger than they look, or broken."""
    png, jpeg, gif, webp = (picture(kind) for kind in ("PNG", "JPEG", "GIF", "WEBP"))
    gifar = gif + packed(**{"Evil.class": b"\xca\xfe\xba\xbe"})
    return [
        ("a.gif", b"GIF89a/*" + b"\0" * 20 + b"*/=1;" + JAVASCRIPT),
        ("a.gif", gifar),
        ("a.jpg", gifar),
        ("a.html", gif + SCRIPT),
        ("a.html", png + SCRIPT),
        ("a.svg", jpeg + SCRIPT),
        ("a.jpg", picture("JPEG", exif=Image.Exif().tobytes() or b"", comment=SCRIPT)),
        ("a.webp", webp + SCRIPT),
        ("a.png", bomb(50_000)),
        ("a.png", bomb(7_000)),
        ("a.png", png[: len(png) // 2]),
        ("a.jpg", jpeg[:20] + b"\xff" * 5000),
        ("a.gif", b"GIF89a\xff\xff\xff\xff" + b"\0" * 100),
    ]


def documents() -> list[tuple[str, bytes]]:
    """Documents, archives and programs."""
    return [
        ("a.pdf", PDF),
        ("a.pdf", b"%PDF-1.4" + HTML),
        ("a.html", PDF + SCRIPT),
        ("a.pdf", HTML),
        ("a.xml", XML),
        ("a.xml", BILLION),
        ("a.xsl", b'<?xml version="1.0"?><xsl:stylesheet version="1.0"/>' + SCRIPT),
        ("a.docx", packed(word__document=XML)),
        ("a.xlsx", packed(xl__sharedStrings=BILLION)),
        ("a.docx", HTML),
        ("a.zip", slipped()),
        ("a.zip", packed(zeros=bytes(10_000_000))),
        ("a.jar", packed(META__MANIFEST=b"Main-Class: Evil")),
        ("a.swf", b"CWS\x0a" + b"\0" * 50),
        ("a.hta", HTML),
        ("a.mht", b"MIME-Version: 1.0\nContent-Type: text/html\n\n" + SCRIPT),
        ("a.exe", b"MZ\x90\x00" + b"\0" * 100),
        ("eicar.com", EICAR),
    ]


def named() -> list[tuple[str, bytes]]:
    """The same page under names that lead elsewhere."""
    names = [
        "../../../kehu-outside.txt",
        "..\\..\\kehu-outside.txt",
        "/etc/kehu-outside.txt",
        "C:\\kehu-outside.txt",
        "invoice\u202efdp.html",
        "report.pdf.html",
        "CON.html",
        "a;filename=b.html\r\nX-Evil: 1.html",
        "x" * 300 + ".html",
        "报" * 200 + ".svg",
        "'; DROP TABLE stored_file; --.html",
        '"><img src=x onerror=alert(1)>.html',
    ]
    return [(name, HTML) for name in names]


def test_fifty_hostile_files(app, people, as_, make, tmp_path):
    app.config["WTF_CSRF_ENABLED"] = False
    customer, client = make("customer", by=people.alice, name="Acme"), as_(people.alice)
    hostile = texts() + pictures() + documents() + named()
    assert len(hostile) >= 50
    for at in range(0, len(hostile), 14):
        # The type that the sender claims is never believed.
        sent = [(io.BytesIO(body), name, "text/html") for name, body in hostile[at : at + 14]]
        answer = client.post(f"/customers/{customer.id}/files", data={"file": sent})
        assert answer.status_code == 303
    # A name that breaks out of its header never arrives as a file at all.
    assert db.session.query(StoredFile).count() >= len(hostile) - 2 >= 50
    for job in db.session.query(Job).filter_by(kind=records.examination.JOB).all():
        assert run_now(job.id).state == "done"
    check_the_folder(tmp_path)
    page = client.get(f"/customers/{customer.id}").get_data(as_text=True)
    assert "<img src=x" not in page and "\u202e" not in page
    for row in db.session.query(StoredFile).all():
        check_one(client, row)


def check_one(client, row: StoredFile) -> None:
    answer = client.get(f"/files/{row.id}")
    headers, kind = answer.headers, answer.mimetype
    assert answer.status_code == 200 and headers["X-Content-Type-Options"] == "nosniff", row.name
    assert not ACTIVE.search(kind), f"{row.name}: {kind}"
    is_inline = headers["Content-Disposition"].startswith("inline")
    assert is_inline == (kind in QUIET), f"{row.name}: {kind}"
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'") and "script-src" not in policy
    assert kind == "application/pdf" or policy.endswith("sandbox")
    assert "X-Evil" not in headers
    shown = client.get(f"/files/{row.id}/preview")
    assert shown.status_code == 200
    assert (b"<script>alert" not in shown.data and b"onerror=alert" not in shown.data.replace(b"&gt;", b"")) or (
        b"&lt;img src=x onerror=alert" in shown.data
    )
    small = client.get(f"/files/{row.id}/picture")
    assert small.status_code == 404 or (small.mimetype == "image/webp" and b"alert" not in small.data)


def check_the_folder(instance: Path) -> None:
    """All that was written is a database, keys of the portal, and files under their checksum."""
    ours = re.compile(r"files/([0-9a-f]{2})/\1[0-9a-f]{62}|portal\.db.*|secret_key|audit_seal\.json|look_seal\.json")
    found = [path.relative_to(instance).as_posix() for path in instance.rglob("*") if path.is_file()]
    assert [name for name in found if not ours.fullmatch(name)] == []
    assert not Path("/tmp/kehu-slip").exists()
    assert not list(instance.parent.rglob("kehu-outside*"))


def test_large_pictures_cost_little(tmp_path):
    """A bomb is refused by its head, within the limits of the child."""
    path = tmp_path / "bomb.png"
    path.write_bytes(bomb(50_000))
    assert records.examination.picture.small(path) is None
    path.write_bytes(picture("PNG"))
    assert records.examination.picture.small(path) is not None
