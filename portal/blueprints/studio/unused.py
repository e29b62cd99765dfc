"""Documents and tags that nobody uses, with what can be known of it: a hint, nothing that must be mended."""

from typing import Any

from flask_babel import lazy_gettext as _l

from portal.campaigns import audience
from portal.schema import check, lint

WHY: dict[str, Any] = {
    "messages": _l("No workflow sends this message, and it is no reply for tickets."),
    "segments": _l("No campaign has ever used this segment."),
    "calendars": _l("Times are counted in the first calendar; nothing uses this one."),
}


def documents(result: check.CheckResult) -> dict[str, Any]:
    """Return path → why nobody uses the document; nothing while something is wrong and may hide a use."""
    return {f"{kind}/{key}.yml": WHY[kind] for kind, key in _found(result) if kind in WHY}


def hints(result: check.CheckResult, path: str) -> list[Any]:
    """Return what there is to say of one document."""
    found = [why for file, why in documents(result).items() if file == path]
    kind, _slash, key = path.removesuffix(".yml").partition("/")
    group = result.catalog.tags.get(key) if kind == "tags" else None
    tags = [tag for named, tag in _found(result) if group and named == "tags" and tag in group.values]
    if tags:
        text = _l("No rule sets these tags and no document asks for them; people alone use them: %(tags)s")
        found.append(text % {"tags": "、".join(tags)})
    return found


def _found(result: check.CheckResult) -> list[tuple[str, str]]:
    return [] if result.errors else lint.unused(result.catalog, {("segments", key) for key in audience.segments()})
