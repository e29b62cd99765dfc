"""Files: kept once, typed by content, opened with the right to the record they hang on."""

import io

import pytest

from portal import records, storage
from portal.errors import Invalid, NotFound
from portal.extensions import db
from portal.records import files
from portal.records.content_type import content_type
from portal.security import SYSTEM

PDF = b"%PDF-1.7\n" + b"x" * 200_000


def test_equal_bytes_are_kept_once(people, app):
    first = files.store(io.BytesIO(PDF), "../../etc/报价.pdf", by=people.alice)
    again = files.store(io.BytesIO(PDF), "C:\\报价二.pdf", by=people.bob)
    assert first.sha256 == again.sha256 and len(list(storage.chosen().blobs())) == 1
    assert (first.name, again.name) == ("报价.pdf", "报价二.pdf")
    assert (first.size, first.content_type) == (len(PDF), "application/pdf")
    row, stream = files.open_file(first.id, people.alice)
    with stream:
        assert (row.sha256, stream.read()) == (first.sha256, PDF)


def test_what_is_too_large_leaves_nothing_behind(people, app, tmp_path):
    with pytest.raises(Invalid):
        files.store(io.BytesIO(PDF), "big.pdf", by=people.alice, limit=1000)
    folder = files._folder()
    assert list(storage.chosen().blobs()) == []
    assert list(folder.iterdir()) == []


def test_a_loose_file_is_its_bringers(people, app):
    row = files.store(io.BytesIO(PDF), "a.pdf", by=people.alice)
    for person in (people.bob, people.admin, SYSTEM):
        with pytest.raises(NotFound):
            files.file_of(row.id, person)
    with pytest.raises(NotFound):
        files.file_of(4711, people.alice)


def test_on_a_record_its_rights_count(people, make, app):
    customer = make("customer", by=people.alice, name="A")
    row = files.store(io.BytesIO(PDF), "a.pdf", by=people.alice)
    given = {"customer": customer.id, "at": "2026-03-01 10:00", "way": "visit", "summary": "S", "file": row.id}
    note = make("follow_up", by=people.alice, **given)
    assert files.file_of(row.id, people.bob).name == "a.pdf"
    assert records.fetch("follow_up", note.id, people.bob).text("file") == "a.pdf"
    with pytest.raises(NotFound):
        files.file_of(row.id, people.charlie)
    # Naming a file that hangs elsewhere, or that somebody else brought, opens nothing.
    theirs = make("customer", by=people.charlie, name="C")
    with pytest.raises(Invalid) as refusal:
        make("follow_up", by=people.charlie, **{**given, "customer": theirs.id})
    assert set(refusal.value.problems) == {"file"}
    bobs = files.store(io.BytesIO(PDF), "b.pdf", by=people.bob)
    with pytest.raises(Invalid):
        records.save(note, {"file": bobs.id}, by=people.alice)
    db.session.rollback()


@pytest.mark.parametrize(
    ("head", "name", "expected"),
    [
        (b"<svg onload=alert(1)>", "a.png", "application/octet-stream"),
        (b"<!doctype html>", "a.pdf", "application/octet-stream"),
        (b"\x89PNG\r\n\x1a\n...", "a.html", "image/png"),
        (b"name,phone\n", "a.csv", "text/csv"),
        ("名称,电话\n".encode("gb18030") + b"12345", "a.csv", "text/csv"),
        (b"MZ\x90\x00", "a.txt", "application/octet-stream"),
        (b"PK\x03\x04....", "a.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (b"", "a.txt", "application/octet-stream"),
    ],
)
def test_content_decides_the_type(head, name, expected):
    assert content_type(head, name) == expected
