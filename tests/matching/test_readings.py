"""The table of readings is what pypinyin says."""

import gzip
import importlib.util
from pathlib import Path

from portal.matching import pinyin


def test_the_table_is_that_of_pypinyin():
    path = Path(__file__).parents[2] / "tools" / "make_readings.py"
    spec = importlib.util.spec_from_file_location("make_readings", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    kept = gzip.decompress(pinyin.DATA.read_bytes()).decode().splitlines()
    assert kept == list(module.lines()), "run: python tools/make_readings.py"


def test_phrases_come_before_characters():
    assert pinyin.readings("银行") == (("yin", "hang"),)
    assert pinyin.readings("行人") == (("xing", "ren"),)
    assert pinyin.readings("单晓") == (("dan", "xiao"), ("shan", "xiao"))
    assert pinyin.readings("A") == (("A",),)
