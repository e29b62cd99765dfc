"""Records: the one way to get one (`fetch`), to change one (`save`) and to list them (`search`).

Further nouns are reached through the door: bulk, files, finder, links, provision, tables, timeline, views.
"""

from portal.records import bulk, files, finder, links, provision, tables, timeline, views
from portal.records.archive import archive
from portal.records.fetch import fetch
from portal.records.history import history
from portal.records.record import Record
from portal.records.save import new, save
from portal.records.search import search

__all__ = ["Record", "archive", "fetch", "history", "new", "save", "search"]
