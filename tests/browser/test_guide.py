"""The admin guide followed to the letter in a fresh portal; its pages are what the chapters say."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser import guide
from tests.browser.play import Play
from tests.browser.stage import stage

pytestmark = [pytest.mark.browser, pytest.mark.long]
FOLDER = Path(__file__).parents[2] / "docs" / "guide"


def test_every_chapter_comes_out_as_promised(chromium: Browser, tmp_path: Path) -> None:
    with stage("", tmp_path) as live:
        play = Play(live, chromium)
        page = play.page("admin")
        for chapter in guide.CHAPTERS:
            guide.walk(page, chapter)
        assert not play.watch.faults, "\n".join(play.watch.faults)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_guide_is_as_written_and_has_its_pictures(language: str) -> None:
    written = (FOLDER / f"{language}.md").read_text("utf-8")
    assert written == guide.pages(language), "run: PYTHONPATH=. python tools/write_guide.py"
    for chapter in guide.CHAPTERS:
        for number, step in enumerate(chapter.steps, 1):
            assert step.shows == (FOLDER / guide.picture(chapter, number, language)).is_file()
