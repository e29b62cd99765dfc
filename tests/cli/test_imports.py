"""`portal import`: run and parse."""

import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner

from portal.cli import commands
from portal.settings import SETTINGS, Settings

LIST = "客户编号,客户名称,手机,备注\nA1,朝阳科技,13800138000,'=好\nA2,北辰实业,12345,\n"


@pytest.fixture
def shell(app: Any, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """A shell whose environment is that of the test's portal."""
    for setting in SETTINGS:
        monkeypatch.setenv(setting.name, str(getattr(settings, setting.attribute)))
    return CliRunner()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "customers.csv"
    path.write_bytes(LIST.encode("gbk"))
    return path


def test_run_says_what_became_of_the_rows(shell: CliRunner, people: Any, file: Path, tmp_path: Path) -> None:
    refused = tmp_path / "refused.xlsx"
    told = shell.invoke(commands, ["import", "run", "customer", str(file), "--as", "alice", "--refused", str(refused)])
    assert told.exit_code == 1, told.output
    assert told.output.splitlines()[-1] == "2 rows: 1 created, 0 updated, 0 unchanged, 0 skipped, 1 refused"
    page = openpyxl.load_workbook(refused).active
    assert page is not None and next(cell.value for cell in page[2]) == "A2"


def test_run_refuses_clearly(shell: CliRunner, people: Any, file: Path) -> None:
    for arguments, said in (
        (["customers", str(file)], "there is no entity customers"),
        (["customer", str(file), "--as", "nobody"], "there is nobody called nobody"),
        (["customer", str(file), "--column", "Name=name"], "there is no column Name"),
    ):
        told = shell.invoke(commands, ["import", "run", *arguments])
        assert told.exit_code == 1 and said in told.output


def test_parse_shows_the_cells(file: Path) -> None:
    told = CliRunner().invoke(commands, ["import", "parse", str(file), "--json"])
    sheet = json.loads(told.output)["sheets"][0]
    assert sheet["rows"][1] == {"row": 2, "cells": ["A1", "朝阳科技", "13800138000", "'=好"]}
    assert "朝阳科技" in CliRunner().invoke(commands, ["import", "parse", str(file)]).output
