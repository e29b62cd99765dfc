"""Coupons without a portal: what a code looks like, and what is told to whoever writes their documents."""

import re
from typing import Any

import pytest

from portal.coupons import codes
from portal.foresight import flows
from portal.schema.check import check
from tests.coupons.test_coupons import FLOW, ONE
from tests.schema.docs import shipped

SHIPPED = shipped()


def test_a_code_is_told_from_its_typos(dice: Any) -> None:
    code = codes.new()
    assert len({codes.new() for _ in range(200)}) == 200
    assert len(code) == 16
    assert not set(code) & set("01OI")
    whole = codes.written("WIN", code)
    assert re.fullmatch(r"WIN(-\w{4}){4}", whole)
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in code)
    for typed in (whole, whole.lower(), whole.replace("-", " "), code, f"  {code}\n", wide):
        assert codes.read(typed) == code
    for at in range(16):
        other = dice.choice([sign for sign in codes.SIGNS if sign != code[at]])
        with pytest.raises(codes.Misread):
            codes.read(code[:at] + other + code[at + 1 :])
    with pytest.raises(codes.Misread) as short:
        codes.read("WIN-ABCD")
    assert short.value.length == 7
    with pytest.raises(codes.Misread):
        codes.read(code[:-1] + "0")


def test_what_is_wrong_in_documents_is_told() -> None:
    bad = ONE.format(key="bad").replace("10 days", "1 hour")
    bad += "message: win_back\nto: mail\nprefix: ab\n"
    wrong = {
        **SHIPPED,
        "coupons/bad.yml": bad.replace("prefix: ab\n", ""),
        "workflows/refresh.yml": FLOW.replace("win_back", "win_bck"),
        "workflows/orders.yml": FLOW.replace("refresh", "orders").replace("customer", "order"),
    }
    told = {(one.file, one.path): str(one.message) for one in check(wrong).errors}
    assert {place for place in told if place[0].startswith(("coupons", "workflows"))} == {
        ("coupons/bad.yml", "valid"),
        ("coupons/bad.yml", "message"),
        ("coupons/bad.yml", "to"),
        ("workflows/refresh.yml", "steps[1].coupon.coupon"),
        ("workflows/orders.yml", "steps[1].coupon.coupon"),
    }
    shape = {(one.file, one.path) for one in check({**SHIPPED, "coupons/bad.yml": bad}).errors}
    assert ("coupons/bad.yml", "prefix") in shape


def test_a_message_of_coupons_names_what_there_is() -> None:
    path = "messages/win_back_coupon.yml"
    wrong = {**SHIPPED, path: SHIPPED[path].replace("{{ coupon }}", "{{ cuopon }}")}
    told = [one for one in check(wrong).errors if one.file == "coupons/win_back.yml"]
    assert [one.path for one in told] == ["message", "message"]
    assert any("coupon" in str(one.hint) for one in told)


def test_rehearsals_know_the_step() -> None:
    proven = FLOW + "tests: [{given: {name: 甲公司}, expect: {starts: true, steps: [coupon]}}]\n"
    found = check({**SHIPPED, "workflows/refresh.yml": proven})
    assert not found.errors
    assert flows.made(found.catalog.workflows["refresh"].steps) == {"coupon": (1, 1)}
