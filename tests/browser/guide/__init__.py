"""The guide for business admins: chapters whose steps people read and a browser follows, so that both stay true."""

from tests.browser.guide.book import CHAPTERS, pages, picture, walk

__all__ = ["CHAPTERS", "pages", "picture", "walk"]
