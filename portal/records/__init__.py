"""Records: the one way to get one (`fetch`), to change one (`save`) and to list them (`search`).

Further nouns are reached through the door: attachments, beginnings, bulk, examination, files, finder,
links, opening, paging, preparation, provision, publishing, reading, recall, reindexing, reversal, selection, sides,
tables, timeline, told, upcoming, upkeep, views.
"""

from portal.records import at_rest as at_rest
from portal.records import attachments as attachments
from portal.records import beginnings as beginnings
from portal.records import bulk as bulk
from portal.records import constraints as constraints
from portal.records import examination as examination
from portal.records import files as files
from portal.records import finder as finder
from portal.records import link_index as link_index
from portal.records import links as links
from portal.records import opening as opening
from portal.records import paging as paging
from portal.records import preparation as preparation
from portal.records import provision as provision
from portal.records import publishing as publishing
from portal.records import reach as reach
from portal.records import reading as reading
from portal.records import recall as recall
from portal.records import reindexing as reindexing
from portal.records import resealing as resealing
from portal.records import revealing as revealing
from portal.records import reversal as reversal
from portal.records import selection as selection
from portal.records import sides as sides
from portal.records import tables as tables
from portal.records import timeline as timeline
from portal.records import told as told
from portal.records import upcoming as upcoming
from portal.records import upkeep as upkeep
from portal.records import views as views
from portal.records import visitors as visitors
from portal.records.archive import archive
from portal.records.fetch import fetch
from portal.records.fetch import fetch_many as fetch_many
from portal.records.history import bring_back as bring_back
from portal.records.history import history
from portal.records.record import Record
from portal.records.save import new, save
from portal.records.search import search
from portal.records.search import sort_keys as sort_keys

__all__ = ["Record", "archive", "fetch", "history", "new", "save", "search"]
