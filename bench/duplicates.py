"""`portal bench duplicates`: precision and recall of rules that a person could have written, on data with its truth."""

import gzip
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from portal.integrations import sheets
from portal.matching import sieve, truth
from portal.schema import alone, nouns

HERE = Path(__file__).parent
FOLDERS = (HERE.parent / "tests" / "data", HERE.parents[1] / "shared" / "data" / "dedupe")


@dataclass(frozen=True)
class Case:
    """A file, its rules, the column with the truth (and what of it counts), and the F1 aimed at."""

    file: str
    rules: str
    column: str
    part: str = ".+"
    floor: float = 0.0

    def path(self) -> Path | None:
        """Where the file is; None where it is missing."""
        return next((folder / self.file for folder in FOLDERS if (folder / self.file).exists()), None)


CASES = (
    Case("febrl3.csv.gz", "febrl", "rec_id", r"rec-\d+", 0.95),
    Case("febrl1.csv.gz", "febrl", "rec_id", r"rec-\d+", 0.95),
    Case("chicago_early_childhood_with_true_ids.csv.gz", "chicago", "True Id", floor=0.90),
    Case("splink_fake_1000.csv.gz", "splink", "cluster"),
)


def main() -> int:
    """Print a line for each file; 0 when every F1 reaches its floor."""
    kept = True
    for case in CASES:
        path = case.path()
        if path is None:
            print(f"{case.file}: not here, left out")
            continue
        began = time.perf_counter()
        for groups in (False, True):
            found = measured(case, path, groups=groups)
            print(f"{case.file}{' with groups' if groups else ''}: {found}  {time.perf_counter() - began:.1f} s")
            kept = kept and found.f1 >= case.floor
    return 0 if kept else 1


def measured(case: Case, path: Path, *, groups: bool = False) -> truth.Measured:
    """How good the rules are on the file."""
    rules = HERE / "duplicate_rules" / f"{case.rules}.yml"
    likeness = alone.read_alone(rules, rules.read_text("utf-8"), nouns.DuplicatesNoun).likeness
    with _unpacked(path) as file:
        sheet = next(sheets.read(file, 0))
        heads = [str(cell).strip() for cell in sheet[1]]
        rows = [
            (
                number,
                {
                    head: cell.strip() if isinstance(cell, str) else cell
                    for head, cell in zip(heads, cells, strict=False)
                },
            )
            for number, cells in sheets.read(file, 0)
            if number != sheet[0]
        ]
    known = {number: re.search(case.part, str(values[case.column]))[0] for number, values in rows}  # type: ignore[index]
    pairs = [(one, other) for one, other, _ in sieve.pairs(rows, likeness)]
    return truth.measure(truth.grouped(pairs) if groups else pairs, known)


@contextmanager
def _unpacked(path: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rows.csv"
        file.write_bytes(gzip.decompress(path.read_bytes()))
        yield file
