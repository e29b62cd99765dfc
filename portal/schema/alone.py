"""One document read by itself, away from any release, with the problems it has of its own."""

from pathlib import PurePath
from typing import TypeVar

from pydantic import ValidationError

from portal.schema import complaints
from portal.schema.nouns import Noun
from portal.schema.problems import Fault, Problem, SchemaError
from portal.schema.source import dotted, read

AnyNoun = TypeVar("AnyNoun", bound=Noun)


def read_alone(path: PurePath, text: str, model: type[AnyNoun]) -> AnyNoun:
    """Return the document; raises SchemaError with every problem, each with its line."""
    source = read(path.name, text)
    faults: list[Fault] = []
    noun = None
    if not source.problems:
        try:
            noun = model.model_validate(source.tree, context={"entities": {}, "subject": None})
            faults = list(noun.own_faults())
        except ValidationError as error:
            faults = list(complaints.faults(error, model, source.tree, frozenset()))
    told = [Problem(path.name, source.line(f.path), dotted(f.path), f.message, f.hint) for f in faults]
    if noun is None or told:
        raise SchemaError([*source.problems, *told])
    return noun
