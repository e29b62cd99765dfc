"""`portal duplicates`: find the rows of a file that are about one and the same."""

import csv
import re
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any, TextIO

import click

from portal.integrations import guards, sheets
from portal.matching import Weighed, sieve, truth
from portal.schema import SchemaError, alone, nouns

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
HEADS = ("first", "second", "points", "verdict", "why")


class Rows:
    """The rows of a file under their columns, read as they come; remembers what names each and what is true."""

    def __init__(self, file: Path, names: str | None, known: str | None, part: str) -> None:
        self.file, self.names_column, self.known_column, self.part = file, names, known, re.compile(part)
        self.names: dict[int, str] = {}
        self.truth: dict[int, str] = {}
        filled = [sheet for sheet in sheets.look(file) if sheet.rows]
        if not filled:
            raise click.ClickException(f"{file.name} has no rows")
        self.sheet = filled[0].number
        self.head_row = filled[0].rows[0][0]
        self.heads = [str(cell or "").strip() for cell in filled[0].rows[0][1]]

    def require(self, columns: set[str]) -> None:
        """Refuse when the file lacks a column."""
        lacking = sorted({*columns, *filter(None, (self.names_column, self.known_column))} - set(self.heads))
        if lacking:
            raise click.ClickException(f"{self.file.name} has no column {', '.join(lacking)}; it has {self.heads}")

    def __iter__(self) -> Iterator[tuple[int, dict[str, Any]]]:
        for number, cells in sheets.read(self.file, self.sheet):
            if number == self.head_row:
                continue
            values = {
                head: cell.strip() if isinstance(cell, str) else cell
                for head, cell in zip(self.heads, cells, strict=False)
            }
            if self.names_column:
                self.names[number] = str(values.get(self.names_column) or number)
            if self.known_column:
                found = self.part.search(str(values.get(self.known_column) or ""))
                self.truth[number] = found[found.re.groups and 1] if found else f"row {number}"
            yield number, values

    def name(self, number: int) -> str:
        """What a row is called in the answer: what its column says, else its number in the file."""
        return self.names.get(number, str(number))


@click.group()
def duplicates() -> None:
    """Find what is there twice."""


@duplicates.command()
@click.argument("file", type=FILE)
@click.option("--rules", required=True, type=FILE, help="A document of kind duplicates; its fields name columns.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Where to write the pairs; else shown.")
@click.option("--id", "names", help="The column that names a row; its number in the file when not given.")
@click.option("--groups", is_flag=True, help="Add the pairs between rows that are like a third one.")
@click.option("--truth", "known", help="The column that says which rows are one: prints precision and recall.")
@click.option("--truth-part", "part", default=".+", help="The part of that column that counts, a regular expression.")
def find(
    file: Path, rules: Path, out: Path | None, names: str | None, groups: bool, known: str | None, part: str
) -> None:
    """Write the pairs of rows of FILE (CSV or workbook) that are, or may be, about the same."""
    noun = _rules(rules)
    rows = Rows(file, names, known, part)
    rows.require(set(noun.likeness.fields))
    found: dict[tuple[int, int], Weighed] = {
        (one, other): weighed for one, other, weighed in sieve.pairs(rows, noun.likeness)
    }
    if groups:
        found |= {pair: Weighed(0, ()) for pair in truth.grouped(found) if pair not in found}
    with out.open("w", encoding="utf-8-sig", newline="") if out else nullcontext(sys.stdout) as stream:
        _write(stream, found, rows, noun)
    sure = sum(weighed.points >= noun.sure for weighed in found.values())
    click.echo(f"{len(found)} pairs, {sure} of them sure", err=out is None)
    if known:
        click.echo(str(truth.measure(found, rows.truth)), err=out is None)


def _rules(file: Path) -> nouns.DuplicatesNoun:
    try:
        return alone.read_alone(file, file.read_text(encoding="utf-8"), nouns.DuplicatesNoun)
    except SchemaError as error:
        for problem in error.problems:
            click.echo(str(problem), err=True)
        raise click.ClickException("the rules have errors") from None


def _write(stream: TextIO, found: dict[tuple[int, int], Weighed], rows: Rows, noun: nouns.DuplicatesNoun) -> None:
    writer = csv.writer(stream)
    writer.writerow(HEADS)
    for (one, other), weighed in sorted(found.items()):
        verdict = "sure" if weighed.points >= noun.sure else "perhaps" if weighed.points else "group"
        why = ", ".join(
            f"{' + '.join(noun.compare[place].fields)} {percent}% ({noun.compare[place].way})"
            for place, percent in weighed.reasons
        )
        names = [guards.guarded(rows.name(number)) for number in (one, other)]
        writer.writerow([*names, weighed.points, verdict, why])
