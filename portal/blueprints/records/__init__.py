"""The generic pages of every entity: list, record, form, cell, bulk, archive, history."""

from portal.blueprints.records import (
    archive,
    board,
    bulk,
    calendar,
    cells,
    choices,
    counts,
    filters,
    forms,
    lists,
    menus,
    revelations,
    saved,
    scores,
    show,
    undo,
    visitors,
)
from portal.blueprints.records.blueprint import bp

__all__ = ["archive", "bp"]
_PAGES = (archive, board, bulk, calendar, cells, choices, counts)
_MORE_PAGES = (filters, forms, lists, menus, revelations, saved, scores, show, undo, visitors)
