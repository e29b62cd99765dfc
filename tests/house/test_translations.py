"""Every text of the code has its Chinese, and no catalogue says what nobody asks."""

import ast
import re
from collections.abc import Iterator

from tests.house import msgids
from tests.house.sources import modules

PLACES = re.compile(r"%\((\w+)\)")


def test_every_text_is_translated() -> None:
    missing = [f"{place}: {text!r}" for text, place in sorted(msgids.untranslated().items(), key=lambda pair: pair[1])]
    assert not missing, "\n".join(["no Chinese for:", *missing])


def test_no_text_is_asked_for_within_another() -> None:
    """What collects the texts does not look into f-strings, so nobody would miss its Chinese."""
    found = [f"{path}:{call.lineno}" for path, call in _within_strings()]
    assert not found, "\n".join(["give it a name before:", *found])


def _within_strings() -> Iterator[tuple[str, ast.Call]]:
    for path, tree, _text in modules():
        for string in (node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)):
            for call in (node for node in ast.walk(string) if isinstance(node, ast.Call)):
                if isinstance(call.func, ast.Name) and call.func.id in msgids.KEYWORDS:
                    yield path, call


def test_no_translation_is_left_over() -> None:
    used = msgids.used()
    left = [f"{catalogue}: {text!r}" for text, catalogue in msgids.translated().items() if text not in used]
    assert not left, "\n".join(["nobody asks for:", *left])


def test_places_in_a_text_are_kept() -> None:
    from portal.translations import chinese

    catalogue = chinese()._catalog
    wrong = [
        key
        for key, text in catalogue.items()
        if isinstance(key, str) and not set(PLACES.findall(text)) <= set(PLACES.findall(key)) | {"num"}
    ]
    assert not wrong


def test_one_text_has_one_translation() -> None:
    """Catalogues are merged, so two Chinese words for one msgid would fight; make the English say which is meant."""
    said = msgids.meanings()
    fights = [f"{text!r}: {sorted(words)}" for text, words in said.items() if len(set(words.values())) > 1]
    assert not fights, "\n".join(fights)
