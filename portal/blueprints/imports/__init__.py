"""Importing in the browser: send a file, map its columns, look at the check, run it, mend what was refused, undo."""

from portal.blueprints.imports import downloads, pages
from portal.blueprints.imports.blueprint import bp

__all__ = ["bp"]
_PAGES = (downloads, pages)
