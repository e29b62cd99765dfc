"""Makes portal/matching/data/readings.txt.gz from pypinyin, whose own tables take a web worker 54 MB and half a second.

Usage: python tools/make_readings.py. A line is a syllable and the characters that usually sound so, or a phrase in
which some character does not, and its syllables.
"""

import gzip
from collections.abc import Iterator
from pathlib import Path

from pypinyin.contrib.tone_convert import to_normal
from pypinyin.phrases_dict import phrases_dict
from pypinyin.pinyin_dict import pinyin_dict

TARGET = Path(__file__).parents[1] / "portal" / "matching" / "data" / "readings.txt.gz"
LONGEST = 4


def lines() -> Iterator[str]:
    """The table, ordered, so that it comes out the same each time."""
    usual = {chr(code): to_normal(sounds.partition(",")[0]) for code, sounds in sorted(pinyin_dict.items())}
    by_sound: dict[str, list[str]] = {}
    for character, sound in usual.items():
        by_sound.setdefault(sound, []).append(character)
    for sound, characters in sorted(by_sound.items()):
        yield f"{sound} {''.join(characters)}"
    for phrase, syllables in sorted(phrases_dict.items()):
        if len(phrase) <= LONGEST and len(phrase) == len(syllables):
            read = [to_normal(syllable[0]) for syllable in syllables]
            if any(usual.get(character, character) != sound for character, sound in zip(phrase, read, strict=True)):
                yield f"{phrase} {' '.join(read)}"


def made() -> bytes:
    """The file as it should be."""
    return gzip.compress("".join(f"{line}\n" for line in lines()).encode(), 9, mtime=0)


if __name__ == "__main__":
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_bytes(made())
