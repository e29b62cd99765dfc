"""`portal duplicates find` on files."""

import csv

from click.testing import CliRunner

from portal.cli import commands

RULES = """\
duplicates: shops
label: Shops
compare:
  - {fields: Name, as: name, points: 60, differs: -20}
  - {fields: Tel, as: phone, points: 40}
sure: 100
perhaps: 60
"""
ROWS = (
    "No,Name,Tel,Shop\n=1,苏州瑞祥机械有限公司,0512-66661234,a\n2,瑞祥机械,66661234,a\n3,瑞祥机械,,a\n4,恒达电子,,b\n"
)


def find(tmp_path, *more: str, rules: str = RULES):
    (tmp_path / "rows.csv").write_text(ROWS, "utf-8")
    (tmp_path / "rules.yml").write_text(rules, "utf-8")
    given = ["duplicates", "find", str(tmp_path / "rows.csv"), "--rules", str(tmp_path / "rules.yml"), *more]
    return CliRunner().invoke(commands, given)


def test_pairs_are_written_with_their_reasons(tmp_path) -> None:
    out = tmp_path / "pairs.csv"
    told = find(tmp_path, "--out", str(out), "--id", "No", "--truth", "Shop")
    assert told.exit_code == 0, told.output
    assert "3 pairs, 1 of them sure" in told.output
    assert "precision 1.0000  recall 1.0000  F1 1.0000" in told.output
    rows = list(csv.reader(out.read_text("utf-8-sig").splitlines()))
    assert rows[1] == ["'=1", "2", "100", "sure", "Name 100% (name), Tel 100% (phone)"]
    assert [row[:4] for row in rows[2:]] == [["'=1", "3", "60", "perhaps"], ["2", "3", "60", "perhaps"]]


def test_rows_are_named_by_their_number_when_no_column_does(tmp_path) -> None:
    told = find(tmp_path)
    assert told.exit_code == 0, told.output
    assert "2,3,100,sure" in told.output


def test_wrong_rules_and_missing_columns_are_told(tmp_path) -> None:
    wrong = find(tmp_path, rules=RULES.replace("as: phone", "as: phon"))
    assert wrong.exit_code == 1
    assert 'rules.yml:5 compare[2].as: "phon" is not one of the choices; did you mean "phone"?' in wrong.output
    lacking = find(tmp_path, rules=RULES.replace("fields: Tel", "fields: Fax"))
    assert "rows.csv has no column Fax" in lacking.output
