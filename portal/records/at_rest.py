"""Values of encrypted fields on their way into rows and what tells of rows; out of rows they come by themselves."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from portal import vault
from portal.schema import Entity

Values = Mapping[str, Any]
Changed = Mapping[str, Any]


def is_asked(entity: Entity, many: Iterable[Values]) -> bool:
    """Whether rows have values to seal, for which their ids must be known before they are written."""
    keys = [field.key for field in entity.sealed]
    return bool(keys) and any(values.get(key) is not None for values in many for key in keys)


def stored(entity: Entity, id_: Any, values: Values) -> dict[str, Any]:
    """The values of a row by their columns, those of encrypted fields sealed for it."""
    written = {entity.fields[key].column: value for key, value in values.items()}
    for field in entity.sealed:
        if values.get(field.key) is not None:
            written[field.column] = vault.seal(values[field.key], field.place, id_)
    return written


def stored_many(entity: Entity, keys: Sequence[str], many: Sequence[Values]) -> list[dict[str, Any]]:
    """The values of these keys of rows, which have ids where they have values to seal; NULL where a row has none."""
    columns = [(key, entity.fields[key].column) for key in keys]
    written = [{column: values.get(key) for key, column in columns} for values in many]
    for field in entity.sealed if is_asked(entity, many) else ():
        for row, values in zip(written, many, strict=True):
            if values.get(field.key) is not None:
                row[field.column] = vault.seal(values[field.key], field.place, values["id"])
    return written


def noted(entity: Entity, lines: Sequence[tuple[Any, Changed]]) -> list[Changed]:
    """What changed in records (id, {field: [before, after]}), as it may stand in the audit log and elsewhere.

    Values of encrypted fields are kept in the vault and stand there by their key; `vault.past.opened` brings them back.
    """
    hidden = {field.key: field.place for field in entity.sealed}
    if not hidden or not any(key in changed for _, changed in lines for key in hidden):
        return [changed for _, changed in lines]
    keeping = vault.past.Keeping()
    found: list[Changed] = [
        {
            key: [keeping.keep(value, hidden[key], id_) for value in pair] if key in hidden else pair
            for key, pair in changed.items()
        }
        for id_, changed in lines
    ]
    keeping.write()
    return found
