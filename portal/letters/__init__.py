"""Letters with a link: to the customer of a record, sent once, opened by whoever holds the link, for one answer."""

from portal.letters.letter import FAILED, OPEN, Letter
from portal.letters.links import Closed, Links
from portal.letters.post import Post, write

__all__ = ["FAILED", "OPEN", "Closed", "Letter", "Links", "Post", "write"]
