"""The packs in the studio and at the first start."""

import pytest
from click import ClickException
from click.testing import CliRunner

from portal.cli.prepare import _first, prepare
from portal.schema import drafts
from tests.web.studio import post, publish


def test_a_pack_is_put_into_the_draft_and_published(as_, people):
    admin = as_(people.admin)
    page = admin.get("/studio/packs").text
    assert "Retail" in page and "stores" in page and "fields.birthday" in page
    assert post(admin, "/studio/packs/retail").status_code == 303
    edits = drafts.workspace(people.admin).edits
    assert {"tiers/member_level.yml", "entities/customer.yml"} <= set(edits)
    assert "in your documents" in admin.get("/studio/packs").text
    review = admin.get("/studio/review").text
    assert "Store visit" in review
    assert publish(admin, "Retail").status_code == 303
    assert "Member level" in admin.get("/customers/new").text or "Member number" in admin.get("/customers/new").text
    assert admin.get("/store-visits").status_code == 200


def test_an_unknown_pack_is_not_there(as_, people):
    assert post(as_(people.admin), "/studio/packs/fishing").status_code == 404


def test_only_who_may_edit_sees_packs(as_, people):
    assert as_(people.alice).get("/studio/packs").status_code == 403


def test_the_first_release_may_hold_a_pack():
    assert "entities/line.yml" in _first("telecom", demo=False)
    assert "entities/line.yml" not in _first(None, demo=False)
    assert "providers/demo_register.yml" in _first(None, demo=True)
    with pytest.raises(ClickException, match="there are finance, healthcare"):
        _first("fishing", demo=True)
    assert "--pack" in CliRunner().invoke(prepare, ["--help"]).output
