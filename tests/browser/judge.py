"""What the tests ask of a page as a whole."""

from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SETTLING = 100
RUN = """rules => axe.run(document, {runOnly: {type: 'tag', values: rules}, rules: {'target-size': {enabled: true}}})
  .then(found => found.violations.map(one => [one.id, one.help, one.nodes.map(node => node.html.slice(0, 160) + ' ' +
    (node.any[0] ? node.any[0].message : '')).slice(0, 5)]))"""
WIDE = """() => [document.documentElement.scrollWidth - document.documentElement.clientWidth,
  [...document.querySelectorAll('body *')].filter(one => one.getBoundingClientRect().right > innerWidth + 1
    && !one.closest('.table-scroll, .nav-side, .view-tabs, .tabs')).slice(0, 5)
    .map(one => one.outerHTML.slice(0, 120))]"""


def violations(page: Page, axe: str) -> list[object]:
    """What axe-core finds wrong with the page as it stands."""
    page.evaluate(axe)
    return list(page.evaluate(RUN, RULES))


def sideways(page: Page) -> list[str]:
    """What makes the page scroll sideways; nothing when it does not. A window just resized gets time to settle."""
    for _try in range(SETTLING):
        over, guilty = page.evaluate(WIDE)
        if over <= 0:
            return []
        page.wait_for_timeout(100)
    return list(guilty) or [f"{over}px"]


def resize(page: Page, width: int) -> None:
    """Make the window that wide and let it be laid out."""
    page.set_viewport_size({"width": width, "height": 900})
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
