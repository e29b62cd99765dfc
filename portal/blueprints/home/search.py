"""Search over all records: a page, and the drop-down under the search box."""

from itertools import groupby
from typing import Any

from flask import render_template, request
from flask_login import current_user

from portal import records
from portal.blueprints import screens
from portal.blueprints.home.blueprint import bp
from portal.security import policy

FEW = 8
MANY = 60


@bp.get("/search")
@policy.signed_in
def search() -> str:
    """What answers the words, grouped by kind of record, the best first."""
    text = request.args.get("q", "").strip()[:100]
    is_piece = screens.is_piece("search-hits")
    hits = records.finder.find(text, current_user, FEW if is_piece else MANY) if text else []
    template = "home/hits.html" if is_piece else "home/search.html"
    return render_template(template, text=text, groups=grouped(hits))


def grouped(hits: list[Any]) -> list[tuple[Any, list[Any]]]:
    """The hits by entity, in the order of each one's best hit."""
    order: dict[str, int] = {}
    for hit in hits:
        order.setdefault(hit.entity.key, len(order))
    ranked = sorted(hits, key=lambda hit: order[hit.entity.key])
    return [
        (found[0].entity, found) for _key, some in groupby(ranked, lambda hit: hit.entity.key) if (found := list(some))
    ]
