"""Conditions that no record can meet, or only records of the past, wherever in the documents they stand."""

from collections.abc import Iterator

from flask_babel import lazy_gettext as _l

from portal.schema.catalog import Catalog
from portal.schema.clauses import Clause, clauses
from portal.schema.condition import Condition
from portal.schema.lint.grid import Values, examples, holds
from portal.schema.problems import Fault, nearest_word


def contrary(catalog: Catalog) -> Iterator[tuple[Clause, Fault]]:
    """Yield the conditions that are probably not meant, with what to say of each."""
    for clause in clauses(catalog):
        yield from ((clause, fault) for fault in (*_never(clause), *_unknown(clause)))


def _never(clause: Clause) -> Iterator[Fault]:
    met = [point for point in examples([clause.when]) if holds(clause.when, point)]
    if any(_is_offered(clause.when, point) for point in met):
        return
    if met:
        message = _l("only records with an archived option meet this condition")
        yield Fault(clause.path, message, _l("nobody can choose it any more: name one that is offered"), "warning")
    elif examples([clause.when]):
        yield Fault(clause.path, _l("no record can meet this condition"), _l("its parts exclude each other"), "warning")


def _is_offered(when: Condition, point: Values) -> bool:
    return all(test.field.type.is_offered(point.get(test.field.key)) for test in when.tests())


def _unknown(clause: Clause) -> Iterator[Fault]:
    """Words that may be written freely, and yet stand in no list of the documents."""
    for test in clause.when.tests():
        listed = {key for key, _label in test.field.type.choices() or ()} if test.field.type.is_many else set()
        for word in test.right if listed and test.operator.takes != "nothing" else ():
            if word not in listed and test.field.type.is_offered((word,)):
                message = _l('no document lists "%(word)s" for "%(field)s"', word=word, field=test.field.key)
                near = nearest_word(word, listed)
                hint = _l('did you mean "%(word)s"?', word=near) if near else _l("only people can give it to a record")
                yield Fault(clause.path, message, hint, "warning")
