"""Looking for viruses: a command that reads the file, or clamd by its protocol; neither sees a name."""

import shlex
import socket
import struct
import subprocess
from collections.abc import Iterator
from contextlib import closing
from typing import IO

from portal.file_settings import FileSettings

BLOCK = 1 << 16
SECONDS = 120
CLEAN, INFECTED = 0, 1


class Unavailable(Exception):
    """The scanner gave no verdict; the file waits."""


def is_set(settings: FileSettings) -> bool:
    """Whether files are looked through at all."""
    return bool(settings.scan_command or settings.scan_clamd)


def look(settings: FileSettings, stream: IO[bytes]) -> str:
    """What the scanner found in the bytes, empty where they are clean; raises Unavailable."""
    try:
        if settings.scan_clamd:
            return _clamd(settings.scan_clamd, stream)
        return _command(settings.scan_command, stream)
    except (OSError, subprocess.SubprocessError) as problem:
        raise Unavailable(type(problem).__name__) from problem


def _command(command: str, stream: IO[bytes]) -> str:
    with subprocess.Popen(
        shlex.split(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as child:
        assert child.stdin is not None
        try:
            for block in _blocks(stream):
                child.stdin.write(block)
        except BrokenPipeError:
            pass  # it has seen enough
        try:
            said, _ = child.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            raise
    if child.returncode not in (CLEAN, INFECTED):
        raise Unavailable(f"exit {child.returncode}")
    return _name(said.decode("utf-8", "replace")) if child.returncode == INFECTED else ""


def _clamd(address: str, stream: IO[bytes]) -> str:
    """INSTREAM of clamd: each block with its length before it, an empty one at the end."""
    with closing(_connected(address)) as line:
        line.sendall(b"zINSTREAM\0")
        for block in _blocks(stream):
            line.sendall(struct.pack("!L", len(block)) + block)
        line.sendall(struct.pack("!L", 0))
        said = b""
        while not said.endswith(b"\0") and (more := line.recv(BLOCK)):
            said += more
    told = said.rstrip(b"\0").decode("utf-8", "replace").removeprefix("stream: ")
    if told == "OK":
        return ""
    if told.endswith(" FOUND"):
        return _name(told.removesuffix(" FOUND"))
    raise Unavailable("clamd gave no verdict")


def _connected(address: str) -> socket.socket:
    if address.startswith("/"):
        line = socket.socket(socket.AF_UNIX)
        try:
            line.settimeout(SECONDS)
            line.connect(address)
        except OSError:
            line.close()
            raise
        return line
    host, _, port = address.rpartition(":")
    return socket.create_connection((host.strip("[]"), int(port)), timeout=SECONDS)


def _blocks(stream: IO[bytes]) -> Iterator[bytes]:
    while block := stream.read(BLOCK):
        yield block


def _name(said: str) -> str:
    """The name of what was found, as one short line."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in said).split())[:200] or "?"
