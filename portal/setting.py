"""One variable of the environment, and the ways to read its text."""

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_network
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones


class SettingsError(Exception):
    """A variable of the environment cannot be used; the message begins with its name."""

    def __init__(self, name: str, problem: str) -> None:
        self.name = name
        super().__init__(f"{name}: {problem}")


@dataclass(frozen=True)
class Setting:
    """One variable: where it lands in Settings, its default, what it means, how its text is read."""

    name: str
    attribute: str
    default: str
    meaning: str
    read: Callable[[str], object] = str


def number(text: str) -> int:
    """A whole number."""
    if not text.isascii() or not text.isdigit():
        raise ValueError("must be a whole number")
    return int(text)


def half_year(text: str) -> int:
    """A number of days that no law finds too short, or 0."""
    if 0 < (days := number(text)) < 180:
        raise ValueError("must be 180 or more, or 0")
    return days


def positive(text: str) -> int:
    """A whole number from 1."""
    if (found := number(text)) < 1:
        raise ValueError("must be 1 or more")
    return found


def switch(text: str) -> bool:
    """Yes or no."""
    words = {"1": True, "yes": True, "true": True, "on": True, "0": False, "no": False, "false": False, "off": False}
    if text.lower() not in words:
        raise ValueError("must be yes or no")
    return words[text.lower()]


def one_of(*allowed: str) -> Callable[[str], str]:
    """A reader of one of these words."""

    def read(text: str) -> str:
        if text not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}")
        return text

    return read


def zone(text: str) -> str:
    """The key of a time zone."""
    if text not in available_timezones():
        raise ValueError(f"{text!r} is not a time zone such as Asia/Shanghai")
    return ZoneInfo(text).key


def database(text: str) -> str:
    """The address of a database, with the driver that is used."""
    scheme = text.partition(":")[0]
    if scheme in ("postgresql", "postgres"):
        return "postgresql+psycopg" + text[len(scheme) :]
    if text and scheme not in ("sqlite", "postgresql+psycopg"):
        raise ValueError("must begin with sqlite:// or postgresql://")
    return text


def redis(text: str) -> str:
    """The address of a Redis or nothing."""
    if text and urlsplit(text).scheme not in ("redis", "rediss", "unix"):
        raise ValueError("must begin with redis://, rediss:// or unix://")
    return text


def url(text: str) -> str:
    """An address of a page or service without its last stroke, or nothing."""
    parts = urlsplit(text)
    if text and (parts.scheme not in ("http", "https") or not parts.netloc):
        raise ValueError("must be an address such as https://crm.example.cn")
    return text.rstrip("/")


def hosts(text: str) -> str:
    """Hosts with commas between."""
    found = tuple(word.strip().lower() for word in text.split(",") if word.strip())
    if wrong := [host for host in found if not host.isascii() or any(mark in host for mark in "/@*\\ ")]:
        raise ValueError(f"{wrong[0]!r} is not a host such as erp.example.cn or erp.example.cn:8443")
    return ",".join(found)


def networks(text: str) -> str:
    """Networks with commas between."""
    return ",".join(str(ip_network(word.strip())) for word in text.split(",") if word.strip())
