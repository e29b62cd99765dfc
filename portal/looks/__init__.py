"""Who saw which record with which guarded fields unmasked: rows that are only ever added, and sealed."""

from portal.looks import guard as guard
from portal.looks import seals
from portal.looks.ledger import ledger, note_many
from portal.looks.ledger import note as note
from portal.looks.ledger import of_job as of_job
from portal.looks.model import Look, Sight
from portal.looks.questions import Questions

__all__ = ["Look", "Questions", "Sight", "ledger", "note", "note_many", "seals"]
