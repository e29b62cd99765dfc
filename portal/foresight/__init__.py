"""What a draft would do before it is published: nothing here changes a release or a record.

`effects` answers at once for a page; `impact` is the whole look, as a job; `breaks` lists records a new rule refuses;
`backtest` asks a rule of the past; `storage` is what the tables go through, reached through the door as well.
"""

from portal.foresight import backtest, breaks, effects, impact
from portal.foresight import storage as storage
from portal.foresight.effects import Matrix, impact_of
from portal.foresight.rights import rights

__all__ = ["Matrix", "backtest", "breaks", "effects", "impact", "impact_of", "rights"]
