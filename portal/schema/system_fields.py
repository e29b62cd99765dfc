"""Fields every record has without being asked for: identity, times, people, office."""

from collections.abc import Mapping
from functools import cache

from portal.fields import FIELD_TYPES, Field, Text

# key: (type, column, Chinese, English, filterable, sortable, filled in by people)
SYSTEM: dict[str, tuple[str, str, str, str, bool, bool, bool]] = {
    "owner": ("person", "owner_id", "负责人", "Owner", True, False, True),
    "team": ("team", "team_id", "团队", "Team", True, False, False),
    "office": ("office", "office_id", "机构", "Office", True, False, False),
    "external_id": ("text", "external_id", "外部编号", "External ID", True, False, True),
    "created_at": ("datetime", "created_at", "创建时间", "Created", True, True, False),
    "created_by": ("person", "created_by_id", "创建人", "Created by", False, False, False),
    "updated_at": ("datetime", "updated_at", "更新时间", "Updated", True, True, False),
    "updated_by": ("person", "updated_by_id", "更新人", "Updated by", False, False, False),
    "archived_at": ("datetime", "archived_at", "归档时间", "Archived", False, False, False),
    "id": ("integer", "id", "编号", "ID", False, True, False),
    "version": ("integer", "version", "版本", "Version", False, False, False),
}

Called = Mapping[tuple[str, str], str]  # entity and system field → another key, to see who names it


@cache
def system_fields(entity: str) -> dict[str, Field]:
    """Return the system fields of an entity; the owner and the external id are filled in by people."""
    return {
        key: Field(
            entity=entity,
            key=key,
            label=Text(zh=zh, en=en),
            type=FIELD_TYPES[kind](),
            filterable=filterable,
            sortable=sortable,
            unique=key == "external_id",
            physical=column,
            computed=not writable,
        )
        for key, (kind, column, zh, en, filterable, sortable, writable) in SYSTEM.items()
    }
