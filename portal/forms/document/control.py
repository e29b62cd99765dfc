"""What every control of a document's form has: its place, its problems, and how it reads what was sent back."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Protocol

from portal.forms.document.names import name_at
from portal.schema import problems as faults
from portal.schema import source

Path = source.Path
Problem = faults.Problem


class Sent(Protocol):
    """What a browser sent, as werkzeug's MultiDict gives it."""

    def get(self, key: str) -> str | None: ...
    def getlist(self, key: str) -> list[str]: ...
    def __contains__(self, key: object) -> bool: ...


class _Absent:
    """What stands where the document says nothing."""

    def __bool__(self) -> bool:
        return False


ABSENT: Any = _Absent()


class UnreadableError(ValueError):
    """A part written as YAML that is none; `name` is the control, `line` what was sent."""

    def __init__(self, name: str, sent: str, why: object) -> None:
        super().__init__(str(why))
        self.name, self.sent, self.why = name, sent, why


@dataclass
class Control:
    """One key of a document on the screen."""

    template: ClassVar[str] = ""
    path: Path
    value: Any = ABSENT
    help: str = ""
    required: bool = False
    problems: Sequence[Problem] = ()
    removable: bool = False
    called: Any = None  # what stands under this key of people's own, where its key says no more

    @property
    def key(self) -> str | int:
        """The last word of the path."""
        return self.path[-1] if self.path else ""

    @property
    def label(self) -> Any:
        """What people call the key."""
        return self.called or name_at(self.path)

    @property
    def pointer(self) -> str:
        """The path as one word, for names of inputs and for buttons."""
        return pointer_of(self.path)

    @property
    def name(self) -> str:
        """The name of its input."""
        return f"d/{self.pointer}"

    @property
    def id(self) -> str:
        """The id of its input."""
        return "d-" + "".join(sign if sign.isalnum() or sign in "-_" else "-" for sign in self.pointer)

    @property
    def is_there(self) -> bool:
        """Whether the document says anything here."""
        return self.value is not ABSENT

    @property
    def dotted(self) -> str:
        """The path as problems name it."""
        return source.dotted(self.path)

    @cached_property
    def found(self) -> list[Problem]:
        """The problems of this place and below."""
        under = (f"{self.dotted}.", f"{self.dotted}[")
        return [item for item in self.problems if item.path == self.dotted or item.path.startswith(under)]

    @property
    def own(self) -> list[Problem]:
        """The problems shown beside this control."""
        return self.found

    def inner(self) -> Iterator["Control"]:
        """The controls directly inside."""
        yield from ()

    def at(self, path: Path) -> "Control | None":
        """The control of a path at or below this one."""
        if self.path == path:
            return self
        if self.path != path[: len(self.path)]:
            return None
        return next((found for child in self.inner() if (found := child.at(path)) is not None), None)

    def read(self, sent: Sent) -> Any:
        """What the document should say here; ABSENT for nothing. Raises UnreadableError."""
        return self.value


def pointer_of(path: Path) -> str:
    """Return a path as one word; `path_of` undoes it."""
    return "/".join(str(part).replace("~", "~0").replace("/", "~1") for part in path)


def path_of(pointer: str, tree: Any) -> Path:
    """Return the path of a pointer in a tree; words below a list are numbers."""
    path: list[str | int] = []
    for word in pointer.split("/") if pointer else ():
        part: str | int = word.replace("~1", "/").replace("~0", "~")
        if isinstance(tree, list) and re.fullmatch(r"[0-9]{1,9}", str(part)):
            part = int(part)
        path.append(part)
        tree = tree[part] if _holds(tree, part) else None
    return tuple(path)


def _holds(tree: Any, part: str | int) -> bool:
    if isinstance(tree, Mapping):
        return part in tree
    return isinstance(tree, list) and isinstance(part, int) and part < len(tree)
