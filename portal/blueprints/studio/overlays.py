"""The editor of one overlay: each value with its layer, taken over, set or given back, in a text with its comments."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask import render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from portal.blueprints.studio.blueprint import bp
from portal.blueprints.studio.shelf import NAMES, label_of
from portal.errors import Invalid, NotFound
from portal.extensions import db
from portal.schema import check, deviations, drafts, edit, layers, packs, problems, releases, source
from portal.security import Office
from portal.security import offices as units


def page(office: Office, one: layers.Overlay) -> str:
    """Draw the editor."""
    seen = drafts.workspace(current_user)
    result = check.check(seen.documents)
    above = tuple(units.tree()[id_][0] for id_ in reversed(units.way_up(office.id)[1:]))
    found = deviations.values(result.trees, one, above)
    said = [value for value in found if value.leaf.base is not None or value.leaf.given is not None]
    return render_template(
        "studio/overlay.html",
        office=office,
        overlay=one,
        key=one.base.partition("/")[2].removesuffix(".yml"),
        name=NAMES[one.kind][0],
        label=label_of(result.trees.get(one.base)),
        groups=_groups(said),
        free=[
            value for value in found if value.leaf.given is None and (value not in said or not value.leaf.rule.is_taken)
        ],
        text=seen.documents.get(one.file, ""),
        **problems_of(one, result),
        sources={unit.key: unit.name for unit in _units(above)} | {key: str(text) for key, text in _packs().items()},
        changed=releases.last_change(one.file),
        state=seen.state(one.file),
        written=written,
        shown=shown,
    )


def problems_of(one: layers.Overlay, result: check.CheckResult) -> dict[str, Any]:
    """What is wrong with an overlay, and with the other documents of its office."""
    here = [problem for problem in result.problems if problem.file == one.file]
    beside = [problem for problem in result.problems if problem.file.startswith(f"offices/{one.office}/")]
    return {"here": here, "elsewhere": [problem for problem in beside if problem not in here], "path": one.file}


@bp.app_template_global("problem_address")
def problem_address(problem: problems.Problem) -> str | None:
    """The editor of the document that a problem is in, at its line; None for what has no editor."""
    place, one = problem.file.split("/"), layers.Overlay.of(problem.file)
    if one is not None:
        known = {key: id_ for id_, (key, _above) in units.tree().items()}
        kind, key = one.base.removesuffix(".yml").split("/")
        if one.office not in known or kind not in layers.SHAPES:
            return None
        return url_for("studio.overlay", office_id=known[one.office], kind=kind, key=key, _anchor=f"L{problem.line}")
    if len(place) != 2:
        return None
    return url_for("studio.edit", kind=place[0], key=place[1].removesuffix(".yml"), _anchor=f"L{problem.line}")


def layers_of(path: str, trees: Mapping[str, Any]) -> dict[str, Any]:
    """Where a document stands: the pack it comes from, what packs have added, and the offices that lay over it."""
    said = {one.office for one in layers.overlays(trees) if one.base == path}
    laid = [
        (office, deviation)
        for office in _units(tuple(said))
        for deviation in deviations.deviations(trees, office.key)
        if deviation.overlay.base == path
    ]
    pack = deviations.pack_of(path)
    return {"pack": pack, "parts": [] if pack else deviations.parts_of(path, trees.get(path)), "laid": laid}


def changed(text: str, one: layers.Overlay, act: str, at: str, above: tuple[str, ...]) -> str:
    """Return the overlay's text after one step; raises NotFound for a place the office may not speak of."""
    trees = check.check(drafts.workspace(current_user).documents).trees
    value = next((value for value in deviations.values(trees, one, above) if value.address == at), None)
    if value is None:
        raise NotFound
    if act == "back":
        return deviations.given_back(text, value.leaf.path)
    if act == "take":
        return edit.put(text, value.leaf.path, value.leaf.base)
    return edit.put(text, value.leaf.path, _sent())


def written(value: Any) -> str:
    """The value as a document says it, on one line."""
    if value is None:
        return ""
    return edit.inline(value)


def shown(value: Any) -> str:
    """The value as people read it: both languages of a text, the words of a list."""
    if isinstance(value, dict) and value.keys() <= {"zh", "en"}:
        return " / ".join(dict.fromkeys(str(word) for word in value.values()))
    if isinstance(value, list):
        return _(", ").join(shown(one.get("section", one) if isinstance(one, dict) else one) for one in value)
    return written(value)


def _sent() -> Any:
    """What the form says: the words in both languages, or one value."""
    words = {key: text for key in ("zh", "en") if (text := request.form.get(key, "").strip())}
    return words or _read(request.form.get("value", ""))


def _read(text: str) -> Any:
    found = source.read("", f"value: {text.strip()}\n")
    if found.problems or not text.strip() or not isinstance(found.tree, dict):
        raise Invalid({"value": _("Write one value, as a document does: 软件, 100, true or {zh: 软件, en: Software}.")})
    return found.tree["value"]


def _groups(values: Iterable[deviations.Value]) -> list[tuple[str, str, list[deviations.Value]]]:
    """The values under the field, level or entity they belong to, with its label; those of the document first."""
    found: dict[str, list[deviations.Value]] = {}
    for value in values:
        path = value.leaf.path
        found.setdefault(".".join(map(str, path[:2])) if len(path) > 1 else "", []).append(value)
    return [(name, _label(group), group) for name, group in found.items()]


def _label(group: list[deviations.Value]) -> str:
    told = (value.leaf.given or value.leaf.base for value in group if value.leaf.path[-1] == "label")
    return label_of({"label": next(told, None)}) if len(group[0].leaf.path) > 1 else ""


def _units(keys: tuple[str, ...]) -> list[Office]:
    return list(db.session.scalars(db.select(Office).where(Office.key.in_(keys))))


def _packs() -> dict[str, Any]:
    return {key: packs.pack(key).label for key in packs.names()}
