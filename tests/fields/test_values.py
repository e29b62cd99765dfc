"""Values as people and sheets write them."""

import random
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from stdnum.cn import ric, uscc

from portal.fields import FIELD_TYPES, FieldError, FieldType

pytestmark = pytest.mark.usefixtures("without_links")

D = Decimal


def kind(key: str, **options: Any) -> FieldType:
    return FIELD_TYPES[key](**options)


CASES: list[tuple[str, object, object]] = [
    ("text", "  朝阳  科技\n公司 ", "朝阳 科技 公司"),
    ("text", 13800138000.0, "13800138000"),
    ("text", "a\x00b\ud800", "ab"),
    ("long_text", " 一\r\n二 \n", "一\n二"),
    ("integer", "１，２３４", 1234),
    ("integer", 5.0, 5),
    ("integer", "1.2万", 12000),
    ("decimal", "1,234.50", D("1234.50")),
    ("decimal", "-.5", D("-0.50")),
    ("money", "¥ 1,234.5", D("1234.50")),
    ("money", "￥１２．３", D("12.30")),
    ("money", "(3)", D("-3.00")),
    ("money", "12,345,678.00 元", D("12345678.00")),
    ("money", "USD 5", D("5.00")),
    ("money", 11129.580000000002, D("11129.58")),
    ("money", "1.005", D("1.01")),
    ("money", "1e3", D("1000.00")),
    ("percent", "30%", D("0.3000")),
    ("percent", "30 ％", D("0.3000")),
    ("percent", "30", D("0.3000")),
    ("percent", "0.3", D("0.3000")),
    ("percent", 0.125, D("0.1250")),
    ("percent", "0.5%", D("0.0050")),
    ("boolean", "是", True),
    ("boolean", 0.0, False),
    ("boolean", "Ｎｏ", False),
    ("date", "2026-03-31", date(2026, 3, 31)),
    ("date", "2026/3/31", date(2026, 3, 31)),
    ("date", "31/03/2026", date(2026, 3, 31)),
    ("date", "3/31/2026", date(2026, 3, 31)),
    ("date", "03/04/2026", date(2026, 4, 3)),
    ("date", "2026年3月31日", date(2026, 3, 31)),
    ("date", "２０２６．３．３１", date(2026, 3, 31)),
    ("date", "20260331", date(2026, 3, 31)),
    ("date", "2026-03-31 00:00:00", date(2026, 3, 31)),
    ("date", datetime(2026, 3, 31, 0, 0), date(2026, 3, 31)),  # noqa: DTZ001
    ("datetime", "2026-03-31 14:30", datetime(2026, 3, 31, 6, 30, tzinfo=UTC)),
    ("datetime", "2026-03-31T14:30:00Z", datetime(2026, 3, 31, 14, 30, tzinfo=UTC)),
    ("datetime", "2026年3月31日 14:30", datetime(2026, 3, 31, 6, 30, tzinfo=UTC)),
    ("datetime", date(2026, 3, 31), datetime(2026, 3, 30, 16, 0, tzinfo=UTC)),
    ("phone", 13800138000.0, "+8613800138000"),
    ("phone", "１３８ ００１３ ８０００", "+8613800138000"),
    ("phone", "+86 138-0013-8000", "+8613800138000"),
    ("phone", "021-62345678 转 801", "+862162345678;ext=801"),
    ("phone", "(0512) 6234 5678", "+8651262345678"),
    ("phone", "+49 30 123456", "+4930123456"),
    ("email", " Wang@Example.COM ", "wang@example.com"),
    ("email", "ｗａｎｇ＠example.com", "wang@example.com"),
    ("url", "company.com/a?b=1", "https://company.com/a?b=1"),
    ("resident_id", " 11010519491231002x ", "11010519491231002X"),
    ("resident_id", "１１０１０５ １９４９１２３１ ００２Ｘ", "11010519491231002X"),
    ("resident_id", "440524-18800101-0014", "440524188001010014"),
    ("credit_code", "91350100m000100y43", "91350100M000100Y43"),
    ("credit_code", "９１３５０１００ M000100Y43", "91350100M000100Y43"),
    ("tags", "决策人；老客户, 决策人", ("决策人", "老客户")),
    ("reference", "12", 12),
    ("references", "17, 3；3", (3, 17)),
    ("references", [3, "17"], (3, 17)),
    ("references", [], None),
    ("person", 7.0, 7),
    ("auto_number", "T-000042", "T-000042"),
]
OPTIONS = {"choice": {"options": {"it": {"zh": "信息技术", "en": "IT"}, "make": {"zh": "制造业", "en": "Making"}}}}
OPTIONS["multi_choice"] = OPTIONS["choice"]
OPTIONS["reference"] = {"to": "customer"}  # type: ignore[dict-item]
OPTIONS["references"] = OPTIONS["reference"]
OPTIONS["rollup"] = {"of": "order", "how": "count"}  # type: ignore[dict-item]
OPTIONS["formula"] = {"formula": "amount * 2", "result": "money"}  # type: ignore[dict-item]


def made(key: str) -> FieldType:
    return kind(key, **OPTIONS.get(key, {}))


@pytest.mark.parametrize(("key", "raw", "value"), CASES)
def test_reads(key: str, raw: object, value: object) -> None:
    read = made(key).parse(raw)
    assert read == value and type(read) is type(value)


@pytest.mark.parametrize(
    ("key", "raw"),
    [
        ("integer", "1.5"), ("integer", "twelve"), ("integer", "1e30"), ("integer", "inf"), ("integer", True),
        ("money", "12..3"), ("money", "nan"), ("money", "99999999999999999"), ("money", "12,34,5"), ("money", []),
        ("percent", "%"), ("boolean", "maybe"), ("date", "2026-02-30"), ("date", "0026-01-01"), ("date", "tomorrow"),
        ("datetime", "2026-03-31 25:00"), ("phone", "12345"), ("phone", "call me"), ("phone", "1380013800"),
        ("email", "wang@"), ("email", "@example.com"), ("email", "a b@example.com"), ("email", "x@host.local"),
        ("url", "javascript:alert(1)"), ("url", "ftp://a.com"), ("url", "http://a.com/<x>"), ("choice", "steel"),
        ("resident_id", "11010519491231002"), ("resident_id", "110105194912310021"), ("resident_id", "130503670401001"),
        ("credit_code", "91350100M000100Y4"), ("credit_code", "91350100M000100Y4O"), ("credit_code", 9135010000010),
        ("tags", "x" * 61), ("reference", "-1"), ("reference", True), ("file", "abc"),
        ("references", "3; x"), ("references", [True]),
    ],
)  # fmt: skip
def test_refuses_with_a_sentence(key: str, raw: object) -> None:
    with pytest.raises(FieldError) as caught:
        made(key).parse(raw)
    assert str(caught.value).endswith(".") and str(caught.value)[0].isupper()


@pytest.mark.parametrize("key", ["reference", "references", "person", "office", "team", "file"])
@pytest.mark.parametrize("raw", ["9" * 30, "9" * 5000])
def test_no_number_too_large_for_a_row_is_an_id(key: str, raw: str) -> None:
    """Python itself refuses to read a number of 5,000 digits, and no database keeps one of 30."""
    with pytest.raises(FieldError):
        kind(key, **({"to": "customer"} if key.startswith("reference") else {})).parse(raw)


@pytest.mark.parametrize("key", FIELD_TYPES)
@pytest.mark.parametrize("raw", [None, "", "  ", "　"])
def test_nothing_is_none(key: str, raw: object) -> None:
    assert made(key).parse(raw) is None


def test_choice_knows_keys_and_labels() -> None:
    assert made("choice").parse("制造业") == made("choice").parse("MAKING") == "make"
    assert made("multi_choice").parse("IT、制造业") == ("it", "make")


def test_intranet_hosts_where_allowed() -> None:
    assert kind("email", intranet=True).parse("x@host.local") == "x@host.local"


def test_bounds() -> None:
    for wrong in ("0", "11"):
        with pytest.raises(FieldError):
            kind("integer", min=1, max=10).parse(wrong)
    with pytest.raises(FieldError):
        kind("text", pattern=r"\d{4}").parse("12a4")


def test_masks_hide() -> None:
    assert made("phone").mask("+8613800138000") == "138****8000"
    assert made("email").mask("wang@example.com") == "w***@example.com"
    assert "4" not in made("money").mask(D("1234.50"))

    assert made("resident_id").mask("11010519491231002X") == "•" * 14 + "002X"
    assert made("credit_code").mask("91350100M000100Y43") == "•" * 14 + "0Y43"


@pytest.mark.parametrize(
    ("key", "raw", "told"),
    [
        ("resident_id", "130503670401001", "18 digits"),
        ("resident_id", "1101051949123100", "16 were given"),
        ("resident_id", "X1010519491231002X", "17 digits"),
        ("resident_id", "01010519491231002X", "no province has the number 01"),
        ("resident_id", "11010519490231002X", "19490231 is no day of birth"),
        ("resident_id", "11010529491231002X", "nobody was born on 2949-12-31"),
        ("resident_id", "110105194912310020", "its last digit does not fit"),
        ("credit_code", "91350100M", "9 were given"),
        ("credit_code", "91350100S000I00Y43", "Correct SI;"),
        ("credit_code", "91A50100M000100Y43", "places 3 to 8"),
        ("credit_code", "91350100M000100Y44", "its last character does not fit"),
    ],
)
def test_numbers_say_which_check_failed(key: str, raw: str, told: str) -> None:
    with pytest.raises(FieldError, match=told):
        made(key).parse(raw)


@pytest.mark.parametrize("key", ["resident_id", "credit_code"])
def test_sampled_numbers_pass_another_implementation(key: str) -> None:
    """python-stdnum knows both rules; one digit changed anywhere is refused by both."""
    judge, rng = {"resident_id": ric, "credit_code": uscc}[key], random.Random(key)
    for _ in range(50):
        number = made(key).sample(rng)
        assert made(key).parse(number) == number and judge.calc_check_digit(number) == number[17]
        at = rng.randrange(17)
        wrong = number[:at] + str((int(number[at], 36) + 1) % 10) + number[at + 1 :]
        with pytest.raises(FieldError):
            made(key).parse(wrong)


def test_texts() -> None:
    assert made("money").text(D("-1234.5")) == "-¥1,234.50"
    assert made("percent").text(D("0.3050")) == "30.5%"
    assert made("phone").text("+8613800138000") == "138 0013 8000"
    assert kind("auto_number", prefix="T-", width=4).number_text(42) == "T-0042"  # type: ignore[attr-defined]
