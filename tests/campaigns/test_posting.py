"""Offering one message: the envelope first, the text only when it is written down, with and without PIPELINING."""

import smtplib
import socket
from collections.abc import Iterator

import pytest

from portal.campaigns.models import DeliveryState
from portal.campaigns.posting import ConnectionLost, Offer
from tests.sink import Sink, sink

LETTER = b"Subject: x\r\n\r\n.dot\r\n"


@pytest.fixture(scope="module", params=[True, False], ids=["pipelining", "one by one"])
def server(request: pytest.FixtureRequest) -> Iterator[Sink]:
    with sink(pipelines=request.param) as running:
        running.answers.update({"no@example.cn": "550 5.1.1 unknown", "later@example.cn": "451 4.7.1 greylisted"})
        yield running


@pytest.fixture
def smtp(server: Sink) -> Iterator[smtplib.SMTP]:
    server.recipients.clear()
    with smtplib.SMTP("127.0.0.1", server.port) as connection:
        connection.ehlo()
        yield connection


def test_the_server_says_what_it_can(server: Sink, smtp: smtplib.SMTP) -> None:
    assert smtp.has_extn("pipelining") == server.pipelines


@pytest.mark.parametrize(
    ("recipient", "state", "reason"),
    [
        ("yes@example.cn", DeliveryState.SENT, ""),
        ("no@example.cn", DeliveryState.BOUNCED, "550 5.1.1 unknown"),
        ("later@example.cn", DeliveryState.DEFERRED, "451 4.7.1 greylisted"),
    ],
)
def test_one_connection_carries_on_after_each_answer(
    server: Sink, smtp: smtplib.SMTP, recipient: str, state: DeliveryState, reason: str
) -> None:
    outcome = Offer(smtp, "from@example.cn", recipient).deliver(LETTER)
    assert (outcome.state, outcome.reason) == (state, reason)
    assert Offer(smtp, "from@example.cn", "after@example.cn").deliver(LETTER).state is DeliveryState.SENT
    assert server.recipients["after@example.cn"] == 1
    assert server.recipients[recipient] == (1 if state is DeliveryState.SENT else 0)


def test_a_refused_sender_is_no_matter_of_the_recipient(server: Sink, smtp: smtplib.SMTP) -> None:
    smtp.mail("already@example.cn")  # a second MAIL is out of order: 503
    outcome = Offer(smtp, "from@example.cn", "nested@example.cn").deliver(LETTER)
    assert outcome.state is DeliveryState.BOUNCED
    assert outcome.reason.startswith("503")
    assert server.recipients["nested@example.cn"] == 0


def test_an_offer_withdrawn_delivers_nothing_and_keeps_the_connection(server: Sink, smtp: smtplib.SMTP) -> None:
    Offer(smtp, "from@example.cn", "yes@example.cn").withdraw()
    assert Offer(smtp, "from@example.cn", "other@example.cn").deliver(LETTER).state is DeliveryState.SENT
    assert dict(server.recipients) == {"other@example.cn": 1}


def test_a_dot_at_the_beginning_of_a_line_arrives(server: Sink, smtp: smtplib.SMTP) -> None:
    Offer(smtp, "from@example.cn", "yes@example.cn").deliver(LETTER)
    assert server.messages[-1] == LETTER


def test_a_domain_in_chinese_goes_out_in_ascii(server: Sink, smtp: smtplib.SMTP) -> None:
    assert Offer(smtp, "from@example.cn", "wang@例子.cn").deliver(LETTER).state is DeliveryState.SENT
    assert dict(server.recipients) == {"wang@xn--fsqu00a.cn": 1}


def test_a_line_break_in_an_address_is_no_second_command(smtp: smtplib.SMTP) -> None:
    from portal.mail import Skeleton

    with pytest.raises(Skeleton.refusal):
        Offer(smtp, "from@example.cn", "a@example.cn>\r\nRCPT TO:<b@example.cn")


def test_a_connection_lost_before_the_text_says_so(smtp: smtplib.SMTP) -> None:
    offer = Offer(smtp, "from@example.cn", "yes@example.cn")
    assert smtp.sock is not None
    smtp.sock.shutdown(socket.SHUT_RDWR)
    with pytest.raises(ConnectionLost):
        offer.deliver(LETTER)
