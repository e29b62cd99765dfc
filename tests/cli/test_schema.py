"""`portal schema …` on the command line."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from portal import create_app
from portal.cli.schema import schema
from portal.extensions import db
from portal.schema import directory, releases

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
    assert run("check", str(tmp_path)).exit_code == 1
    assert "no such directory" in run("check", str(tmp_path / "missing")).output


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
