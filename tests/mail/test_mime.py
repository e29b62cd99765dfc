"""Every message the skeleton builds is read back by the standard library as it was meant."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.mail.mime import AddressError, Envelope, Skeleton, mailbox

TEXT = st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc")), max_size=200)
BODY = st.text(alphabet=st.characters(exclude_categories=("Cs",), exclude_characters="\x00\r"), max_size=600)
NOW = datetime(2026, 3, 31, 8, 0, tzinfo=UTC)


def envelope(**values):
    given_values = {
        "to": "a@example.cn",
        "subject": "s",
        "text": "t",
        "html": "<p>h</p>",
        "date": NOW,
        "message_id": "c1.p2@example.cn",
    }
    return Envelope(**(given_values | values))


@given(subject=TEXT, name=TEXT, text=BODY, html=BODY)
def test_round_trip_equals(subject, name, text, html):
    raw = Skeleton("sender@example.cn", "客户关怀").fill(envelope(subject=subject, to_name=name, text=text, html=html))
    message = message_from_bytes(raw, policy=default)
    assert message.defects == []
    assert message["Subject"] == subject or message["Subject"].split() == subject.split()
    assert message["To"].addresses[0].addr_spec == "a@example.cn"
    assert message["From"].addresses[0].display_name == "客户关怀"
    plain, rich = message.iter_parts()
    assert plain.get_content().replace("\r\n", "\n") == text
    assert rich.get_content().replace("\r\n", "\n") == html


@given(subject=TEXT, text=BODY)
def test_lines_are_short_ascii_and_end_in_crlf(subject, text):
    raw = Skeleton("sender@example.cn").fill(envelope(subject=subject, text=text))
    assert raw.isascii()
    assert raw.count(b"\n") == raw.count(b"\r\n") == raw.count(b"\r")
    assert max(map(len, raw.split(b"\r\n"))) <= 90


def test_a_line_break_in_a_value_adds_no_header():
    raw = Skeleton("sender@example.cn").fill(
        envelope(subject="a\r\nBcc: x@evil.example", to_name="b\nBcc: y@evil.example")
    )
    message = message_from_bytes(raw, policy=default)
    assert "Bcc" not in message


@pytest.mark.parametrize(
    "address", ["", "a", "a@", "a b@c.cn", "a@b.cn\r\nBcc: c@d.cn", "a@b.cn,c@d.cn", "<a@b.cn>", "名@b.cn"]
)
def test_a_bad_address_is_refused(address):
    with pytest.raises(AddressError):
        mailbox(address)


def test_unsubscribing_is_one_click():
    raw = Skeleton("sender@example.cn").fill(envelope(unsubscribe="http://127.0.0.1:8000/u/abc"))
    message = message_from_bytes(raw, policy=default)
    assert message["List-Unsubscribe"] == "<http://127.0.0.1:8000/u/abc>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
