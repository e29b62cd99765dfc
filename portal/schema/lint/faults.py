"""All warnings of a set of documents, by document."""

from collections.abc import Iterator

from portal.schema.catalog import Catalog
from portal.schema.lint import contrary, demands, layouts, loops, parents, reach, sealing
from portal.schema.problems import Fault

Found = tuple[str, str, Fault]  # kind of document, its key, what is found


def faults(catalog: Catalog) -> Iterator[Found]:
    """Yield the warnings of a catalogue whose documents have no errors."""
    for key, tier in catalog.tiers.items():
        rules = {level: noun.when for level, noun in tier.levels.items()}
        yield from (("tiers", key, fault) for fault in reach.levels(rules))
    for key, given in catalog.assignment.items():
        whens = [rule.when for rule in given.rules]
        yield from (("assignment", key, fault) for fault in reach.late(("rules",), whens))
    yield from ((clause.kind, clause.key, fault) for clause, fault in contrary.contrary(catalog))
    for subject in catalog.entities.values():
        found = (
            *layouts.layouts(catalog, subject),
            *demands.demands(subject),
            *parents.parents(catalog, subject),
            *sealing.sealing(subject),
        )
        yield from (("entities", subject.key, fault) for fault in found)
    yield from (("workflows", key, fault) for key, fault in loops.loops(catalog))
