"""The data dictionary: every entity with its fields in words, and what each role may do with it."""

from collections.abc import Iterator
from dataclasses import dataclass

from portal.fields import Field
from portal.schema.catalog import Catalog
from portal.schema.entity import Entity

ACTIONS = ("view", "create", "edit", "archive", "export")


@dataclass(frozen=True)
class Row:
    """One field in words."""

    field: Field
    options: tuple[str, ...]
    notes: tuple[str, ...]


def rows(entity: Entity) -> list[Row]:
    """Return the fields of an entity, those of the documents and those every record has."""
    return [Row(field, _options(field), _notes(field)) for field in entity.fields.values()]


def _options(field: Field) -> tuple[str, ...]:
    return tuple(f"{key} = {label}" for key, label in field.type.choices() or ())


def _notes(field: Field) -> tuple[str, ...]:
    ways = {"required": field.required, "unique": field.unique, "computed": field.computed}
    return tuple(way for way, is_so in ways.items() if is_so)


def markdown(catalog: Catalog) -> str:
    """Return the dictionary as Markdown, in both languages."""
    return "\n".join([f"# 数据字典 · Data dictionary\n\nRelease {catalog.release}\n", *_parts(catalog)]) + "\n"


def _parts(catalog: Catalog) -> Iterator[str]:
    for key, entity in catalog.entities.items():
        yield f"## {entity.label.zh} / {entity.label.en} (`{key}`)\n"
        yield "| key | 名称 | name | type | | sensitivity | purpose | kept for | options |"
        yield "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
        for row in rows(entity):
            field = row.field
            words = [f"`{field.key}`", field.label.zh, field.label.en, _type(field), ", ".join(row.notes)]
            cells = [*words, field.sensitivity, field.purpose or "", field.retention or "", "; ".join(row.options)]
            yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
        yield ""
        yield from _rights(catalog, key)


def _type(field: Field) -> str:
    return f"{field.type.key} → {field.type.target}" if field.type.target else field.type.key


def _rights(catalog: Catalog, key: str) -> Iterator[str]:
    yield "| role | " + " | ".join(ACTIONS) + " | fields |"
    yield "| --- " * (len(ACTIONS) + 2) + "|"
    for name, role in catalog.roles.items():
        right = role.entities.get(key) or role.entities.get("any")
        reach = [str(getattr(right, action)).lower() if right else "none" for action in ACTIONS]
        limits = [f"{path.partition('.')[2]}: {way}" for path, way in role.fields.items() if path.startswith(f"{key}.")]
        yield f"| {role.label.zh} `{name}` | " + " | ".join(reach) + f" | {', '.join(limits)} |"
    yield ""
