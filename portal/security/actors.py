"""Whoever acts: a person who signed in, or the portal itself."""

from dataclasses import dataclass
from typing import Protocol


class Actor(Protocol):
    """What the policy and the audit log need to know of somebody who acts."""

    @property
    def id(self) -> int | None: ...
    @property
    def name(self) -> str: ...
    @property
    def office_id(self) -> int | None: ...
    @property
    def team_id(self) -> int | None: ...
    @property
    def role_keys(self) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class System:
    """The portal acting on its own behalf; there is one, and it may everything."""

    id: None = None
    name: str = "system"
    office_id: None = None
    team_id: None = None
    role_keys: tuple[str, ...] = ()


SYSTEM = System()
