"""What is wrong with a document, told to its author: file, line, path, message and the nearest right word."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from flask_babel import lazy_gettext as _l
from rapidfuzz import fuzz, process

from portal.errors import PortalError

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Problem:
    """One fault; `str()` reads `entities/customer.yml:14 fields.phone.requird: unknown key; did you mean …`."""

    file: str
    line: int
    path: str
    message: object
    hint: object = ""
    severity: Severity = "error"

    def __str__(self) -> str:
        """Say the whole problem in one line, as compilers do."""
        where = f"{self.file}:{self.line} {self.path}".rstrip()
        return f"{where}: {self.message}" + (f"; {self.hint}" if self.hint else "")


@dataclass(frozen=True)
class Fault:
    """A problem before its file and line are known: the path inside the document says where."""

    path: tuple[str | int, ...]
    message: object
    hint: object = ""
    severity: Severity = "error"


class SchemaError(PortalError):
    """The documents cannot be published; `problems` lists everything that is wrong with them at once."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        """Keep the problems and say the first of them."""
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in problems))


def nearest_word(word: object, allowed: Collection[str]) -> str | None:
    """Return the allowed word that was probably meant."""
    found = process.extractOne(str(word), sorted(allowed), scorer=fuzz.ratio, score_cutoff=60)
    return str(found[0]) if found else None


def nearest(word: object, allowed: Collection[str]) -> object:
    """Hint at the nearest allowed word, or list what is allowed when nothing is near."""
    if not allowed:
        return ""
    found = nearest_word(word, allowed)
    if found:
        return _l('did you mean "%(word)s"?', word=found)
    shown = sorted(allowed)
    return _l("allowed: %(words)s", words=", ".join(shown[:12]) + (", …" if len(shown) > 12 else ""))


def unknown(path: tuple[str | int, ...], word: object, allowed: Collection[str], what: object) -> Fault:
    """Report a word that names nothing, such as a field the entity does not have."""
    message = _l('unknown %(what)s "%(word)s"', what=what, word=word)
    return Fault(path, message, nearest(word, allowed))
