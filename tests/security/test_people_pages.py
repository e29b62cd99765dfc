"""People, offices and teams, kept in the browser."""

import re

import pytest

from portal.audit import AuditLine
from portal.extensions import db
from portal.security import Office, Person, Team
from portal.security import people as room


@pytest.fixture
def admin(app, people, as_):
    app.config["WTF_CSRF_ENABLED"] = False
    return as_(people.admin)


def test_a_new_person_gets_a_one_time_password(admin, app) -> None:
    form = {"username": "Zhang.Wei", "name": "张伟", "email": "", "locale": "zh", "roles": ["seller", "agent"]}
    page = admin.post("/people/new", data=form)
    added = room.find("zhang.wei")
    assert added.role_keys == ("agent", "seller")
    secret = page.text.split('<code class="secret">')[1].split("<")[0]
    assert room.sign_in("zhang.wei", secret)
    assert secret not in admin.get(f"/people/{added.id}").text


@pytest.mark.parametrize("username", ["alice", "ALICE", "a b", "<x>", "x" * 61])
def test_taken_and_malformed_user_names_are_refused(admin, username) -> None:
    before = db.session.query(Person).count()
    answer = admin.post("/people/new", data={"username": username, "name": "x", "locale": "zh"})
    assert answer.status_code == 422
    assert db.session.query(Person).count() == before


def test_a_team_decides_the_office(admin, people) -> None:
    form = {"name": "Erin", "email": "", "locale": "zh", "team_id": people.charlie.team_id, "roles": ["agent"]}
    assert admin.post(f"/people/{people.erin.id}", data=form).status_code == 303
    assert people.erin.office_id == people.charlie.office_id


def test_changes_are_audited_with_before_and_after(admin, people) -> None:
    form = {"name": "Robert", "email": "", "locale": "en", "team_id": people.bob.team_id, "roles": ["seller"]}
    admin.post(f"/people/{people.bob.id}", data=form)
    line = db.session.query(AuditLine).filter_by(action="person.changed", record_id=people.bob.id).one()
    assert line.data["changes"]["name"] == ["Bob", "Robert"]


def test_nobody_disables_oneself(admin, people) -> None:
    assert admin.post(f"/people/{people.admin.id}/suspension").status_code == 409
    assert people.admin.active


def test_disable_and_let_in_again(admin, people, as_) -> None:
    bob = as_(people.bob)
    assert admin.post(f"/people/{people.bob.id}/suspension").status_code == 303
    assert bob.get("/me").status_code == 303
    assert admin.post(f"/people/{people.bob.id}/suspension/end").status_code == 303
    assert people.bob.active


def test_the_list_is_filtered(admin) -> None:
    assert "charlie" not in admin.get("/people/?q=ali").text
    assert "alice" not in admin.get("/people/?state=disabled").text
    piece = admin.get("/people/?role=agent", headers={"HX-Request": "true", "HX-Target": "roster"}).text
    assert "erin" in piece
    assert "<html" not in piece
    assert "alice" not in piece


def test_offices_and_teams_are_kept(admin) -> None:
    form = {"name": "成都高新", "key": "chengdu_gx", "zone": "Asia/Shanghai", "parent_id": ""}
    assert admin.post("/people/offices/new", data=form).status_code == 303
    office = db.session.query(Office).filter_by(key="chengdu_gx").one()
    assert admin.post("/people/offices/new", data=form).status_code == 422
    team = {"name": "一组", "key": "gx_1", "office_id": office.id, "lead_id": ""}
    assert admin.post("/people/teams/new", data=team).status_code == 303
    assert db.session.query(Team).filter_by(key="gx_1").one().office_id == office.id
    assert "成都高新" in admin.get("/people/offices").text


def test_an_office_stands_not_above_itself(admin) -> None:
    upper, lower = (db.session.query(Office).filter_by(key=key).one() for key in ("shanghai", "chengdu"))
    lower.parent_id = upper.id
    db.session.commit()
    form = {"name": upper.name, "key": upper.key, "zone": "Asia/Shanghai", "parent_id": lower.id}
    assert admin.post(f"/people/offices/{upper.id}", data=form).status_code == 422


def test_roles_are_shown(admin) -> None:
    assert admin.get("/people/roles").status_code == 200


def test_system_tables_speak_in_words(admin) -> None:
    page = admin.get("/admin/person_role/").text
    assert re.search(r">\s*Administrator\s*</td>", page)
    assert not re.search(r">\s*admin\s*</td>", page)


@pytest.mark.parametrize("who", ["alice", "dora", "erin", "mary", "charlie"])
@pytest.mark.parametrize("address", ["/people/", "/people/new", "/people/1", "/audit", "/admin/", "/admin/person/"])
def test_others_may_not(people, as_, who, address) -> None:
    if who == "dora" and address == "/audit":
        pytest.skip("managers may be given the audit log")
    assert as_(getattr(people, who)).get(address).status_code in (403, 404)
