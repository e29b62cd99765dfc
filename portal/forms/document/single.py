"""The controls for single values; each shows what stands in the document and reads what was sent back."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from textwrap import dedent
from typing import Any

from portal.forms.document.control import ABSENT, Control, Sent, UnreadableError
from portal.schema import source


@dataclass
class Fixed(Control):
    """A value the form shows and does not change, such as the document's own key."""

    template = "fixed"


@dataclass
class Line(Control):
    """A text in one line, also where it looks like a number; `choices` are offered, others may be written."""

    template = "line"
    choices: Sequence[tuple[str, Any]] = ()

    @property
    def shown(self) -> str:
        """The text in the input."""
        if self.value is ABSENT or self.value is None:
            return ""
        return str(self.value).lower() if isinstance(self.value, bool) else str(self.value)

    def read(self, sent: Sent) -> Any:
        raw = sent.get(self.name)
        text = self.shown if raw is None else raw.replace("\r\n", "\n")
        if text == self.shown:
            return self.value
        return self.plain(text) if text.strip() else ABSENT

    def plain(self, text: str) -> Any:
        """The value that was written."""
        return text.strip()


@dataclass
class Scalar(Line):
    """A number, span of time or anything else of one line that the document reads for itself."""

    def plain(self, text: str) -> Any:
        found = source.read("", text.strip()).tree
        return text.strip() if isinstance(found, dict | list) else found


@dataclass
class Long(Line):
    """A text of several lines."""

    template = "long"

    def plain(self, text: str) -> Any:
        return text if text.endswith("\n") or not self.shown.endswith("\n") else text + "\n"


@dataclass
class Pick(Line):
    """One of several words."""

    template = "pick"


@dataclass
class Tick(Control):
    """Yes or no; what the document does not say is `default`."""

    template = "tick"
    default: bool = False

    @property
    def is_on(self) -> bool:
        """Whether the box is ticked."""
        return bool(self.value) if isinstance(self.value, bool) else self.default

    def read(self, sent: Sent) -> Any:
        if f"{self.name}!" not in sent or (self.name in sent) == self.is_on:
            return self.value
        return self.name in sent


@dataclass
class Label(Control):
    """Words in Chinese and English side by side."""

    template = "label"

    @property
    def zh(self) -> str:
        """The Chinese words."""
        return str(self.value.get("zh") or "") if isinstance(self.value, dict) else str(self.value or "")

    @property
    def en(self) -> str:
        """The English words, where they are given."""
        return str(self.value.get("en") or "") if isinstance(self.value, dict) else ""

    def read(self, sent: Sent) -> Any:
        zh, en = ((sent.get(f"{self.name}/{side}") or "").strip() for side in ("zh", "en"))
        if f"{self.name}/zh" not in sent or (zh, en) == (self.zh, self.en):
            return self.value
        rest = {k: v for k, v in self.value.items() if k not in ("zh", "en")} if isinstance(self.value, dict) else {}
        said = {side: text for side, text in (("zh", zh), ("en", en)) if text}
        if not rest and not isinstance(self.value, dict) and not en:
            return zh or ABSENT
        return (said | rest) or ABSENT


@dataclass
class Words(Control):
    """Several words in an order of their own."""

    template = "words"
    choices: Sequence[tuple[str, Any]] = ()
    free: bool = True

    @property
    def chosen(self) -> list[str]:
        """The words there are."""
        if isinstance(self.value, list):
            return [str(word) for word in self.value]
        return [] if self.value is ABSENT or self.value is None else [str(self.value)]

    @property
    def offered(self) -> list[tuple[str, Any]]:
        """The words there are, in their order, then the others."""
        labels = dict(self.choices)
        rest = [(key, label) for key, label in self.choices if key not in self.chosen]
        return [(word, labels.get(word, word)) for word in self.chosen] + rest

    def read(self, sent: Sent) -> Any:
        words = [word.strip() for word in sent.getlist(self.name) if word.strip()]
        if f"{self.name}!" not in sent or words == self.chosen:
            return self.value
        if not words:
            return [] if self.required else ABSENT
        return words[0] if len(words) == 1 and isinstance(self.value, str) else words


@dataclass
class Raw(Control):
    """A part that has no control of its own, as YAML."""

    template = "raw"
    refused: dict[str, tuple[str, object]] = field(default_factory=dict)

    @property
    def shown(self) -> str:
        """The YAML of the part."""
        if self.name in self.refused:
            return self.refused[self.name][0]
        if self.value is ABSENT or self.value is None:
            return ""
        if isinstance(self.value, str | int | float):
            return str(self.value)
        head, _, below = source.write({"x": self.value}).partition("\n")
        return (dedent(below) or head.removeprefix("x:")).strip()

    @property
    def why(self) -> object:
        """What is wrong with what was sent."""
        return self.refused.get(self.name, ("", ""))[1]

    def read(self, sent: Sent) -> Any:
        raw = sent.get(self.name)
        text = self.shown if raw is None else raw.replace("\r\n", "\n").strip()
        if text == self.shown.strip():
            return self.value
        if not text:
            return ABSENT
        found = source.read("", text)
        if found.problems:
            raise UnreadableError(self.name, text, found.problems[0].message)
        return found.tree
