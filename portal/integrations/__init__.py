"""Bringing data in and taking it out."""

from portal.integrations import exports, guards, imports, mended, passes, sheets
from portal.integrations.models import Import

__all__ = ["Import", "exports", "guards", "imports", "mended", "passes", "sheets"]
