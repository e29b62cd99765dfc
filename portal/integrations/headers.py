"""Which row holds the headers, and which field each header means."""

import hashlib
import re
from collections.abc import Mapping, Sequence
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
    """The number of the row with the headers: the first that is about as wide as the widest; 0 without rows."""
    widths = [(number, sum(1 for cell in cells if str(cell or "").strip())) for number, cells in rows[:15]]
    widest = max((width for _, width in widths), default=0)
    return next((number for number, width in widths if width >= 0.6 * widest), 0)


def titles(cells: Sequence[Any]) -> list[str]:
    """The headers as text, without blanks at the end."""
    found = [" ".join(str(cell if cell is not None else "").split())[:200] for cell in cells]
    while found and not found[-1]:
        found.pop()
    return found


def key_of(headers: Sequence[str]) -> str:
    """The same for the same set of headers; the reasons of a mended file do not count."""
    known = sorted({_plain(header) for header in headers if header and header not in REASON})
    return hashlib.sha256("\n".join(known).encode()).hexdigest()


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
