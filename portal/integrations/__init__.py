"""Bringing data in and taking it out."""

from portal.integrations import boards as boards
from portal.integrations import exports, imports, mended, passes, sheets, undoing
from portal.integrations import guards as guards
from portal.integrations import takeouts as takeouts
from portal.integrations.models import Import
from portal.integrations.reading import Reading as Reading

__all__ = ["Import", "exports", "imports", "mended", "passes", "sheets", "undoing"]
