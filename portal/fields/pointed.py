"""What fields are told of the things their values point at."""

from collections.abc import Collection, Mapping
from typing import Protocol

Names = Mapping[tuple[str, int], str]  # target and id → what it is called


class Links(Protocol):
    """Finds what references point at; set by the wiring, for fields stand below records."""

    def find(self, target: str, text: str, limit: int) -> list[tuple[int, str]]:
        """Choices (id, label) whose label holds the text."""

    def labels(self, target: str, ids: Collection[int]) -> Mapping[int, str]:
        """Labels of those ids that may be shown."""
