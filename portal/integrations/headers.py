"""Which row holds the headers, and which field each header means."""

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from rapidfuzz import fuzz

from portal import schema
from portal.fields import Field
from portal.schema import Entity
from portal.security import Actor, policy
from portal.security.policy import Access

Rows = Sequence[tuple[int, Sequence[Any]]]
REASON = ("原因", "Reason")
_NOISE = re.compile(r"[\s_\-./:：()（）\[\]【】*#,，、]+")
# One word for what people call the same; longest first.
_SAME = (
    (re.compile("编号|编码|代码|序号"), "id"),
    (re.compile("名称|姓名|名字"), "名"),
    (re.compile("手机号码|手机号|联系电话|电话号码|联系方式|手机|mobile|telephone|tel$"), "电话"),
    (re.compile("电子邮件|电子邮箱|邮件地址|邮件|emailaddress|mail$"), "邮箱"),
    (re.compile("日期|时间"), "日"),
)
_IDS = ("id", "外部id", "externalid", "行id", "rowid", "no", "number")
LIKELY = 85


def header_row(rows: Rows) -> int:
    """The number of the row with the headers: the first that is about as wide as the widest; 0 without rows.

    The workbook of refused rows begins with them, few as they may be.
    """
    if rows and rows[0][1] and rows[0][1][-1] in REASON:
        return rows[0][0]
    widths = [(number, sum(1 for cell in cells if str(cell or "").strip())) for number, cells in rows[:15]]
    widest = max((width for _, width in widths), default=0)
    return next((number for number, width in widths if width >= 0.6 * widest), 0)


def titles(rows: Rows, first: int, merged: Sequence[Sequence[int]] = ()) -> tuple[int, list[str]]:
    """The last row of the headers that begin in row `first`, and the headers as text, without blanks at the end.

    Headers reach over as many rows as their merged cells say. A column is called what stands lowest above it; where
    two would be called the same, what is merged above them tells them apart.
    """
    lines = dict(rows)
    last = _last_row(lines, first, merged)
    width = max((len(lines[at]) for at in range(first, last + 1) if at in lines), default=0)
    stacks = [[_told(lines, merged, at, place) for at in range(first - 1, last + 1)] for place in range(width)]
    across = {(place, top) for top, left, _, right in merged for place in range(left + 1, right + 1)}
    found = [_lowest(stack[1:], place, first, across) for place, stack in enumerate(stacks)]
    often = Counter(found)
    for place, text in enumerate(found):
        if text and often[text] > 1:
            found[place] = " ".join(dict.fromkeys(part for part in stacks[place] if part))
    while found and not found[-1]:
        found.pop()
    return last, found


def _lowest(stack: Sequence[str], place: int, first: int, across: Collection[tuple[int, int]]) -> str:
    """The lowest text of a column's headers; one that only reaches over from the left is not its own."""
    own = (text for at, text in reversed(list(enumerate(stack, first))) if text and (place, at) not in across)
    return next(own, "")


def _last_row(lines: Mapping[int, Sequence[Any]], first: int, merged: Sequence[Sequence[int]]) -> int:
    last = max((bottom for top, _, bottom, _ in merged if top <= first < bottom), default=first)
    if last == first and any(top == first and right > left for top, left, _, right in merged):
        below = lines.get(first + 1, ())
        is_text = all(isinstance(cell, str) or cell is None for cell in below)
        has_gaps = any(
            top == first and any(_text(cell) for cell in below[left : right + 1]) and right > left
            for top, left, _, right in merged
        )
        last += is_text and has_gaps and not any(_text(cell) for cell in _outside(below, first, merged))
    return min(last, first + 3)


def _outside(below: Sequence[Any], row: int, merged: Sequence[Sequence[int]]) -> list[Any]:
    """The cells below those of a row that are not merged with their neighbours."""
    inside = {
        place for top, left, _, right in merged if top == row and right > left for place in range(left, right + 1)
    }
    return [cell for place, cell in enumerate(below) if place not in inside]


def _told(lines: Mapping[int, Sequence[Any]], merged: Sequence[Sequence[int]], row: int, place: int) -> str:
    """What stands in a cell or in the merged cell that covers it; a merged title over all columns says nothing."""
    cells = lines.get(row, ())
    text = _text(cells[place]) if place < len(cells) else ""
    if text:
        return text
    for top, left, bottom, right in merged:
        if top <= row <= bottom and left <= place <= right:
            above = lines.get(top, ())
            return _text(above[left]) if left < len(above) else ""
    return ""


def _text(cell: Any) -> str:
    return " ".join(str(cell if cell is not None else "").split())[:200]


def key_of(headers: Sequence[str]) -> str:
    """The same for the same set of headers; the reasons of a mended file do not count."""
    known = sorted({_plain(header) for header in headers if header and header not in REASON})
    return hashlib.sha256("\n".join(known).encode()).hexdigest()


def distinct(headers: Sequence[str]) -> list[str]:
    """The headers as a mapping is remembered by them: the second of a name, or of no name, is told from the first."""
    met, found = Counter[str](), list[str]()
    for header in headers:
        met[header] += 1
        found.append(header if met[header] == 1 else f"{header}\n{met[header]}")  # no header has a line break
    return found


def offered(entity: Entity, person: Actor) -> dict[str, Field]:
    """The fields a file may fill for this person."""
    return {
        key: field
        for key, field in entity.writable().items()
        if not field.type.is_automatic and not field.type.is_upload and policy.access(person, field) >= Access.WRITE
    }


def guess(entity: Entity, fields: Mapping[str, Field], headers: Sequence[str]) -> dict[int, str]:
    """The field of each column that is likely enough, best matches first, each field once."""
    scores = [
        (score, -place, key)
        for place, header in enumerate(headers)
        if header and header not in REASON
        for key, field in fields.items()
        if (score := _score(_plain(header), entity, field)) >= LIKELY
    ]
    found: dict[int, str] = {}
    for _, place, key in sorted(scores, key=lambda item: (-item[0], -item[1])):
        if -place not in found and key not in found.values():
            found[-place] = key
    return dict(sorted(found.items()))


def _score(header: str, entity: Entity, field: Field) -> float:
    """How surely the header means the field, 0 to 100."""
    names = {_plain(name) for name in (field.label.zh, field.label.en, field.key)}
    if header in names:
        return 100
    own = [_plain(name) for name in (entity.label.zh, entity.label.en)]
    shorter = {name.removeprefix(word) for name in names for word in own} - {""}
    if header in shorter or any(header.removeprefix(word) in names for word in own if header != word):
        return 97
    if header in _other_names(entity, field, own):
        return 93
    if any(len(header) > 1 and name.endswith(header) for name in names):
        return 87
    return max((0.95 * fuzz.ratio(header, name) for name in names if len(name) > 3), default=0)


def _other_names(entity: Entity, field: Field, own: Sequence[str]) -> set[str]:
    names = {_plain(word) for word in field.type.words}
    labels = {_plain(field.label.zh), _plain(field.label.en)}
    if not labels & names and any(label.endswith(name) for label in labels for name in names):
        names = set()  # 注册地址 is one address among others, and no header that says just 地址 means it
    if field.key == "external_id":
        names |= {*_IDS, *(f"{word}{end}" for word in own for end in ("id", "no", "number", "号"))}
    if field.key == entity.title:
        names |= {*own, *(f"{word}{end}" for word in own for end in ("名", "name")), "名", "name"}
    target = schema.current().entities.get(str(field.type.target))
    if target is not None and target.key != entity.key:
        words = [_plain(word) for word in (target.label.zh, target.label.en, str(field.label))]
        names |= {f"{word}{end}" for word in words for end in ("", "id", "名", "name")}
    return names


def _plain(header: str) -> str:
    text = _NOISE.sub("", header).casefold()
    for words, word in _SAME:
        text = words.sub(word, text)
    return text
