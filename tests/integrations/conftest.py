"""Files to import, made from real data where they are at hand."""

import csv
import gzip
import io
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

SHARED = Path(__file__).parents[3] / "shared" / "data"
ORDERS = SHARED / "cn" / "superstore_orders_early_years.csv.gz"


@pytest.fixture(scope="session")
def superstore() -> list[dict[str, str]]:
    """The order lines of the model case."""
    if not ORDERS.exists():
        pytest.skip("../shared/data is not here")
    with gzip.open(ORDERS, "rt", encoding="utf-8") as text:
        return list(csv.DictReader(text))


@pytest.fixture
def workbook(tmp_path: Path) -> Callable[..., Path]:
    """`workbook([[header…], [cell…], …], name="x.xlsx")` is the path of a workbook with these rows."""

    def made(rows: Iterable[Sequence[Any]], name: str = "list.xlsx", sheet: str = "Sheet1") -> Path:
        path = tmp_path / name
        with xlsxwriter.Workbook(str(path)) as book:
            page = book.add_worksheet(sheet)
            for line, row in enumerate(rows):
                for place, cell in enumerate(row):
                    if isinstance(cell, str):
                        page.write_string(line, place, cell)
                    elif cell is not None:
                        page.write(line, place, cell)
        return path

    return made


@pytest.fixture
def bring() -> Callable[..., Any]:
    """`bring(entity_key, path, by)` is an import that was begun, with the columns as guessed."""
    from portal import schema
    from portal.integrations import imports

    def brought(entity_key: str, path: Path, by: Any) -> Any:
        entity = schema.current().entities[entity_key]
        return imports.begin(entity, io.BytesIO(path.read_bytes()), path.name, by)

    return brought


@pytest.fixture
def through() -> Callable[..., Any]:
    """`through(plan, by)` checks and runs an import in this process and returns it with the job of the run."""
    from portal import jobs
    from portal.extensions import db
    from portal.integrations import Import, imports

    def went(plan: Any, by: Any, *, columns: dict[int, str] | None = None, **settled: Any) -> Any:
        plan_id = plan.id
        chosen = columns or {int(place): key for place, key in plan.columns.items()}
        imports.set_columns(plan, chosen, by, **settled)
        jobs.run_now(plan.job_id)
        plan = db.session.get_one(Import, plan_id, populate_existing=True)
        imports.start(plan, by)
        job = jobs.run_now(plan.job_id)
        assert job.state == "done", job.error
        return db.session.get_one(Import, plan_id, populate_existing=True)

    return went
