"""Folders of documents as a site would have them: what offices or a pack bring is laid over the base."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click

from portal.schema import check, directory, layers, packs, problems, source

EXTEND = "extend"
UNREAD = "no such folder of documents"


class Unreadable(click.ClickException):
    """There is nothing to check: a command line to mend, not a document."""

    exit_code = 2


@dataclass(frozen=True)
class Site:
    """Documents together, and what each file of the folder that is checked adds to them."""

    documents: dict[str, str]
    strays: tuple[problems.Problem, ...] = ()  # of files that never came to be documents
    extensions: dict[str, source.Source] | None = None  # of a pack, by the document that is extended
    base: dict[str, str] | None = None

    def check(self) -> check.CheckResult:
        """Everything that is wrong, each told of the file where it stands."""
        result = check.check(self.documents)
        told = [self._at_home(problem) for problem in result.problems]
        found = sorted((*self.strays, *told), key=lambda one: (one.file, one.line, one.path))
        return replace(result, problems=tuple(found))

    def _at_home(self, problem: problems.Problem) -> problems.Problem:
        """A problem of an extended document, told of the pack's own file where that says the word."""
        mine = (self.extensions or {}).get(problem.file)
        if mine is None:
            return problem
        base = source.read(problem.file, (self.base or {}).get(problem.file, ""))
        (here, line), (there, below) = _nearest(mine, problem.path), _nearest(base, problem.path)
        if here >= there:
            return replace(problem, file=f"{EXTEND}/{problem.file}", line=line)
        return replace(problem, line=below)


def assembled(folder: Path, base: dict[str, str], brought: Sequence[str]) -> Site:
    """The documents in a folder over the base with these packs; a whole set of documents is its own base.

    Overlays of offices alone, and a pack, are laid over the base. Raises Unreadable.
    """
    documents = loaded(folder)
    if (folder / "pack.yml").is_file():
        return _with_pack(folder, _extended(base, brought))
    below = documents if layers.split(documents)[0] else {**base, **documents}
    strays = tuple(problems.Problem(file, 1, "", UNREAD) for file in _strays(folder, documents))
    if not documents and not strays:
        raise Unreadable(f"no documents in {folder}")
    return Site(_extended(below, brought), strays)


def loaded(folder: Path) -> dict[str, str]:
    """The documents in a folder; raises Unreadable."""
    try:
        return directory.load(folder)
    except (OSError, UnicodeDecodeError) as error:
        raise Unreadable(str(error)) from error


def _extended(documents: dict[str, str], brought: Sequence[str]) -> dict[str, str]:
    for key in brought:
        if key not in packs.names():
            raise Unreadable(f"no pack {key!r}; there are {', '.join(packs.names())}")
        documents = packs.apply(documents, packs.pack(key))
    return documents


def _with_pack(folder: Path, base: dict[str, str]) -> Site:
    """A pack over the base; an extension that cannot be read is told of and left out."""
    said = {file: source.read(file, text) for file, text in _extensions(folder).items()}
    wrong = [replace(one, file=f"{EXTEND}/{file}") for file, mine in said.items() for one in mine.problems]
    missing = [file for file in said if file not in base]
    wrong += [
        problems.Problem(f"{EXTEND}/{file}", 1, "", f'nothing to extend: there is no "{file}"') for file in missing
    ]
    good = {file: mine for file, mine in said.items() if isinstance(mine.tree, dict) and not mine.problems}
    try:
        pack = packs.at(folder, {file: mine.tree for file, mine in good.items()})
    except (KeyError, TypeError, ValueError) as error:
        wrong.append(problems.Problem("pack.yml", 1, "", f"label and about are needed: {error}"))
        return Site(base, tuple(wrong))
    return Site(packs.apply(base, pack), tuple(wrong), good, base)


def _extensions(folder: Path) -> dict[str, str]:
    return loaded(folder / EXTEND) if (folder / EXTEND).is_dir() else {}


def _strays(folder: Path, documents: dict[str, str]) -> Iterator[str]:
    """Documents that no known folder holds: a misspelt one would be passed over in silence."""
    for file in sorted(folder.rglob("*.y*ml")):
        path = file.relative_to(folder).with_suffix(".yml").as_posix()
        if path not in documents and not any(part.startswith(".") for part in file.relative_to(folder).parts):
            yield file.relative_to(folder).as_posix()


def _nearest(document: source.Source, path: str) -> tuple[int, int]:
    """How much of a dotted path a document says, and on which line."""
    lines = {source.dotted(place): line for place, line in document.lines.items()}
    found = [word for word in lines if path == word or (word and path.startswith((f"{word}.", f"{word}[")))]
    longest = max(found, key=len, default="")
    return len(longest), lines.get(longest, 1)
