"""A document as form and as YAML: two faces of one draft."""

import re
from collections import defaultdict
from html import unescape

import pytest

from portal.schema import drafts
from tests.forms.test_document import NEVER
from tests.web.studio import TIER, keep, post, text_of

FORM = f"{TIER}/form"
PATH = "tiers/customer_tier.yml"


@pytest.fixture
def admin(as_, people):
    return as_(people.admin)


def shown(page: str) -> dict[str, list[str]]:
    """What a browser would send of the form as it stands, rows and ticks included."""
    body = re.search(r'<form class="document-form.*?</form>', page, re.DOTALL)
    assert body
    sent: dict[str, list[str]] = defaultdict(list)
    for tag in re.findall(r"<input\b[^>]*>", body[0]):
        name, value = _attribute(tag, "name"), _attribute(tag, "value")
        if name and ("checkbox" not in tag or " checked" in tag):
            sent[name].append(value or "")
    for name, text in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>\n?(.*?)</textarea>', body[0], re.DOTALL):
        sent[unescape(name)].append(unescape(text).removeprefix("\n"))
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', body[0], re.DOTALL):
        chosen = re.findall(r'<option value="([^"]*)" selected', options)
        sent[unescape(name)] += [unescape(word) for word in chosen]
    return {name: value for name, value in sent.items() if not name.endswith(("/new", "/kind"))}


def _attribute(tag: str, name: str) -> str | None:
    found = re.search(rf' {name}="([^"]*)"', tag)
    return unescape(found[1]) if found else None


def send(client, address=FORM, **changes):
    """Send the form of a page with some inputs changed (`__` stands for `/`)."""
    data = shown(client.get(address).text)
    return post(client, address, data | {key.replace("__", "/"): value for key, value in changes.items()})


def test_the_form_keeps_into_the_draft_that_the_editor_shows(admin, people):
    before = text_of(admin, TIER)
    assert send(admin).status_code == 303
    assert drafts.of(people.admin) is None, "what is shown is what stands there"
    assert send(admin, d__levels__vip__label__zh="贵宾").status_code == 303
    after = text_of(admin, TIER)
    assert after == before.replace("{zh: VIP 客户, en: VIP}", "{zh: 贵宾, en: VIP}")
    keep(admin, TIER, ("share: 5%", "share: 7%"))
    page = admin.get(FORM).text
    assert 'value="贵宾"' in page
    assert 'value="7%"' in page


def test_buttons_add_move_and_take_away_levels(admin, people):
    send(admin, act="down:levels/vip")
    text = text_of(admin, TIER)
    assert text.index("  key:") < text.index("  vip:")
    send(admin, act="add:levels", d__levels__new="silver")
    assert "  silver:" in text_of(admin, TIER)
    send(admin, act="remove:levels/silver")
    send(admin, act="up:levels/vip")
    assert drafts.of(people.admin) is None, "undone edits are none"


def test_a_fault_stands_beside_its_input(admin):
    answer = send(admin, d__levels__vip__owner_role="sellar")
    assert answer.status_code == 303
    page = admin.get(FORM).text
    tag = re.search(r'<select[^>]*name="d/levels/vip/owner_role"[^>]*>', page)
    assert tag
    assert 'aria-invalid="true"' in tag[0]
    place = re.search(r'aria-describedby="([^"]+)"', tag[0])
    assert place
    beside = re.search(rf'id="{place[1]}">(.*?)</p>', page)
    assert beside
    assert "did you mean &#34;seller&#34;?" in beside[1]


def test_a_form_says_words_where_documents_say_keys(admin):
    role, entity = (admin.get(f"/studio/documents/{path}/form").text for path in ("roles/seller", "entities/customer"))
    assert ">run reports</option>" in role
    assert "<strong>Follow-ups</strong>" in role or "<strong>Follow-up</strong>" in role
    assert "Can be filtered by" in entity
    assert "filterable</span>" not in entity
    steps = admin.get("/studio/documents/workflows/key_customer_silence/form").text
    assert '<option value="owner" selected>Owner</option>' in steps
    assert 'value="remove:steps/0"' in steps
    assert 'value="remove:steps/0/task"' not in steps, "a step has one bin"


def test_yaml_that_is_none_is_explained_and_typed_text_stays(admin):
    keep(admin, TIER, NEVER)
    before = text_of(admin, TIER)
    answer = send(admin, **{"d/levels/key/when": "any: [a"})
    assert answer.status_code == 422
    assert "any: [a" in answer.text
    assert "not YAML" not in answer.text or "field-error" in answer.text
    assert text_of(admin, TIER) == before


def test_a_text_that_cannot_be_read_shows_no_form_but_a_way(admin):
    keep(admin, TIER, ("tier: customer_tier", "tier: [customer_tier"))
    page = admin.get(FORM).text
    assert "This text is not YAML yet" in page
    assert "Line " in page


def test_two_windows_do_not_overwrite_each_other(admin):
    data = shown(admin.get(FORM).text)
    keep(admin, TIER, ("share: 5%", "share: 7%"))
    answer = post(admin, FORM, data | {"d/levels/vip/share": "9%"})
    assert answer.status_code == 409
    assert "share: 7%" in text_of(admin, TIER)


def test_a_field_has_a_form_of_its_own(admin):
    address = "/studio/documents/entities/customer/form"
    page = admin.get(address).text
    assert f"{address}?at=fields/phone" in page
    answer = send(admin, f"{address}?at=fields/phone", d__fields__phone__help__zh="办公电话优先")
    assert answer.headers["Location"].endswith("?at=fields/phone")
    text = text_of(admin, "/studio/documents/entities/customer")
    assert "办公电话优先" in text
    assert text.startswith("# 客户: enterprises")
    assert admin.get(f"{address}?at=fields/nothing").status_code == 404


def test_rows_of_a_condition_come_by_themselves(admin):
    address = "/studio/conditions?entity=customer&prefix=d/when/"
    piece = post(admin, address, {"d/when/add": "1"}).text
    assert 'name="d/when/field-0"' in piece
    assert "<html" not in piece
    assert post(admin, "/studio/conditions?entity=nothing&prefix=x").status_code == 404


def test_switching_keeps_what_was_typed(admin):
    answer = send(admin, d__levels__vip__share="8%", then="yaml")
    assert answer.headers["Location"].endswith(TIER)
    assert "share: 8%" in text_of(admin, TIER)
    text = text_of(admin, TIER).replace("8%", "9%")
    answer = post(admin, TIER, {"text": text, "then": "form"})
    assert answer.headers["Location"].endswith(FORM)
    assert 'value="9%"' in admin.get(FORM).text
