"""Write docs/guide: follow every chapter in a fresh portal, once in each language, and take its pictures."""

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser import guide
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.browser.play import Play
from tests.browser.stage import stage

FOLDER = Path(__file__).parent.parent / "docs" / "guide"


def main() -> None:
    (FOLDER / "pictures").mkdir(parents=True, exist_ok=True)
    for language in ("zh", "en"):
        (FOLDER / f"{language}.md").write_text(guide.pages(language), "utf-8")
        if "--text" not in sys.argv:
            with sync_playwright() as driver, tempfile.TemporaryDirectory() as folder:
                browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
                _follow(browser, Path(folder), language)


def _follow(browser: Browser, folder: Path, language: str) -> None:
    with stage("", folder) as live:
        page = Play(live, browser).page("admin")
        if language == "en":
            page.locator("form[action='/preferences'] [name=language]").first.click()
            page.wait_for_load_state("networkidle")
        for chapter in guide.CHAPTERS:
            guide.walk(page, chapter, lambda chapter, number: _take(page, guide.picture(chapter, number, language)))


def _take(page: Page, place: str) -> None:
    page.wait_for_timeout(400)
    picture = Image.open(io.BytesIO(page.screenshot()))
    small = picture.convert("RGB").quantize(128, dither=Image.Dither.NONE)
    small.save(FOLDER / place, optimize=True)


if __name__ == "__main__":
    main()
