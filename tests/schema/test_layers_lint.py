"""Every office's view is checked and linted: what is found is told once, for the office whose doing it is."""

import pytest

from portal.schema import check, layers
from tests.schema.docs import shipped

CUSTOMER, SELLER = "offices/{}/entities/customer.yml", "offices/{}/roles/seller.yml"


@pytest.fixture
def ways(monkeypatch):
    """Say which offices stand above each other."""

    def say(*found: tuple[str, ...]) -> None:
        monkeypatch.setattr(layers.descents, "_read", [lambda: found])

    return say


def told(documents: dict[str, str]) -> list[str]:
    return [str(problem) for problem in check.check(documents).problems]


def contrary(documents: dict[str, str]) -> dict[str, str]:
    """The documents with a limit for sellers that small offices can contradict."""
    path = "roles/seller.yml"
    rule = "customer: {view: team, when: {employees: {lt: 100}}, "
    return {**documents, path: documents[path].replace("customer: {view: team, ", rule)}


def test_a_condition_that_excludes_itself_only_in_one_office_is_told_there():
    documents = contrary(shipped())
    assert not told(documents)
    documents[SELLER.format("east")] = "entities:\n  customer:\n    when: {employees: {gt: 500}}\n"
    documents[SELLER.format("west")] = "entities:\n  customer:\n    when: {employees: {lt: 50}}\n"
    (only,) = told(documents)
    assert only.startswith("offices/east/roles/seller.yml:3 entities.customer.when: no record can meet this condition")


def test_what_the_base_has_already_is_not_told_again_for_offices():
    documents = {**contrary(shipped()), CUSTOMER.format("east"): "label: {zh: 客商}\n"}
    role = documents["roles/seller.yml"]
    documents["roles/seller.yml"] = role.replace("{employees: {lt: 100}}", "{employees: {lt: 100, gt: 500}}")
    before = [one for one in told(documents) if "no record can meet" in one]
    assert len(before) == 1 and before[0].startswith("roles/seller.yml")


def test_a_form_that_leaves_out_what_the_office_asks_for_is_told_in_its_document():
    documents = shipped()
    assert "short_name" in documents["entities/customer.yml"]
    lines = documents["entities/customer.yml"].splitlines(keepends=True)
    form = next(number for number, line in enumerate(lines) if line.startswith("form:"))
    documents["entities/customer.yml"] = "".join(
        line.replace("short_name, ", "") if number > form else line for number, line in enumerate(lines)
    )
    assert not told(documents)
    documents[CUSTOMER.format("east")] = "fields: {short_name: {required: true}}\n"
    (only,) = told(documents)
    assert only.startswith("offices/east/entities/customer.yml:1") and 'leaves out "short_name"' in only


def test_a_looser_office_below_another_is_refused_in_its_line(ways):
    documents = {**shipped(), CUSTOMER.format("shanghai"): "fields: {employees: {max: 1000}}\n"}
    documents[CUSTOMER.format("pudong")] = "fields:\n  employees:\n    max: 5000\n"
    assert not told(documents), "side by side each is tighter than the base"
    ways(("shanghai",), ("shanghai", "pudong"))
    (only,) = told(documents)
    assert only.startswith("offices/pudong/entities/customer.yml:3 fields.employees.max: an office may narrow a range")
    assert 'an office above says so: "offices/shanghai/entities/customer.yml"' in only
    ways(
        ("pudong", "shanghai"),
    )
    assert not told(documents), "the tighter one may stand below"


def test_limits_that_meet_only_in_an_office_below_are_told_once_and_there(ways):
    documents = {**shipped(), CUSTOMER.format("shanghai"): "fields: {employees: {min: 50}}\n"}
    documents[CUSTOMER.format("pudong")] = "fields: {employees: {max: 20}}\n"
    documents[CUSTOMER.format("lujiazui")] = "label: {zh: 客商}\n"
    ways(("shanghai",), ("shanghai", "pudong"), ("shanghai", "pudong", "lujiazui"))
    (only,) = told(documents)
    assert only.startswith("offices/pudong/entities/customer.yml:1") and "min is greater than max" in only
