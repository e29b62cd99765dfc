"""How the studio's tests work in the browser: with the token of the page, in English."""

import re
from io import BytesIO
from typing import Any

from flask.testing import FlaskClient
from openpyxl import load_workbook
from werkzeug.test import TestResponse

INTENT = {
    "label_zh": "合作意向",
    "label_en": "Intent",
    "type": "choice",
    "options": "高 | High\n中 | Medium\n低 | Low",
    "filterable": "y",
    "in_list": "y",
    "in_filters": "y",
    "section": "0",
}
TIER = "/studio/documents/tiers/customer_tier"


def post(client: FlaskClient, address: str, data: dict[str, Any] | None = None, **more: Any) -> TestResponse:
    """Post with the token that a page of the studio gives."""
    token = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/studio/").text)
    assert token
    return client.post(address, data={**(data or {}), "csrf_token": token[1]}, **more)


def text_of(client: FlaskClient, address: str) -> str:
    """The document's text as the editor shows it."""
    from html import unescape

    found = re.search(r"<textarea[^>]*>\n?(.*?)</textarea>", client.get(address).text, re.DOTALL)
    assert found
    return unescape(found[1]).removeprefix("\n")


def keep(client: FlaskClient, address: str, *changes: tuple[str, str]) -> None:
    """Keep the document with words replaced."""
    text = text_of(client, address)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    assert post(client, address, {"text": text}).status_code == 303


def add_intent(client: FlaskClient, **more: str) -> TestResponse:
    """Add the field 合作意向 by the form."""
    return post(client, "/studio/entities/customer/fields/new", INTENT | more)


def publish(client: FlaskClient, note: str = "") -> TestResponse:
    """Publish the draft."""
    return post(client, "/studio/releases", {"note": note})


def header_of(workbook: bytes) -> list[str]:
    """The first row of a workbook."""
    sheet = load_workbook(BytesIO(workbook)).worksheets[0]
    return [str(cell.value) for cell in next(sheet.iter_rows(max_row=1))]
