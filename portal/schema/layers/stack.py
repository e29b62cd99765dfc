"""Documents laid over each other, and the catalogues that come of it."""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Any

from portal.schema.catalog import Catalog, Columns
from portal.schema.compiler import DEFINE_FIELDS, Compiler
from portal.schema.layers.overlay import Trees, overlays, split
from portal.schema.layers.shapes import SHAPES, look, mapping

OWN_SECTION = {"zh": "本机构", "en": "This office"}  # of added fields that no section names
MAKE_FIELDS = ("entities", "tags", *DEFINE_FIELDS)


def catalog(trees: Trees, columns: Columns, release: int = 0, checksum: str = "", path: Sequence[str] = ()) -> Catalog:
    """Return the catalogue of a release; `path` are the offices laid over it, the uppermost first."""
    base, over = split(trees)
    found = Compiler(layered(base, over, path), columns, release, checksum).run()
    if not over:
        return found
    stored = [tree for tree in _union(base, over).items() if tree[0].partition("/")[0] in MAKE_FIELDS]
    union = Compiler(dict(stored), columns, release, checksum).run().entities
    return replace(found, overlaid=frozenset(one.office for one in overlays(over)), union=union)


def layered(base: Trees, over: Trees, path: Sequence[str]) -> dict[str, Any]:
    """Return the documents as the last of the offices has them, with what others offer to be read."""
    return _readable(laid(base, over, path), over)


def laid(base: Trees, over: Trees, path: Sequence[str]) -> dict[str, Any]:
    """Return the documents with what the offices say laid over them, the uppermost first."""
    trees = merged(base, over, path)
    for file, tree in trees.items():
        if tree is not base[file] and file.startswith("entities/"):
            trees[file] = _laid_out(tree, base[file])
    return trees


def merged(base: Trees, over: Trees, path: Sequence[str]) -> dict[str, Any]:
    """Return the same, fields that no section names left where they are: nowhere."""
    trees = dict(base)
    for office in path:
        for one in overlays(over):
            if one.office == office and isinstance(trees.get(one.base), Mapping) and one.kind in SHAPES:
                trees[one.base] = SHAPES[one.kind].merged("", trees[one.base], over[one.file], {})
    return trees


def union(trees: Trees) -> dict[str, Any]:
    """Return the entities' documents, by their keys, with the fields that any office adds."""
    return {
        str(tree.get("entity")): tree for file, tree in _union(*split(trees)).items() if file.startswith("entities/")
    }


def _union(base: Trees, over: Trees) -> dict[str, Any]:
    trees = dict(base)
    for file, added in _added(base, over):
        fields = trees[file]["fields"]
        trees[file] = {**trees[file], "fields": {**fields, **{k: v for k, v in added.items() if k not in fields}}}
    return _readable(trees, over)


def _added(base: Trees, over: Trees) -> Iterator[tuple[str, dict[str, Any]]]:
    """The fields that each overlay adds, by the document below it."""
    for one in overlays(over):
        below, fields = base.get(one.base), mapping(mapping(over[one.file]).get("fields"))
        if one.kind == "entities" and isinstance(below, Mapping) and isinstance(below.get("fields"), Mapping):
            yield one.base, {key: told for key, told in fields.items() if key not in below["fields"]}


def _laid_out(tree: Any, below: Any) -> Any:
    """Put the fields an office adds into a section of their own, unless it has said where they stand."""
    form = tree.get("form")
    if not isinstance(form, list) or not form:
        return tree
    layouts = {role: _laid_out({**tree, **mapping(own), "layouts": {}}, below) for role, own in _forms(tree)}
    told = {role: {**own, "form": layouts[role]["form"]} for role, own in _forms(tree)}
    tree = {**tree, "layouts": {**tree["layouts"], **told}} if told else tree
    named = {word for section in form for word in _words(mapping(section).get("fields"))}
    fresh = [key for key in mapping(tree.get("fields")) if key not in mapping(below.get("fields")) and key not in named]
    return {**tree, "form": [*form, {"section": OWN_SECTION, "fields": fresh}]} if fresh else tree


def _forms(tree: Any) -> list[tuple[str, Any]]:
    """The layouts of roles that have a form of their own."""
    return [(role, own) for role, own in mapping(tree.get("layouts")).items() if mapping(own).get("form")]


def _words(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _readable(trees: dict[str, Any], over: Trees) -> dict[str, Any]:
    """Let the options that other offices add be read everywhere, though not chosen: lists and head office show them."""
    for one in overlays(over) if over else ():
        if one.kind != "entities" or not isinstance(trees.get(one.base), Mapping):
            continue
        for key, told in mapping(mapping(over[one.file]).get("fields")).items():
            field = mapping(trees[one.base].get("fields")).get(key)
            options = mapping(mapping(told).get("options"))
            if isinstance(field, Mapping) and options.keys() - mapping(field.get("options")).keys():
                trees[one.base] = _with_options(trees[one.base], key, options)
    return trees


def _with_options(tree: Any, key: str, options: Mapping[str, Any]) -> Any:
    field = tree["fields"][key]
    have = mapping(field.get("options"))
    more = {name: {**look(told), "archived": True} for name, told in options.items() if name not in have}
    more = deepcopy(more)
    return {**tree, "fields": {**tree["fields"], key: {**field, "options": {**have, **more}}}}
