"""`portal schema …` on the command line."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from portal import create_app
from portal.cli.schema import schema
from portal.extensions import db
from portal.schema import directory, packs, releases
from portal.security import SYSTEM

WORLDS = Path(__file__).parents[1] / "worlds"


def run(*words: str) -> Result:
    return CliRunner().invoke(schema, list(words))


@pytest.fixture
def portal(app, settings, monkeypatch):
    """The commands work on the test's own database."""
    made = []

    def create():
        made.append(create_app(settings))
        return made[-1]

    monkeypatch.setattr("portal.cli.schema.create_app", create)
    yield app
    for one in made:
        with one.app_context():
            db.engine.dispose()


@pytest.fixture
def changed(tmp_path):
    folder = tmp_path / "documents"
    documents = directory.load()
    documents["entities/product.yml"] = documents["entities/product.yml"].replace("标准单价", "目录价")
    directory.export(documents, folder)
    return folder


def test_what_ships_is_right():
    result = run("check")
    assert result.exit_code == 0
    assert "0 errors" in result.output


def test_what_no_document_names_is_listed_when_asked():
    assert "no document names it" not in run("check").output
    assert "messages win_back: no document names it" in run("check", "--unused").output


def test_all_errors_are_told_with_file_and_line():
    result = run("check", str(WORLDS / "broken" / "misspelt_keys"))
    assert result.exit_code == 1
    assert 'entities/thing.yml:7 fields.name.requird: unknown key; did you mean "required"?' in result.output


def test_a_folder_without_documents_is_an_error(tmp_path):
    assert run("check", str(tmp_path)).exit_code == 2
    assert run("check", "--pack", "banking").exit_code == 2
    assert "no such directory" in run("check", str(tmp_path / "missing")).output


def put(folder, **files):
    """Write files into a folder, `__` in their names for a slash."""
    for name, text in files.items():
        file = folder / f"{name.replace('__', '/')}.yml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return str(folder)


LOOSE = "entity: customer\nfields:\n  name: {required: false}\n  birthday: {labell: 生日}\n"


def test_overlays_of_offices_are_checked_as_a_site_has_them(tmp_path):
    good = put(tmp_path / "good", offices__east__roles__seller="role: seller\nfields:\n  customer.birthday: read\n")
    told = run("check", good)
    assert told.exit_code == 1 and "offices/east/roles/seller.yml:3 fields.customer.birthday" in told.output
    assert "birthday" not in directory.load()["entities/customer.yml"], "a pack brings it"
    told = run("check", good, "--pack", "retail")
    assert told.exit_code == 0 and "(1 of offices), 0 errors" in told.output
    wrong = put(
        tmp_path / "wrong",
        offices__east__entities__customer=LOOSE,
        offices__west__entities__order="entity: order\nlist: {columns: [nothing]}\n",
        offices__west__entitys__order="entity: order\n",
        offices__south__tiers__none="tier: none\n",
    )
    told = run("check", wrong, "--pack", "retail").output
    for line in (
        "offices/east/entities/customer.yml:3 fields.name.required",
        "offices/east/entities/customer.yml:4 fields.birthday.labell",
        "offices/west/entities/order.yml:2 list.columns[1]",
        "offices/west/entitys/order.yml:1: no such folder of documents",
        "offices/south/tiers/none.yml:1",
    ):
        assert line in told


def test_a_pack_is_checked_over_the_base_and_told_of_its_own_lines(tmp_path):
    assert run("check", str(packs.FOLDER / "finance")).exit_code == 0
    wrong = put(
        tmp_path / "mine",
        pack="pack: mine\nlabel: 我的\nabout: 试\n",
        segments__own="segment: own\nlabel: x\non: customer\nwhen: {nothing: 1}\n",
        extend__entities__customer="fields:\n  hobby: {type: text, label: 爱好}\n  shoe: {type: txt, label: 尺码}\n",
        extend__entities__none="fields: {}\n",
        extend__entities__order="fields: [\n",
    )
    told = run("check", wrong)
    assert told.exit_code == 1
    for line in (
        "segments/own.yml:4 when.nothing",
        "extend/entities/customer.yml:3 fields.shoe.type",
        'extend/entities/none.yml:1: nothing to extend: there is no "entities/none.yml"',
        "extend/entities/order.yml:2: not YAML",
    ):
        assert line in told.output
    assert "4 errors" in told.output.splitlines()[-1]


def test_overlays_are_checked_over_what_is_in_force(portal, tmp_path):
    number = releases.current_number()
    documents = releases.documents(number)
    text = documents["entities/customer.yml"].replace("\nfields:", "\nfields:\n  hobby: {type: text, label: 爱好}", 1)
    releases.publish({**documents, "entities/customer.yml": text}, by=SYSTEM, note="", expected_release=number)
    db.session.commit()
    mine = put(tmp_path / "mine", offices__east__entities__customer="entity: customer\nlist: {columns: [hobby]}\n")
    assert run("check", mine).exit_code == 1
    assert run("check", mine, "--site").exit_code == 0


def test_diff_publish_export_rollback(portal, changed, tmp_path):
    assert run("diff").exit_code == 0
    difference = run("diff", str(changed))
    assert difference.exit_code == 1
    assert "+  price: {type: money, label: {zh: 目录价" in difference.output
    assert "release 2 is in force" in run("publish", str(changed), "--note", "prices").output
    assert run("diff", str(changed)).exit_code == 0
    assert run("export", str(tmp_path / "out")).exit_code == 0
    assert directory.load(tmp_path / "out") == directory.load(changed)
    assert "release 3 is in force" in run("rollback", "1").output
    assert [row.number for row in releases.rows()] == [3, 2, 1]


def test_broken_documents_are_not_published(portal):
    result = run("publish", str(WORLDS / "broken" / "rules"))
    assert result.exit_code == 1
    assert "nothing was published" in result.output
    assert releases.current_number() == 1


def test_export_takes_away_what_is_no_longer_there(tmp_path):
    directory.export({"roles/a.yml": "x\n", "roles/b.yml": "y\n"}, tmp_path)
    directory.export({"roles/b.yml": "z\n"}, tmp_path)
    assert [file.name for file in (tmp_path / "roles").iterdir()] == ["b.yml"]
