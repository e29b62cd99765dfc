"""The rows that a request names by their numbers; what is the number of no row is passed over."""

from flask import request

from portal.fields import row_id

Pick = tuple[int, int | None]  # a row, and the version that the page showed


def picked(name: str = "_pick") -> list[Pick]:
    """The rows that were ticked, each with the version that the list showed, where it said one."""
    return marks(request.form.getlist(name))


def ids(name: str = "_pick") -> list[int]:
    """The rows that were ticked, each once."""
    return list(dict.fromkeys(id_ for id_, _version in picked(name)))


def marks(texts: list[str]) -> list[Pick]:
    """What `id` and `id.version` name."""
    parts = (text.partition(".") for text in texts)
    return [(id_, row_id(version)) for one, _dot, version in parts if (id_ := row_id(one)) is not None]
