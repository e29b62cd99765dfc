"""All warnings of a set of documents, by document."""

from collections.abc import Iterator

from portal.schema.catalog import Catalog
from portal.schema.lint import demands, layouts, loops, parents, reach, sealing
from portal.schema.problems import Fault

Found = tuple[str, str, Fault]  # kind of document, its key, what is found


def faults(catalog: Catalog) -> Iterator[Found]:
    """Yield the warnings of a catalogue whose documents have no errors."""
    for key, tier in catalog.tiers.items():
        rules = {level: noun.when for level, noun in tier.levels.items()}
        yield from (("tiers", key, fault) for fault in reach.levels(rules))
    for kind in ("segments", "workflows", "metrics"):
        for key, noun in catalog.kind(kind).items():
            yield from ((kind, key, fault) for fault in reach.condition(("when",), noun.when))
    for key, group in catalog.tags.items():
        for tag, noun in group.values.items():
            yield from (("tags", key, fault) for fault in reach.condition(("values", tag, "when"), noun.when))
    for key, score in catalog.scoring.items():
        for at, one in enumerate(score.points):
            yield from (("scoring", key, fault) for fault in reach.condition(("points", at, "when"), one.when))
    for key, role in catalog.roles.items():
        for entity, grant in role.entities.items():
            yield from (("roles", key, fault) for fault in reach.condition(("entities", entity, "when"), grant.when))
    for subject in catalog.entities.values():
        found = (
            *layouts.layouts(catalog, subject),
            *demands.demands(subject),
            *parents.parents(catalog, subject),
            *sealing.sealing(subject),
        )
        yield from (("entities", subject.key, fault) for fault in found)
    yield from (("workflows", key, fault) for key, fault in loops.loops(catalog))
