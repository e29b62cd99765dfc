"""How Chinese names sound: syllables of a run of characters, with the readings that surnames have of their own.

The readings are pypinyin's, kept in a table of ours: its own would take every process 54 MB and half a second.
"""

import gzip
from functools import cache, lru_cache
from pathlib import Path

DATA = Path(__file__).parent / "data" / "readings.txt.gz"

# Characters read differently as a surname (现代汉语词典, 姓氏读音).
SURNAMES = {
    "单": "shan", "曾": "zeng", "仇": "qiu", "解": "xie", "查": "zha", "盖": "ge", "任": "ren", "朴": "piao",
    "区": "ou", "缪": "miao", "翟": "zhai", "种": "chong", "乐": "yue", "员": "yun", "召": "shao", "覃": "qin",
    "华": "hua", "纪": "ji", "黑": "he", "折": "she", "那": "na", "宁": "ning", "冼": "xian", "牟": "mu",
    "尉": "wei", "臧": "zang", "洗": "xian", "繁": "po", "隗": "wei", "哈": "ha", "撒": "sa", "句": "gou",
    "乜": "nie", "逄": "pang", "秘": "bi", "晟": "cheng", "燕": "yan", "车": "che", "葛": "ge", "沈": "shen",
    "尉迟": "yu chi", "万俟": "mo qi", "单于": "chan yu", "长孙": "zhang sun", "令狐": "ling hu",
    "澹台": "tan tai", "宇文": "yu wen", "皇甫": "huang fu",
}  # fmt: skip
NAME_LENGTH = 4  # a run no longer than this may be a person's name
PHRASE_LENGTH = 4

Syllables = tuple[str, ...]


@lru_cache(maxsize=50_000)
def readings(run: str) -> tuple[Syllables, ...]:
    """The syllables of a run of Chinese characters: as words read, and, if it may be a name, as its surname reads."""
    plain = _read(run)
    surname = next((SURNAMES[run[:n]].split() for n in (2, 1) if run[:n] in SURNAMES), None)
    if surname is None or len(run) > NAME_LENGTH:
        return (plain,)
    named = (*surname, *plain[len(surname) :])
    return (plain,) if named == plain else (plain, named)


def _read(run: str) -> Syllables:
    """One syllable for each character: the longest phrase first, for 行 and 长 sound as their word wants."""
    (sounds, phrases), at = _tables(), 0
    found: list[str] = []
    while at < len(run):
        for length in range(min(PHRASE_LENGTH, len(run) - at), 1, -1):
            syllables = phrases.get(run[at : at + length])
            if syllables is not None:
                found += syllables
                at += length
                break
        else:
            found.append(sounds.get(run[at], run[at]))
            at += 1
    return tuple(found)


@cache
def _tables() -> tuple[dict[str, str], dict[str, Syllables]]:
    """The usual reading of each character, and the phrases in which one does not sound as usual."""
    sounds: dict[str, str] = {}
    phrases: dict[str, Syllables] = {}
    for line in gzip.decompress(DATA.read_bytes()).decode().splitlines():
        first, *rest = line.split()
        if len(first) == len(rest) and first[0] >= "\u3007":
            phrases[first] = tuple(rest)
        else:
            sounds.update(dict.fromkeys(rest[0], first))
    return sounds, phrases
