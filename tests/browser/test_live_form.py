"""A form that follows what is chosen in it: fields that come and go, options and places that follow from others."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from ruamel.yaml import YAML

from portal import Portal
from portal.extensions import db, transaction
from portal.schema import releases, source
from portal.security import SYSTEM

FIELDS = {
    "seat": {"type": "address", "label": {"zh": "注册地址", "en": "Seat"}, "filterable": True},
    "credit_code": {"type": "credit_code", "label": {"zh": "统一社会信用代码", "en": "Credit code"}},
    "plant": {
        "type": "text",
        "label": {"zh": "工厂", "en": "Plant"},
        "required": True,
        "visible_when": {"kind": "enterprise"},
    },
    "branch": {
        "type": "choice",
        "label": {"zh": "细分", "en": "Branch"},
        "depends_on": "kind",
        "options": {
            "steel": {"zh": "钢铁", "en": "Steel", "under": "enterprise"},
            "shop": {"zh": "门店", "en": "Shop", "under": ["small_business", "personal"]},
        },
    },
}


@pytest.fixture
def reshaped(live: tuple[Portal, str]) -> Iterator[None]:
    """The live portal with these fields; afterwards as it was."""
    with live[0].app_context():
        number = releases.current_number()
        documents = releases.documents(number)
        tree = YAML(typ="safe").load(documents["entities/customer.yml"])
        tree["fields"] |= FIELDS
        tree["form"].insert(0, {"section": {"zh": "新字段", "en": "New"}, "fields": ["kind", *FIELDS]})
        for section in tree["form"][1:]:
            section["fields"] = [key for key in section["fields"] if key not in ("kind", *FIELDS)]
        changed = {**documents, "entities/customer.yml": source.write(tree)}
        with transaction():
            releases.publish(changed, by=SYSTEM, note="", expected_release=number)
        db.session.remove()
    yield
    with live[0].app_context():
        with transaction():
            releases.rollback(number, by=SYSTEM)
        db.session.remove()


def options(page: Page, label: str) -> list[str]:
    return page.get_by_label(label, exact=True).locator("option").all_inner_texts()


@pytest.mark.usefixtures("reshaped")
@pytest.mark.parametrize("width", [1280, 390])
def test_the_form_follows(open_as, width: int) -> None:
    page = open_as("alice", "/customers/new", width=width)
    page.locator("[name=name]").fill("南山科技")
    expect(page.get_by_label("Plant")).to_be_visible()
    assert options(page, "Branch") == ["—", "Steel"]
    kind = page.locator("select[name=kind]")
    kind.select_option("personal")
    expect(page.get_by_label("Plant")).to_have_count(0)
    assert options(page, "Branch") == ["—", "Shop"]
    expect(page.locator("[name=name]")).to_have_value("南山科技")
    kind.select_option("enterprise")
    page.get_by_label("Plant").fill("一厂")

    page.get_by_label("Seat: Province").select_option(label="广东省")
    page.get_by_label("Seat: City").select_option(label="深圳市")
    page.get_by_label("Seat: District").select_option(label="南山区")
    page.locator("#seat").fill("科技园路1号")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("南山科技")
    expect(page.get_by_text("广东省深圳市南山区科技园路1号").first).to_be_visible()
