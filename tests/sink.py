"""A real SMTP server on loopback that keeps what it accepts; it can answer slowly, so that a kill hits the middle."""

import asyncio
import socket
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.controller import Controller


@dataclass
class Sink:
    """What came in: how often for each recipient, and the messages when asked to keep them."""

    pause: float = 0.0
    keeps: bool = True
    pipelines: bool = True
    recipients: Counter[str] = field(default_factory=Counter)
    messages: list[bytes] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    """An SMTP answer to RCPT for some recipients instead of 250."""
    port: int = 0

    async def handle_EHLO(self, server: Any, session: Any, envelope: Any, host: str, lines: list[str]) -> list[str]:
        """Say what common servers say; commands written together are read one after the other anyway."""
        session.host_name = host
        return [*lines[:-1], "250-PIPELINING", lines[-1]] if self.pipelines else lines

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        """Accept, or answer as told."""
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Accept and count."""
        self.recipients.update(envelope.rcpt_tos)
        if self.keeps:
            self.messages.append(envelope.content)
        if self.pause:
            await asyncio.sleep(self.pause)
        return "250 OK"


@contextmanager
def sink(pause: float = 0.0, keeps: bool = True, pipelines: bool = True) -> Iterator[Sink]:
    """A running sink; `port` says where."""
    kept = Sink(pause=pause, keeps=keeps, pipelines=pipelines)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        kept.port = probe.getsockname()[1]
    controller = Controller(kept, hostname="127.0.0.1", port=kept.port, ready_timeout=30)
    controller.start()
    try:
        yield kept
    finally:
        controller.stop()


if __name__ == "__main__":
    # As a process of its own, for measuring: prints its port and ends with its standard input.
    with sink(keeps=False) as running:
        print(running.port, flush=True)
        sys.stdin.read()
