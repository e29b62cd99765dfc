"""Codes, addresses and several references through a real import: every row is stored or accounted for."""

import openpyxl

from portal import records
from portal.integrations import imports, mended
from portal.schema import compiled
from tests.schema.docs import publish, shipped, with_field

HEADERS = ["客户名称", "统一社会信用代码", "注册地址", "法人身份证", "意向产品"]
ID = "legal_id: {type: resident_id, label: 法人身份证, sensitivity: sensitive, purpose: 核验, retention: 1 year}"
ROWS = [
    ["甲公司", "91350100M000100Y43", "广东省深圳市南山区科技园路1号", "11010519491231002X", "P-1; Router, 8 ports"],
    ["乙公司", None, "上海市浦东新区", None, "云主机、年度维保"],
    ["丙公司", "91350100M000100Y44", "上海市浦东新区", None, None],
    ["丁公司", None, "火星路1号", None, None],
    ["戊公司", None, None, "110105194912310021", None],
    ["己公司", None, None, None, "云主机; 无此产品"],
    ["庚公司", None, None, None, "重名"],
    ["辛公司", None, "北京市朝阳区", None, " "],
]


def test_rows_of_the_new_types_are_stored_or_accounted_for(app, people, make, workbook, bring, through, tmp_path):
    publish(with_field(shipped(), ID))
    compiled.forget()
    named = {name: make("product", name=name).id for name in ("云主机", "Router, 8 ports", "年度维保")}
    cable = make("product", name="网线", external_id="P-1").id
    for _ in range(2):
        make("product", name="重名")
    plan = bring("customer", workbook([HEADERS, *ROWS]), people.alice)
    mapped = {"name", "credit_code", "registered_address", "legal_id", "interests"}
    assert set(plan.columns.values()) == mapped
    done = through(plan, people.alice)
    sums = imports.sums(done)
    assert (sums["created"], sums["refused"], done.total) == (3, 5, len(ROWS))
    stored = {record["name"]: record for record in records.search("customer", people.alice)}
    assert set(stored) == {"甲公司", "乙公司", "辛公司"}
    assert stored["甲公司"]["credit_code"] == "91350100M000100Y43"
    assert stored["甲公司"]["registered_address"] == "440305 科技园路1号"
    assert stored["甲公司"]["legal_id"] == "11010519491231002X"
    assert stored["甲公司"]["interests"] == tuple(sorted([cable, named["Router, 8 ports"]]))
    assert stored["乙公司"]["interests"] == tuple(sorted([named["云主机"], named["年度维保"]]))
    assert stored["辛公司"]["interests"] is None
    path = tmp_path / "refused.xlsx"
    assert mended.write(done, path) == 5
    page = openpyxl.load_workbook(path).worksheets[0]
    reasons = {row[0]: row[-1] for row in page.iter_rows(min_row=2, values_only=True)}
    assert "last character" in reasons["丙公司"] and "火星路1号" in reasons["丁公司"]
    assert "无此产品" in reasons["己公司"] and "Several are called" in reasons["庚公司"] and reasons["戊公司"]
