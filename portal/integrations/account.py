"""What became of rows: the plan of a batch, and its account."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from flask_babel import gettext

from portal.fields import Field
from portal.integrations.models import ImportBatch, RefusedRow
from portal.integrations.row_reader import Row


@dataclass
class Account:
    """The fates of one batch of rows."""

    counts: Counter[str] = field(default_factory=Counter)
    created_ids: list[int] = field(default_factory=list)
    updated_ids: list[int] = field(default_factory=list)
    left_out: list[tuple[Row, bool]] = field(default_factory=list)

    def add(self, fate: str, row: Row, record_id: int | None = None) -> None:
        """Count a row; a refused or skipped one is kept whole."""
        self.counts[fate] += 1
        if fate in ("refused", "skipped"):
            self.left_out.append((row, fate == "refused"))
        elif record_id is not None and fate != "unchanged":
            (self.created_ids if fate == "created" else self.updated_ids).append(record_id)

    def batch(self, import_id: int, rows: Sequence[Row], marks: bytes) -> ImportBatch:
        """The batch as it is kept, with the marks by which a later run knows its rows again."""
        assert sum(self.counts.values()) == len(rows), "every row has one fate"
        return ImportBatch(
            import_id=import_id,
            first_row=rows[0].number,
            last_row=rows[-1].number,
            created_ids=self.created_ids,
            updated_ids=self.updated_ids,
            marks=marks,
            **{fate: self.counts[fate] for fate in ("created", "updated", "unchanged", "skipped", "refused")},
        )

    def refused(self, import_id: int, fields: Mapping[str, Field]) -> list[RefusedRow]:
        """The rows left out, as they are kept."""
        return [
            RefusedRow(
                import_id=import_id,
                row=row.number,
                is_error=is_error,
                cells=[told(cell) for cell in row.cells],
                reasons=reasons(row, fields),
            )
            for row, is_error in self.left_out
        ]


def reasons(row: Row, fields: Mapping[str, Field]) -> list[str]:
    """Why a row was left out, in the current locale, each with the name of the field."""
    if row.skipped is not None and not row.problems:
        return [str(row.skipped)]
    return [
        gettext("%(field)s: %(problem)s", field=fields[key].label, problem=message) if key in fields else str(message)
        for key, message in row.problems.items()
    ]


def told(cell: Any) -> Any:
    """A cell as JSON."""
    if isinstance(cell, datetime):
        return {"t": cell.isoformat()}
    return {"d": cell.isoformat()} if isinstance(cell, date) else cell


def untold(cell: Any) -> Any:
    """The cell that `told` was given."""
    if isinstance(cell, dict):
        return datetime.fromisoformat(cell["t"]) if "t" in cell else date.fromisoformat(cell["d"])
    return cell
