"""Which tokens many records hold, as PostgreSQL's ANALYZE found: a search for them is planned another way."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask import current_app

from portal import clock
from portal.extensions import db

COMMON = 0.01  # a token that more than one record in a hundred holds
FRESH = timedelta(minutes=10)
STATISTICS = sa.text(
    "SELECT unnest(CAST(CAST(most_common_elems AS text) AS text[])) AS token, unnest(most_common_elem_freqs) AS share "
    "FROM pg_stats WHERE schemaname = current_schema() AND tablename = 'search_entry' AND attname = 'tokens'"
)


@dataclass
class Frequent:
    """The tokens as they were asked for last; one for each application."""

    tokens: frozenset[str] = frozenset()
    until: datetime = field(default_factory=clock.now)

    def refresh(self) -> None:
        """Ask the statistics again when they have become old."""
        if self.until <= clock.now():
            found = db.session.execute(STATISTICS).all()
            self.tokens = frozenset(row.token for row in found if row.token is not None and row.share > COMMON)
            self.until = clock.now() + FRESH


def tokens() -> frozenset[str]:
    """The frequent tokens; none before the first ANALYZE."""
    kept: Frequent = current_app.extensions.setdefault("frequent_tokens", Frequent())
    kept.refresh()
    return kept.tokens
