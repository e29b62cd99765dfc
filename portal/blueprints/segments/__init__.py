"""Segments: named conditions, built row by row while the count moves."""

from portal.blueprints.segments import building, pages
from portal.blueprints.segments.blueprint import bp

__all__ = ["bp", "building", "pages"]
