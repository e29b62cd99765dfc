"""The policy told a second time, in plain Python over plain rows: what `policy.rows` must equal (S3)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from portal import clock

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Somebody:
    """An actor as the policy sees one."""

    id: int
    office_id: int | None
    team_id: int | None
    role_keys: tuple[str, ...] = ("first", "second")
    name: str = "somebody"


@dataclass
class Shadow:
    """Offices, rows and roles; answers one question at a time."""

    parents: dict[int, int | None]
    roles: list[dict[str, Any]]
    customers: dict[int, Row] = field(default_factory=dict)

    def may(self, who: Somebody, action: str, key: str, row: Row) -> bool:
        """Whether the person may do the action to the row: never without viewing it."""
        return self._may(who, "view", key, row) and (action == "view" or self._may(who, action, key, row))

    def _may(self, who: Somebody, action: str, key: str, row: Row) -> bool:
        if key == "customer":
            return self._granted(who, action, key, row, [row])
        if row["customer"] is None:
            return self._granted(who, action, key, row, [row])
        above = self.customers[row["customer"]]
        return self._may(who, "view", "customer", above) and self._granted(who, action, key, row, [row, above])

    def _granted(self, who: Somebody, action: str, key: str, row: Row, scoped: list[Row]) -> bool:
        for role in self.roles:
            right = role.get(key)
            if right is None or right["view"] == "none":
                continue
            if key == "customer" and right.get("status") not in (None, row["status"]):
                continue
            if any(self._within(who, right[action], one) for one in scoped):
                return True
        return False

    def _within(self, who: Somebody, scope: str, row: Row) -> bool:
        reach = ["none", "own", "team", "office", "all"].index(scope)
        own = row["owner_id"] == who.id
        team = who.team_id is not None and row["team_id"] == who.team_id
        office = who.office_id is not None and who.office_id in self._path(row["office_id"])
        return reach == 4 or (reach >= 1 and own) or (reach >= 2 and team) or (reach >= 3 and office)

    def _path(self, office: int | None) -> list[int]:
        path = []
        while office is not None:
            path.append(office)
            office = self.parents[office]
        return path


def stamp() -> dict[str, Any]:
    """What every row must have."""
    return {"version": 1, "created_at": clock.now(), "updated_at": clock.now()}
