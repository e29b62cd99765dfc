"""The second half of the night: scores, then the tags and qualities whose rules may ask for them, range by range."""

from portal import jobs, schema
from portal.extensions import transaction
from portal.jobs import Work
from portal.records import tables
from portal.rules import quality, scoring, tags
from portal.rules.scope import ranges

JOB = "rules.scores_and_tags"
STEP = 10_000  # ids in one transaction: every record that gets a tag is audited and indexed


def ask() -> None:
    """Ask for it, once until it has begun; done after the figures, which scores and tags ask for."""
    if schema.current().scoring or schema.current().tags or schema.current().quality:
        jobs.enqueue(JOB, {}, unique_key=JOB)


def recompute(work: Work | None = None) -> int:
    """Set scores, tags and qualities of all records right; return how many changed. A job."""
    catalog, written, done = schema.current(), 0, 0
    targets = [noun.on for noun in catalog.scoring.values()] + [group.on for group in catalog.tags.values()]
    targets += [noun.on for noun in catalog.quality.values()]
    for entity_key in dict.fromkeys(targets):
        for scope in ranges(tables.table_of(entity_key), step=STEP):
            with transaction():
                written += sum(scoring.evaluate(noun, scope) for noun in scoring.of(entity_key))
                written += tags.evaluate(entity_key, scope)
                written += sum(quality.evaluate(noun, scope) for noun in quality.of(entity_key))
            done += scope.last - scope.first + 1
            if work:
                work.advance(done)
    with transaction():
        quality.totals.ask()
    return written
