"""What a draft would do before it is published: nothing here changes a release or a record.

`effects` answers at once for a page; `impact` is the whole look, as a job; `breaks` lists records a new rule refuses.
"""

from portal.foresight import breaks, effects, impact, storage
from portal.foresight.effects import Matrix, impact_of
from portal.foresight.rights import rights

__all__ = ["Matrix", "breaks", "effects", "impact", "impact_of", "rights", "storage"]
