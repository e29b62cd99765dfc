"""All chapters in order, as pages to read and as a walk through the browser."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page
from ruamel.yaml import YAML

from tests.browser.guide import (
    confirmation,
    field,
    layout,
    office,
    provider,
    quality,
    relation,
    report,
    role,
    secret,
    takeout,
    tier,
    workflow,
)
from tests.browser.guide.chapter import Chapter

CHAPTERS = (
    field.CHAPTER,
    tier.CHAPTER,
    workflow.CHAPTER,
    role.CHAPTER,
    report.CHAPTER,
    layout.CHAPTER,
    relation.CHAPTER,
    office.CHAPTER,
    quality.CHAPTER,
    confirmation.CHAPTER,
    provider.CHAPTER,
    secret.CHAPTER,
    takeout.CHAPTER,
)
WORDS: dict[str, Any] = YAML(typ="safe").load((Path(__file__).parent / "words.yml").read_text("utf-8"))
Shown = Callable[[Chapter, int], None]


def walk(page: Page, chapter: Chapter, shown: Shown | None = None) -> None:
    """Do what a chapter says, and check what it promises."""
    for number, step in enumerate(chapter.steps, 1):
        step.act(page)
        if step.shows and shown is not None:
            shown(chapter, number)
    chapter.done(page)


def pages(language: str) -> str:
    """The guide in one language, as Markdown."""
    cover = WORDS["guide"]
    parts = [f"# {cover['title'][language]}\n\n{cover['about'][language]}\n"]
    for at, chapter in enumerate(CHAPTERS, 1):
        told = WORDS[chapter.key]
        parts.append(f"## {at} · {told['title'][language]}\n\n{told['about'][language]}\n")
        for number, (step, words) in enumerate(zip(chapter.steps, told["steps"], strict=True), 1):
            shot = f"\n   ![{told['title'][language]}]({picture(chapter, number, language)})\n" if step.shows else ""
            parts.append(f"{number}. {words[language]}\n{shot}")
    return "\n".join(parts)


def picture(chapter: Chapter, number: int, language: str) -> str:
    """Where the picture of a step lies, seen from the guide."""
    return f"pictures/{language}-{chapter.key}-{number}.png"
