"""Addresses as people write them, and divisions as ranges of one column."""

import random

import pytest
import sqlalchemy as sa

from portal.fields import FIELD_TYPES, OPERATORS, Field, FieldError, Text, divisions
from portal.schema import conditions

KIND = FIELD_TYPES["address"]()
FIELD = Field("customer", "address", Text(zh="地址", en="Address"), KIND, physical="address_f1")


@pytest.mark.parametrize(
    ("written", "stored", "shown"),
    [
        ("广东省深圳市南山区科技园路1号", "440305 科技园路1号", "广东省深圳市南山区科技园路1号"),
        ("广东 深圳 南山 科技园路1号", "440305 科技园路1号", "广东省深圳市南山区科技园路1号"),
        ("深圳市南山区科技园路1号", "440305 科技园路1号", "广东省深圳市南山区科技园路1号"),
        ("518057 广东省深圳市南山区科技园", "440305 科技园", "广东省深圳市南山区科技园"),
        ("北京市朝阳区建国路1号", "110105 建国路1号", "北京市朝阳区建国路1号"),
        ("北京市北京市朝阳区建国路1号", "110105 建国路1号", "北京市朝阳区建国路1号"),
        ("上海，浦东新区，世纪大道 8 号", "310115 世纪大道 8 号", "上海市浦东新区世纪大道 8 号"),
        ("吉林省吉林市昌邑区", "220202", "吉林省吉林市昌邑区"),
        ("新疆乌鲁木齐市天山区解放路", "650102 解放路", "新疆维吾尔自治区乌鲁木齐市天山区解放路"),
        ("江苏昆山市花桥镇", "320583 花桥镇", "江苏省苏州市昆山市花桥镇"),
        ("海南省五指山市河北路", "469001 河北路", "海南省五指山市河北路"),
        ("东莞市长安镇", "441900 长安镇", "广东省东莞市长安镇"),
        ("香港特别行政区中环", "81 中环", "香港特别行政区中环"),
        ("4403 南山区科技园", "440305 科技园", "广东省深圳市南山区科技园"),
    ],
)
def test_reads_free_text(written: str, stored: str, shown: str) -> None:
    assert KIND.parse(written) == stored
    assert KIND.text(stored) == KIND.export(stored) == shown
    assert KIND.parse(shown) == stored


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("火星路1号", '"火星路1号" names none'),
        ("南山区科技园路1号", '"南山区科技园路1号" names none'),
        ("广东省深圳市高新区科技路", '广东省深圳市; "高新区科技路" is none there'),
        ("上海南京路1号", '上海市; "南京路1号" is none there'),
        ("广东省", "Name the city and district in 广东省"),
    ],
)
def test_names_what_could_not_be_placed(written: str, told: str) -> None:
    with pytest.raises(FieldError, match=told):
        KIND.parse(written)


def test_a_field_may_ask_for_less() -> None:
    assert FIELD_TYPES["address"](needs="city").parse("广东省深圳市高新区科技路") == "4403 高新区科技路"
    assert FIELD_TYPES["address"](needs="province").parse("广东") == "44"


def test_every_division_is_found_by_its_own_words() -> None:
    for code in divisions.names():
        if len(code) == 6:
            assert KIND.parse(KIND.text(f"{code} 一号")) == f"{code} 一号"


def test_what_the_selects_send() -> None:
    assert KIND.from_form(["44", "4403", "440305", "科技园路1号"]) == "440305 科技园路1号"
    assert KIND.from_form(["31", "4403", "440305", "世纪大道"]) == "31 世纪大道"  # the city is of the province before
    assert KIND.parse(KIND.from_form(["44", "", "", "深圳市南山区科技园路1号"])) == "440305 科技园路1号"
    assert KIND.from_form(["", "", "", ""]) == "" and KIND.parse("") is None


def test_only_the_city_is_left_under_the_mask() -> None:
    assert KIND.mask("440305 科技园路1号") == "广东省深圳市••••"


def test_inside_has_three_faces() -> None:
    inside = OPERATORS["inside"]
    right = inside.parse(["广东省", "310115"], KIND)
    assert right == ("44", "310115") and inside.parse(inside.dump(right, KIND), KIND) == right
    assert inside.parse("广东省，上海市", KIND) == ("44", "31")
    assert inside.matches("440305 科技园路1号", right) and not inside.matches("310104 x", right)
    assert not inside.matches(None, right) and OPERATORS["not_inside"].matches(None, right)
    assert "广东省" in inside.sentence(FIELD, right)
    with pytest.raises(FieldError, match="火星"):
        inside.parse("火星", KIND)


def test_inside_reads_an_index(app) -> None:
    """A division is a range of the column, so a list of one district does not read the others."""
    from portal.extensions import db

    table = sa.Table("places", sa.MetaData(), sa.Column("id", sa.Integer), sa.Column("address_f1", KIND.column_type()))
    connection = db.session.connection()
    table.create(connection)
    sa.Index("ix_places", table.c.address_f1, table.c.id).create(connection)
    rng = random.Random(3)
    connection.execute(table.insert(), [{"id": n, "address_f1": KIND.sample(rng)} for n in range(3000)])
    test = conditions.Test(FIELD, OPERATORS["inside"], ("4403",))
    query = sa.select(table.c.id).where(test.where(table, None))  # type: ignore[arg-type]
    postgresql = connection.dialect.name == "postgresql"
    if postgresql:
        connection.execute(sa.text("ANALYZE places"))
    text = str(query.compile(connection, compile_kwargs={"literal_binds": True}))
    plan = " ".join(
        str(row) for row in connection.execute(sa.text(f"EXPLAIN {'' if postgresql else 'QUERY PLAN '}{text}"))
    )
    assert "ix_places" in plan
    table.drop(connection)
