"""The schema studio: documents are edited as drafts, checked, looked at for their effect, published, brought back."""

from portal.blueprints.studio import (
    backtest,
    dictionary,
    documents,
    drafts,
    entities,
    fields,
    forecast,
    forms,
    history,
    layouts,
    offices,
    packs,
    review,
    unconverted,
    uses,
)
from portal.blueprints.studio.blueprint import bp

__all__ = [
    "backtest",
    "bp",
    "dictionary",
    "documents",
    "drafts",
    "entities",
    "fields",
    "forecast",
    "forms",
    "history",
    "layouts",
    "offices",
    "packs",
    "review",
    "unconverted",
    "uses",
]
