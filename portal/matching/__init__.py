"""How alike two records are: ways to compare values, rules made of them, and pairs found in any number of records."""

from portal.matching import sieve, truth
from portal.matching.likeness import Comparison, Likeness, Weighed
from portal.matching.pinyin import readings
from portal.matching.ways import WAYS

__all__ = ["WAYS", "Comparison", "Likeness", "Weighed", "readings", "sieve", "truth"]
