"""V8: a campaign of personal mails of 4 kB to an SMTP sink, links counted, states kept, against bare smtplib."""

import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import sqlalchemy as sa

from bench.frame import Pair, measure
from bench.world import World
from portal import campaigns, jobs, schema
from portal.extensions import db, transaction
from portal.jobs import Job

RECIPIENTS = 2000
BODY = '尊敬的{{ name | default("客户") }}：\n\n' + "我们的新品已经上市，[请看目录](https://example.cn/a)。\n\n" * 12
SEGMENT = "segment: bench\nlabel: 全部\non: customer\nwhen: {{id: {{lte: {last}}}}}\n"


@measure("V8", "campaign sending", most=2.0, largest=10_000)
def sending(world: World) -> Iterator[Pair]:
    """Two thousand recipients a round over one connection, the sink in a process of its own."""
    with _sink() as port:
        world.app.config["PORTAL"] = replace(world.app.config["PORTAL"], smtp_host="127.0.0.1", smtp_port=port)
        letters = [_letter(number) for number in range(RECIPIENTS)]
        yield Pair("mails of 4 kB", lambda: _send(world), lambda: _bare(port, letters), rows=RECIPIENTS)


def _send(world: World) -> float:
    with transaction():
        _publish(world)
        campaign = campaigns.models.Campaign(
            name="V8",
            segment="bench",
            subject="{{ name }}，您好",
            body=BODY,
            sender_name="市场部",
            owner_id=world.admin.id,
        )
        db.session.add(campaign)
        db.session.flush()
        campaigns.lifecycle.schedule(campaign, None, by=world.admin)
        campaign_id = campaign.id
    job_id = db.session.scalar(sa.select(sa.func.max(Job.id)).where(Job.kind == "campaigns.send"))
    db.session.commit()
    start = time.perf_counter()
    ended = jobs.run_now(job_id)
    taken = time.perf_counter() - start
    states = campaigns.lifecycle.by_state(campaign_id)
    if ended.state != "done" or states.get("sent", 0) < RECIPIENTS * 0.9:
        raise RuntimeError(f"the campaign was not sent: {ended.state} {ended.error} {states}")
    return taken * RECIPIENTS / states["sent"]


def _publish(world: World) -> None:
    if "bench" not in schema.current().segments:
        table = "record_customer"
        last = db.session.scalar(sa.text(f"SELECT id FROM {table} ORDER BY id LIMIT 1 OFFSET {RECIPIENTS - 1}"))
        text = SEGMENT.format(last=last)
        schema.releases.publish_document("segments/bench.yml", text, by=world.admin, note="bench")


def _letter(number: int) -> tuple[str, bytes]:
    """A finished message of the same size."""
    from portal import clock
    from portal.mail import Skeleton

    envelope = Skeleton.envelope(
        to=f"c{number}@example.cn",
        subject=f"客户{number}，您好",
        text="好" * 600,
        html="<p>好</p>" * 120,
        date=clock.now(),
        message_id=f"{number}@example.cn",
    )
    return f"c{number}@example.cn", Skeleton("sender@example.cn", "市场部").fill(envelope)


def _bare(port: int, letters: list[tuple[str, bytes]]) -> float:
    start = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", port) as server:
        server.ehlo()
        for address, letter in letters:
            server.mail("sender@example.cn")
            server.rcpt(address)
            server.data(letter)
    return time.perf_counter() - start


@contextmanager
def _sink() -> Iterator[int]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.sink"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()
