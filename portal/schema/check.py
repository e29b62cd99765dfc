"""Check all documents at once: every problem with its file, line and path."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flask_babel import lazy_gettext as _l

from portal.schema import golden, layers, lint
from portal.schema.catalog import Catalog, Columns
from portal.schema.compiler import Compiler
from portal.schema.nouns.golden import ProvenNoun
from portal.schema.problems import Problem
from portal.schema.source import Source, dotted, read
from portal.schema.system_fields import Called

MAX_DOCUMENTS = 1000


@dataclass(frozen=True)
class CheckResult:
    """What the check found; `catalog` holds the documents that could be read even when others could not."""

    problems: tuple[Problem, ...]
    catalog: Catalog
    trees: Mapping[str, Any]

    @property
    def errors(self) -> tuple[Problem, ...]:
        """Return the problems that forbid publishing."""
        return tuple(problem for problem in self.problems if problem.severity == "error")


@lru_cache(maxsize=512)
def _read(file: str, text: str) -> Source:
    """Read a document once: while an author types, only one of them changes."""
    return read(file, text)


def check(documents: Mapping[str, str], columns: Columns | None = None, called: Called | None = None) -> CheckResult:
    """Read and compile the documents (path → text); `columns` are the physical names known so far.

    `called` gives system fields other keys, so that whatever names one of them is complained of.
    """
    sources = {file: _read(file, text) for file, text in sorted(documents.items())}
    problems = [problem for source in sources.values() for problem in source.problems]
    if len(documents) > MAX_DOCUMENTS:
        problems.append(Problem("", 1, "", _l("more than %(count)s documents", count=MAX_DOCUMENTS)))
    trees = {file: source.tree for file, source in sources.items() if source.tree is not None}
    below, over = layers.split(trees)
    compiler = Compiler(below, columns or {}, called=called)
    catalog = compiler.run()
    _look(compiler)
    if over:
        for file, fault in list(layers.faults(trees, compiler, _look)):
            compiler.faults[file].append(fault)
        catalog = _with_offices(trees, columns or {}, compiler)
    for file, faults in compiler.faults.items():
        problems += [
            Problem(file, sources[file].line(fault.path), dotted(fault.path), fault.message, fault.hint, fault.severity)
            for fault in faults
        ]
    problems.sort(key=lambda problem: (problem.file, problem.line, problem.path))
    return CheckResult(tuple(problems), catalog, trees)


def _with_offices(trees: Mapping[str, Any], columns: Columns, compiler: Compiler) -> Catalog:
    """The catalogue that knows the fields of all offices; that of the base alone while anything is wrong."""
    wrong = any(fault.severity == "error" for faults in compiler.faults.values() for fault in faults)
    return compiler.catalog if wrong else layers.catalog(trees, columns)


def _look(compiler: Compiler) -> None:
    """Try the examples, then look for what is probably not meant."""
    _try(compiler)
    _warn(compiler)


def _try(compiler: Compiler) -> None:
    """Try the examples of every document that is right so far."""
    for file, noun in compiler.nouns.items():
        if isinstance(noun, ProvenNoun) and not any(fault.severity == "error" for fault in compiler.faults[file]):
            compiler.faults[file] += golden.failures(noun, compiler.catalog)


def _warn(compiler: Compiler) -> None:
    """Look for what is probably not meant, once nothing is wrong."""
    if not any(fault.severity == "error" for faults in compiler.faults.values() for fault in faults):
        for kind, key, fault in lint.faults(compiler.catalog):
            compiler.faults[f"{kind}/{key}.yml"].append(fault)
