"""Files on records through the pages: hung, seen, looked at, taken off, brought back; and what is not taken."""

import io
import re
import socketserver
import struct
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from PIL import Image

from portal import records
from portal.audit import AuditLine
from portal.errors import NotFound
from portal.extensions import db, transaction
from portal.jobs import Job, run_now
from portal.mail import Notice
from portal.records import files
from portal.storage import scanning

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


@pytest.fixture
def engine_name() -> str:
    """SQLite alone: what the engines do differently is tested with the records."""
    return "sqlite"


@pytest.fixture
def customer(app, people, make):
    app.config["WTF_CSRF_ENABLED"] = False
    return make("customer", by=people.alice, name="Acme")


def png(width: int = 1200, height: int = 800) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(made, "PNG")
    return made.getvalue()


def send(client, customer, *uploads: tuple[bytes, str], piece: bool = False):
    data = {"file": [(io.BytesIO(body), name) for body, name in uploads]}
    headers = {"HX-Request": "true"} if piece else {}
    return client.post(f"/customers/{customer.id}/files", data=data, headers=headers)


def do_jobs() -> list[Job]:
    ids = [job.id for job in db.session.query(Job).filter_by(state="queued", kind=records.examination.JOB)]
    db.session.rollback()
    return [run_now(job_id) for job_id in ids]


def the_file() -> files.StoredFile:
    return db.session.query(files.StoredFile).one()


def test_files_hang_on_a_record_and_come_off(app, people, as_, customer):
    client = as_(people.alice)
    answer = send(client, customer, (png(), "店面.png"), (b"%PDF-1.7\n", "报价 单.pdf"))
    assert answer.status_code == 303
    page = client.get(answer.headers["Location"]).get_data(as_text=True)
    assert "店面.png" in page and "报价 单.pdf" in page and "2 files added." in page
    assert db.session.query(AuditLine).filter_by(action="file.attached", record_id=customer.id).count() == 2
    row = db.session.query(files.StoredFile).filter_by(name="店面.png").one()
    answer = client.post(f"/files/{row.id}/removal", headers={"HX-Request": "true"})
    assert f"/files/{row.id}/return" in answer.headers["HX-Trigger"]
    assert "店面.png" not in answer.get_data(as_text=True)
    assert client.get(f"/files/{row.id}").status_code == 200  # who may edit may look before returning it
    client.post(f"/files/{row.id}/return")
    assert "店面.png" in client.get(f"/customers/{customer.id}").get_data(as_text=True)
    assert as_(people.charlie).get(f"/files/{row.id}").status_code == 404
    assert as_(people.charlie).post(f"/files/{row.id}/removal").status_code == 404
    assert send(as_(people.charlie), customer, (b"x", "x.txt")).status_code == 404


def test_a_picture_is_drawn_anew(app, people, as_, customer):
    client = as_(people.alice)
    send(client, customer, (png() + b"<script>alert(1)</script>", "a.png"))
    assert client.get(f"/files/{the_file().id}/picture").status_code == 404
    (job,) = do_jobs()
    assert job.state == "done"
    answer = client.get(f"/files/{the_file().id}/picture")
    assert (answer.status_code, answer.mimetype) == (200, "image/webp")
    with Image.open(io.BytesIO(answer.data)) as small:
        assert (small.format, small.size) == ("WEBP", (960, 640))
    assert b"script" not in answer.data
    page = client.get(f"/files/{the_file().id}/preview", headers={"HX-Request": "true", "HX-Target": "drawer-body"})
    assert f"/files/{the_file().id}/picture" in page.get_data(as_text=True)


def test_texts_are_shown_as_text(app, people, as_, customer):
    client = as_(people.alice)
    send(client, customer, ('名称，"引号" & 电话\n'.encode("gb18030"), "a.csv"))
    page = client.get(f"/files/{the_file().id}/preview").get_data(as_text=True)
    assert "名称，&#34;引号&#34; &amp; 电话" in page
    send(client, customer, (b"PK\x03\x04....", "b.docx"))
    row = db.session.query(files.StoredFile).order_by(files.StoredFile.id.desc()).first()
    assert "There is no preview" in client.get(f"/files/{row.id}/preview").get_data(as_text=True)


def test_parts_and_marks(app, people, as_, customer):
    client = as_(people.alice)
    body = bytes(range(256)) * 1000
    send(client, customer, (body, "a.bin"))
    address = f"/files/{the_file().id}"
    whole = client.get(address)
    assert (whole.data, whole.headers["Accept-Ranges"]) == (body, "bytes")
    assert whole.headers["Content-Disposition"] == "attachment; filename=a.bin"
    assert whole.headers["Content-Security-Policy"].endswith("sandbox")
    assert whole.headers["X-Content-Type-Options"] == "nosniff"
    etag = whole.headers["ETag"]
    part = client.get(address, headers={"Range": "bytes=255990-"})
    assert (part.status_code, part.data, part.headers["Content-Range"]) == (
        206,
        body[255990:],
        "bytes 255990-255999/256000",
    )
    assert client.get(address, headers={"Range": "bytes=5-9", "If-Range": etag}).data == body[5:10]
    assert client.get(address, headers={"Range": "bytes=5-9", "If-Range": '"other"'}).data == body
    assert client.get(address, headers={"Range": "bytes=-3"}).data == body[-3:]
    assert client.get(address, headers={"Range": "bytes=256000-"}).status_code == 416
    assert client.get(address, headers={"Range": "bytes=0-1,4-5"}).data == body
    assert client.get(address, headers={"If-None-Match": etag}).status_code == 304
    assert client.head(address).headers["Content-Length"] == "256000"
    assert as_(people.charlie).get(address, headers={"If-None-Match": etag}).status_code == 404


def test_size_and_kind_are_limited(app, people, as_, customer):
    app.config["PORTAL"] = replace(app.config["PORTAL"], file_megabytes=1, file_kinds="image,pdf")
    client = as_(people.alice)
    answer = send(client, customer, (bytes(1024 * 1024 + 1), "big.bin"), (b"%PDF-1.7", "a.pdf"), piece=True)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200 and "big.bin" in page and "1 MB" in page and "a.pdf" in page
    answer = send(client, customer, (b"MZ\x90\x00", "a.pdf"), piece=True)
    assert answer.status_code == 422 and "not one of the kinds" in answer.get_data(as_text=True)
    assert [row.content_type for row in db.session.query(files.StoredFile)] == ["application/pdf"]


class Clamd(socketserver.BaseRequestHandler):
    """Speaks INSTREAM as clamd does."""

    def handle(self) -> None:
        assert self.take(10) == b"zINSTREAM\0"
        body = b""
        while size := struct.unpack("!L", self.take(4))[0]:
            body += self.take(size)
        said = b"stream: Eicar-Test-Signature FOUND\0" if b"EICAR" in body else b"stream: OK\0"
        self.request.sendall(said)

    def take(self, size: int) -> bytes:
        found = b""
        while len(found) < size:
            found += self.request.recv(size - len(found))
        return found


@pytest.fixture
def clamd() -> Iterator[str]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Clamd) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


SCANNER = "import sys; found = b'EICAR' in sys.stdin.buffer.read(); print('Eicar'); sys.exit(found)"


@pytest.mark.parametrize("way", ["clamd", "command"])
def test_a_file_is_held_until_it_is_clean(app, people, as_, customer, way, request):
    said = {"scan_clamd": request.getfixturevalue("clamd")} if way == "clamd" else {}
    said = said or {"scan_command": f'{sys.executable} -I -c "{SCANNER}"'}
    app.config["PORTAL"] = replace(app.config["PORTAL"], **said)
    client = as_(people.alice)
    page = send(client, customer, (b"Hello " * 50_000, "a.txt"), piece=True).get_data(as_text=True)
    assert "Being checked" in page and 'hx-trigger="every 3s"' in page
    address = f"/files/{the_file().id}"
    assert client.get(address).status_code == 409
    assert "Hello" not in client.get(f"{address}/preview").get_data(as_text=True)
    assert [job.result for job in do_jobs()] == ["clean"]
    assert client.get(address).data == b"Hello " * 50_000
    client.post(f"{address}/removal")

    send(client, customer, (EICAR, "b.txt"))
    assert [job.result for job in do_jobs()] == ["infected"]
    row = db.session.query(files.StoredFile).filter_by(name="b.txt").one()
    assert (row.state, "icar" in row.finding) == ("infected", True)
    assert client.get(f"/files/{row.id}").status_code == 403
    assert "Refused: virus" in client.get(f"/customers/{customer.id}").get_data(as_text=True)
    notice = db.session.query(Notice).filter_by(person_id=people.alice.id).one()
    assert "b.txt" in notice.text and "virus" in notice.text
    assert db.session.query(AuditLine).filter_by(action="file.refused").one().data["found"] == row.finding
    with pytest.raises(NotFound), files.local(row):
        pytest.fail("the bytes are still there")


def test_without_the_scanner_a_file_waits(app, people, as_, customer):
    app.config["PORTAL"] = replace(app.config["PORTAL"], scan_clamd="127.0.0.1:1")
    client = as_(people.alice)
    send(client, customer, (b"Hello", "a.txt"))
    (job,) = do_jobs()
    assert (job.state, the_file().state) == ("queued", "waiting") and job.error.startswith("Unavailable")
    with transaction():
        db.session.query(Job).delete()
    with transaction():
        assert records.examination.ask_again() == 1
    assert db.session.query(Job).filter_by(kind=records.examination.JOB, state="queued").count() == 1
    for nobody in ("/nowhere/clamd.sock", "127.0.0.1:1"):
        with pytest.raises(scanning.Unavailable):
            scanning.look(replace(app.config["PORTAL"], scan_clamd=nobody), io.BytesIO(b"x"))


def test_a_name_is_only_a_name(app, people):
    names = {
        "../../etc/passwd": "passwd",
        "a\0b.txt": "ab.txt",
        "invoice\u202efdp.exe": "invoicefdp.exe",
        "CON": "_CON",
        "lpt1.txt": "_lpt1.txt",
        "..": "file",
        'a<b>:"|?*.txt': "ab.txt",
        "报" * 200 + ".pdf": "报" * 78 + ".pdf",
    }
    for given, kept in names.items():
        assert files._plain(given) == kept
        assert len(files._plain(given).encode()) <= 255
    assert not re.search(r"[\x00-\x1f/\\]", files._plain("x/\\y\n\t.z" * 100))
