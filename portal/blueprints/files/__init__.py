"""Files: handed out with the right to the record they hang on, looked at, hung on records and taken off."""

from portal.blueprints.files import downloads, panel
from portal.blueprints.files.blueprint import bp

__all__ = ["bp", "panel"]
_PAGES = (downloads, panel)
