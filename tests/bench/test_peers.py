"""The parts of `portal bench peers` that need no peer: what is measured, how it is told, how a browser sends forms."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import psutil
import pytest

from bench.peers import meter, serving, site, table
from bench.peers.browser import Answer, Browser, form_of
from bench.peers.meter import MEGABYTE, Cost, Memory

BURN = "import time\nwhile time.process_time() < 0.2: pass"
CHILD = f"""import subprocess, sys
subprocess.run([sys.executable, "-c", {BURN!r}])
print("over", flush=True)
input()"""
PARENT = """import os, pathlib, subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
pathlib.Path(os.environ["TOLD"]).touch()
time.sleep(60)"""
FORM = """<form action="/elsewhere"><input name="q"></form>
<form action="save" method="post"><input type="hidden" name="key" value="k&amp;1"><input name="name">
<input type="checkbox" name="on" checked><input type="checkbox" name="off" value="1"><input type="submit" name="go">
<select name="kind"><option value="">-</option><option value="b" selected>B</option></select>
<select name="first"><option value="x">X</option><option value="y">Y</option></select>
<select name="several" multiple><option value="x">X</option></select>
<input name="shut" value="1" disabled><textarea name="text">two &lt;
lines</textarea></form>"""


def test_cpu_of_a_child_that_has_ended_is_counted() -> None:
    with subprocess.Popen([sys.executable, "-c", CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"over\n"
        spent = meter.cpu_seconds([process.pid])
        process.communicate(b"\n")
    assert spent >= 0.18


def test_nothing_runs_on_when_a_side_is_left(tmp_path: Path) -> None:
    with serving.running([[sys.executable, "-c", PARENT]], {"TOLD": "there"}, tmp_path, tmp_path / "log") as roots:
        while not (tmp_path / "there").is_file():
            assert psutil.pid_exists(roots[0])
        found = [psutil.Process(roots[0]), *psutil.Process(roots[0]).children()]
    assert len(found) == 2
    gone, alive = psutil.wait_procs(found, timeout=30)
    assert len(gone) == 2 and not alive


def test_a_process_that_is_gone_costs_nothing() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    assert meter.cpu_seconds([process.pid]) == 0


def test_a_round_notes_each_request_and_the_cpu_of_one() -> None:
    cost, done = Cost(), []
    meter.spend(lambda: done.append(1), [], 4, cost)
    assert (len(done), len(cost.walls), cost.cpus) == (4, 4, [0.0])
    assert Cost([0.3, 0.1, 0.2], [3.0, 1.0, 2.0]).wall == 0.2


def test_a_line_says_both_times_their_ratio_and_what_is_below_the_aim() -> None:
    reached = table.Line("list", 30, Cost([0.02], [0.01]), Cost([0.8], [0.5]))
    missed = table.Line("list", 30, Cost([0.02], [0.01]), Cost([0.4], [0.5]))
    assert " ".join(str(reached).split()) == "list 20.0 ms 800.0 ms 40.0 30 10.0 ms 500.0 ms 50.0"
    assert str(missed).endswith("BELOW") and not missed.is_reached and reached.is_reached
    assert table.Line("create", None, Cost([2], [1]), Cost([1], [1])).is_reached
    assert len(table.HEAD) == len(str(reached))


def test_less_memory_is_the_aim() -> None:
    resident, own = table.memory_lines(Memory(100 * MEGABYTE, 50 * MEGABYTE), Memory(150 * MEGABYTE, 40 * MEGABYTE))
    assert "100 MB" in resident and "1.5" in resident and "BELOW" not in resident
    assert own.endswith("BELOW")


def test_a_form_is_sent_as_a_browser_sends_it() -> None:
    form = form_of(Answer("/people/new", 200, FORM.encode(), {}), "name")
    assert form.action == "/people/save"
    assert form.filled({"name": "张三", "several": ["x", "y"]}) == {
        "key": ["k&1"],
        "name": ["张三"],
        "on": ["on"],
        "off": [],
        "kind": ["b"],
        "first": ["x"],
        "several": ["x", "y"],
        "text": ["two <\nlines"],
    }
    with pytest.raises(LookupError, match="no form with nowhere"):
        form_of(Answer("/", 200, FORM.encode(), {}), "nowhere")


class Door(BaseHTTPRequestHandler):
    """Gives a cookie, wants it back, and leads on from a form."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/" or "guest=7" in self.headers.get("Cookie", "") else 403)
        self.send_header("Set-Cookie", "guest=7; HttpOnly; Path=/")
        self.end_headers()
        self.wfile.write(self.path.encode())

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(303 if b"name=%E5%BC%A0" in sent or b'filename="a.csv"' in sent else 422)
        self.send_header("Location", "/saved")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def browser() -> Iterator[Browser]:
    """A browser before a small server."""
    with HTTPServer(("127.0.0.1", 0), Door) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield Browser(server.server_port)
        server.shutdown()
        thread.join()


def test_a_browser_keeps_cookies_and_follows_redirects(browser: Browser) -> None:
    with pytest.raises(RuntimeError, match="/inside: 403"):
        browser.get("/inside")
    assert browser.get("/inside").text == "/inside"
    assert browser.post("/save", {"name": ["张"]}).address == "/saved"
    assert browser.send("/save", {"kind": ["x"]}, "file", ("a.csv", b"a,b")).address == "/saved"
    with pytest.raises(RuntimeError, match="422"):
        browser.post("/save", {"name": [""]})


def test_nobody_wins_by_showing_nothing() -> None:
    def ask(address: str) -> Answer:
        return Answer(address, 200, b"<tr>" * 3, {})

    site.page(ask, "/list", "<tr>", 3).run(None)
    with pytest.raises(RuntimeError, match="3 of <tr>, not 50"):
        site.page(ask, "/list", "<tr>", 50).run(None)


def test_files_to_import_differ_from_turn_to_turn() -> None:
    first, second = (site.sheet(3, turn).decode().splitlines() for turn in (0, 1))
    assert first[0] == second[0] == "name,phone,email,city,industry"
    assert not set(first[1:]) & set(second[1:]) and len(first) == 4
