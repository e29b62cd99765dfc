"""The generated reference is up to date and names everything an author may write."""

from pathlib import Path

import pytest
from pydantic import BaseModel

from portal.fields import FIELD_TYPES, OPERATORS
from portal.schema import reference
from portal.schema.json_schema import OPTION
from portal.schema.nouns import KINDS
from portal.schema.nouns.entity import FieldNoun
from portal.schema.nouns.role import ABILITIES

FILE = Path(__file__).parents[2] / "docs" / "config-reference.md"


def keys_of(model: type[BaseModel]) -> set[str]:
    return {info.alias or name for name, info in model.model_fields.items()}


def everything() -> set[str]:
    models = {FieldNoun, *FIELD_TYPES.values(), *KINDS.values()}
    models.add(OPTION)
    for kind in KINDS.values():
        models.update(reference.inner_models(kind))
    return {key for model in models for key in keys_of(model)} | {*FIELD_TYPES, *OPERATORS, *ABILITIES, *KINDS}


def test_the_file_is_what_the_models_say():
    assert FILE.read_text("utf-8") == reference.markdown(), "run: portal schema reference"


@pytest.mark.parametrize("word", sorted(everything()))
def test_every_word_is_named(word):
    text = FILE.read_text("utf-8")
    assert f"`{word}`" in text or f"`{word}/`" in text
