"""A person's browser as far as a server can tell: cookies, redirects, and forms sent with what they came with."""

import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.client import HTTPConnection, HTTPResponse
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urljoin, urlsplit

Values = dict[str, list[str]]
REDIRECTS = (301, 302, 303, 307, 308)
MOST_REDIRECTS = 5
PATIENCE = 600


@dataclass
class Answer:
    """What came back, after all redirects."""

    address: str
    status: int
    body: bytes
    headers: Mapping[str, str]

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")


@dataclass
class Form:
    """A form of a page: where it goes, and what would be sent if nobody touched it."""

    action: str = ""
    values: Values = field(default_factory=dict)

    def filled(self, given: Mapping[str, str | Sequence[str]]) -> Values:
        """What is sent when these are filled in."""
        told = {name: [one] if isinstance(one, str) else list(one) for name, one in given.items()}
        return {**self.values, **told}


class Browser:
    """Asks one server; every request is a connection of its own, for a sync worker closes it anyway."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}

    def get(self, address: str, headers: Mapping[str, str] | None = None) -> Answer:
        """Ask for a page; raises RuntimeError unless it comes."""
        return self._sure(self._go("GET", address, None, dict(headers or {})))

    def post(self, address: str, values: Values, headers: Mapping[str, str] | None = None) -> Answer:
        """Send a form and follow to where it leads; raises RuntimeError where that fails."""
        pairs = [(name, one) for name, several in values.items() for one in several]
        told = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
        return self._sure(self._go("POST", address, urlencode(pairs).encode(), told))

    def send(self, address: str, values: Values, name: str, file: tuple[str, bytes]) -> Answer:
        """Send a form with a file."""
        line, parts = f"--{secrets.token_hex(16)}", []
        for key, several in values.items():
            head = f'{line}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n'
            parts += [f"{head}{one}\r\n".encode() for one in several if key != name]
        head = f'{line}\r\nContent-Disposition: form-data; name="{name}"; filename="{file[0]}"\r\n'
        parts += [f"{head}Content-Type: text/csv\r\n\r\n".encode(), file[1], f"\r\n{line}--\r\n".encode()]
        told = {"Content-Type": f"multipart/form-data; boundary={line[2:]}"}
        return self._sure(self._go("POST", address, b"".join(parts), told))

    def _go(self, method: str, address: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        for _ in range(MOST_REDIRECTS):
            answer = self._once(method, address, body, headers)
            if answer.status not in REDIRECTS:
                return answer
            address = urljoin(answer.address, answer.headers["Location"])
            method, body = "GET", None
            headers.pop("Content-Type", None)
        raise RuntimeError(f"{address}: redirects without end")

    def _once(self, method: str, address: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        parts = urlsplit(address)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body, {**self._own(), **headers})
            response = connection.getresponse()
            self._keep(response)
            return Answer(path, response.status, response.read(), response.headers)
        finally:
            connection.close()

    def _own(self) -> dict[str, str]:
        base = f"http://127.0.0.1:{self.port}"
        told = {"Referer": f"{base}/", "Origin": base, "Accept": "text/html", "Accept-Language": "en"}
        if self.cookies:
            told["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return told

    def _keep(self, response: HTTPResponse) -> None:
        for line in response.headers.get_all("Set-Cookie") or ():
            self.cookies |= {name: found.value for name, found in SimpleCookie(line).items()}

    def _sure(self, answer: Answer) -> Answer:
        if answer.status != 200:
            raise RuntimeError(f"{answer.address}: {answer.status}\n{answer.text[:2000]}")
        return answer


def wait_for(browser: Browser, address: str, seconds: float = 60.0) -> None:
    """Wait until a server answers; raises TimeoutError."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            browser.get(address)
        except (OSError, RuntimeError):
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(f"{address} does not answer")


def form_of(page: Answer, having: str) -> Form:
    """The form of a page with a control of that name; raises LookupError when there is none."""
    reader = _Forms()
    reader.feed(page.text)
    for form in reader.forms:
        if having in form.values:
            form.action = urljoin(page.address, form.action or page.address)
            return form
    raise LookupError(f"{page.address}: no form with {having}")


class _Forms(HTMLParser):
    """Reads all forms as a browser would send them."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.open: Form | None = None
        self.select = self.area = ""
        self.is_single = False  # then a browser chooses the first option where none is marked
        self.written: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.open = Form(found.get("action", ""))
            self.forms.append(self.open)
        elif self.open is not None and "disabled" not in found:
            self._control(tag, found)

    def _control(self, tag: str, found: dict[str, str]) -> None:
        form, name = self.open, found.get("name", "")
        assert form is not None
        if tag == "input" and name and found.get("type") not in ("submit", "button", "image"):
            several = form.values.setdefault(name, [])
            if found.get("type") not in ("checkbox", "radio") or "checked" in found:
                several.append(found.get("value", "on" if found.get("type") == "checkbox" else ""))
        elif tag == "select" and name:
            self.select, self.is_single = name, "multiple" not in found
            form.values.setdefault(name, [])
        elif tag == "option" and self.select:
            self._option(form.values, found)
        elif tag == "textarea" and name:
            self.area, self.written = name, []

    def _option(self, values: Values, found: dict[str, str]) -> None:
        value = found.get("value", "")
        if "selected" in found and self.is_single:
            values[self.select] = [value]
        elif "selected" in found or (self.is_single and not values[self.select]):
            values[self.select].append(value)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.open = None
        elif tag == "select":
            self.select = ""
        elif tag == "textarea" and self.area and self.open is not None:
            self.open.values[self.area] = ["".join(self.written)]
            self.area = ""

    def handle_data(self, data: str) -> None:
        if self.area:
            self.written.append(data)
