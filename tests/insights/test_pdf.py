"""The typesetter: what comes out, and that nothing comes in."""

import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from portal.insights import fonts, pdf, rooms

RARE = "龘靐㛃喆玥珺"
PAGE = (
    '<!DOCTYPE html><html lang="zh-CN"><head><title>报告</title><style>body{font-family:FAMILY}</style></head>'
    "<body>BODY</body></html>"
)


def page(body: str) -> str:
    return PAGE.replace("FAMILY", fonts.FAMILY).replace("BODY", body)


@pytest.fixture(autouse=True, scope="module")
def stop() -> Iterator[None]:
    """One program for all these tests, as for all documents of a worker; what breaks its limits starts another."""
    yield
    pdf.close()


def text_of(body: bytes) -> str:
    return "".join(sheet.extract_text() for sheet in PdfReader(BytesIO(body)).pages)


def font_files(body: bytes) -> dict[str, bool]:
    """Name of each font → whether its file is in the document."""
    found = {}
    for sheet in PdfReader(BytesIO(body)).pages:
        for entry in sheet["/Resources"]["/Font"].values():
            inner = entry.get_object()["/DescendantFonts"][0].get_object()
            descriptor = inner["/FontDescriptor"].get_object()
            found[str(inner["/BaseFont"])] = any(key.startswith("/FontFile") for key in descriptor)
    return found


def test_chinese_and_rare_characters_are_set_in_embedded_fonts() -> None:
    made = pdf.render(page(f"<h1>客户 {RARE}</h1><p>{RARE} 张三，¥1,200.00 ≥ 30%</p>"))
    assert RARE in text_of(made.body)
    held = font_files(made.body)
    assert {name.split("+")[1].removesuffix("-Bold") for name in held} == {"Kehu-Sans", "Kehu-Sans-Rare"}
    assert all(held.values())


def test_common_text_needs_no_rare_font() -> None:
    text = "客户活动报告（第一季度）：① 年消费 ≥ 10 万 → VIP ▲ ✓ “重点”——《表》…℃"
    assert not fonts.needs_rare(text)
    assert {name.split("+")[1] for name in font_files(pdf.render(page(f"<p>{text}</p>")).body)} == {"Kehu-Sans"}


def test_nothing_is_left_of_a_document_in_the_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pdf.close()  # the next program takes this folder
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for _ in range(3):
        assert font_files(pdf.render(page(RARE)).body)
    (own,) = tmp_path.iterdir()
    assert len([one for one in own.iterdir() if any(one.rglob("*"))]) <= 1  # the last one's child may still be ending
    pdf.close()
    assert list(tmp_path.iterdir()) == []


def test_a_killed_process_leaves_no_folder_behind(tmp_path: Path) -> None:
    script = "import sys; from portal.insights import pdf; pdf.render(sys.argv[1]); print('made', flush=True); input()"
    worker = subprocess.Popen(
        [sys.executable, "-c", script, page("x")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    with worker:
        assert worker.stdout is not None and worker.stdout.readline() == b"made\n"
        assert len(list(tmp_path.iterdir())) == 1
        worker.kill()
    until = time.monotonic() + 60
    while list(tmp_path.iterdir()) and time.monotonic() < until:
        time.sleep(0.05)
    assert list(tmp_path.iterdir()) == []


def test_folders_that_nobody_holds_are_swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    held, holder = rooms.begin()
    left, loose = rooms.begin()
    os.close(loose)  # as if its program and whoever ran it were killed
    fresh, other = rooms.begin()
    assert {str(one) for one in tmp_path.iterdir()} == {held, fresh}
    assert left not in (held, fresh)
    os.close(holder)
    os.close(other)


def test_the_document_is_tagged_titled_and_has_bookmarks() -> None:
    made = pdf.render(page('<h1>一</h1><h2>二</h2><h1 style="break-before:page">三</h1>'))
    reader = PdfReader(BytesIO(made.body))
    assert made.pages == len(reader.pages) == 2
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert reader.trailer["/Root"]["/StructTreeRoot"]
    assert reader.trailer["/Root"]["/Lang"] == "zh-CN"
    assert reader.metadata is not None and reader.metadata.title == "报告"
    titles = [one.title for one in reader.outline if not isinstance(one, list)]
    assert titles == ["一", "三"]


def test_neighbouring_marks_share_their_room() -> None:
    assert pdf.squeeze("<p>（30%），“重点”。</p>").replace('<span class="half">', "[").replace("</span>", "]") == (
        "<p>（30%[）][，]“重点[”]。</p>"
    )
    assert pdf.squeeze('<p title="）、">a</p>') == '<p title="）、">a</p>'
    assert pdf.squeeze("<p>《“表”》</p>") == '<p>《<span class="half">“</span>表<span class="half">”</span>》</p>'


@pytest.fixture
def listener() -> Iterator[tuple[int, list[bytes]]]:
    """A port on loopback and what was sent to it."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        ended = threading.Event()

        def listen() -> None:
            while not ended.is_set():
                try:
                    caller, _address = server.accept()
                except TimeoutError:
                    continue
                with caller:
                    heard.append(caller.recv(100))

        thread = threading.Thread(target=listen)
        thread.start()
        yield server.getsockname()[1], heard
        ended.set()
        thread.join()


def test_no_address_and_no_file_is_fetched(listener: tuple[int, list[bytes]], tmp_path: Path) -> None:
    port, heard = listener
    secret = tmp_path / "secret.txt"
    secret.write_text("CANARY-4711")
    image = tmp_path / "secret.svg"
    image.write_text('<svg xmlns="http://www.w3.org/2000/svg"><text y="20">CANARY-4711</text></svg>')
    web = f"http://127.0.0.1:{port}"
    addresses = [f"{web}/a", secret.as_uri(), image.as_uri(), "asset:../../settings.py", "asset:nothing", "/etc/passwd"]
    bits = [
        f'<img src="{one}"><link rel="stylesheet" href="{one}"><link rel="attachment" href="{one}">'
        f'<a rel="attachment" href="{one}">x</a><object data="{one}"></object><embed src="{one}">'
        f'<svg><image href="{one}"/><use href="{one}#a"/></svg><iframe src="{one}"></iframe>'
        f'<style>@import url("{one}");@font-face{{font-family:X;src:url("{one}")}}p{{background:url("{one}")}}</style>'
        for one in addresses
    ]
    made = pdf.render(page("".join(bits) + '<p style="font-family:X">里</p><base href="file:///etc/">'))
    assert heard == []
    assert b"CANARY" not in made.body and "CANARY" not in text_of(made.body)
    assert not PdfReader(BytesIO(made.body)).attachments


@pytest.mark.parametrize(
    "bomb",
    ['<p style="break-before:page">x</p>' * 60_000, "<div>" * 5_000 + "x", "<p>" + "x " * 900_000],
    ids=["pages", "deep", "long"],
)
def test_a_bomb_is_stopped_and_the_next_document_is_made(bomb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = time.monotonic()
    with monkeypatch.context() as tight, pytest.raises(pdf.TypesettingFailed):
        tight.setattr(pdf, "CPU_SECONDS", 2)
        tight.setattr(pdf, "CPU_SECONDS_PER_MEGABYTE", 0)
        tight.setattr(pdf, "MEMORY", 700_000_000)
        pdf.render(page(bomb))
    assert time.monotonic() - begun < 60
    assert pdf.render(page("<p>好</p>")).pages == 1
