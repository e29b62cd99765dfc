"""What a chapter is made of; its words stand in words.yml."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

Act = Callable[[Page], None]


@dataclass(frozen=True)
class Step:
    """One thing to do: how the browser does what the reader is told, and whether the page is shown afterwards."""

    act: Act
    shows: bool = False


@dataclass(frozen=True)
class Chapter:
    """A task of ten minutes; `done` checks in the browser that it came out as promised."""

    key: str
    steps: tuple[Step, ...]
    done: Act
