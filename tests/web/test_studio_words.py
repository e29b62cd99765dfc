"""The editor asks the portal for words, and other editors take its schemas."""

import json

import pytest
from click.testing import CliRunner

from portal.cli.schema import schema
from portal.schema.nouns import KINDS
from tests.web.studio import TIER, post


@pytest.fixture
def admin(as_, people):
    return as_(people.admin)


def words(client, text, row, column) -> set[str]:
    answer = post(client, f"{TIER}/words", {"text": text, "row": row, "column": column})
    assert answer.status_code == 200
    return {word["value"] for word in answer.json["words"]}


def test_words_come_for_a_text_that_is_not_kept(admin):
    text = "tier: customer_tier\non: customer\nlevels:\n  vip:\n    owner_role: \n"
    assert {"seller", "manager"} <= words(admin, text, 4, 16)
    assert "strategy" in words(admin, text, 4, 4)
    assert words(admin, text, 99, 0) == set()
    assert post(admin, "/studio/documents/nothing/x/words", {"text": ""}).status_code == 404


def test_schemas_are_served_and_written(admin, as_, people, tmp_path):
    served = admin.get("/studio/json-schemas/tiers.json").json
    assert "levels" in served["properties"]
    assert admin.get("/studio/json-schemas/nothing.json").status_code == 404
    assert as_(people.alice).get("/studio/json-schemas/tiers.json").status_code == 403
    result = CliRunner().invoke(schema, ["json-schema", str(tmp_path / "schemas")])
    assert result.exit_code == 0, result.output
    written = {path.stem: json.loads(path.read_text("utf-8")) for path in (tmp_path / "schemas").glob("*.json")}
    assert set(written) == set(KINDS)
    assert written["tiers"] == served
