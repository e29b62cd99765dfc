"""How Chinese names sound: syllables of a run of characters, with the readings that surnames have of their own."""

from functools import lru_cache

from pypinyin import Style, lazy_pinyin

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


@lru_cache(maxsize=50_000)
def readings(run: str) -> tuple[tuple[str, ...], ...]:
    """The syllables of a run of Chinese characters: as words read, and, if it may be a name, as its surname reads."""
    plain = tuple(lazy_pinyin(run, style=Style.NORMAL))
    if len(run) > NAME_LENGTH or len(plain) != len(run):
        return (plain,)
    surname = next((SURNAMES[run[:n]].split() for n in (2, 1) if run[:n] in SURNAMES), None)
    named = (*surname, *plain[len(surname) :]) if surname else plain
    return (plain,) if named == plain else (plain, named)
