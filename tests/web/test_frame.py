"""The frame of a page: what is drawn once for many people holds nothing of one, and nobody sees that of others."""

import re
from pathlib import Path

import pytest

import portal
from portal import schema
from portal.blueprints import engine
from portal.extensions import db
from portal.schema import directory, releases
from portal.security import SYSTEM, Office, offices
from portal.security.models import PersonRole

TEMPLATES = Path(portal.__file__).parent / "templates"
pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"])


def menu(client, address: str = "/") -> str:
    """The left navigation and the menu of the "New" button."""
    page = client.get(address).text
    new = page.partition("topbar-new")[2].partition("</details>")[0]
    return page.partition('<nav class="nav-side"')[2].partition("</nav>")[0] + new


def hold(person, *roles: str) -> None:
    person.roles = [PersonRole(role_key=role) for role in roles]
    db.session.commit()


def test_everybody_sees_the_menu_of_their_roles(people, as_) -> None:
    """Each asks twice, after the others: what was kept for one is given to nobody else."""
    told = {}
    for _again in range(2):
        for person in (people.admin, people.alice, people.erin):
            told.setdefault(person.name, set()).add(menu(as_(person)))
    assert [len(menus) for menus in told.values()] == [1, 1, 1]
    assert len({text for menus in told.values() for text in menus}) == 3
    hold(people.alice, "admin")
    assert menu(as_(people.alice)) in told[people.admin.name]


def test_everybody_sees_the_menu_in_their_language(people, as_) -> None:
    english = menu(as_(people.alice))
    people.alice.locale = "zh"
    db.session.commit()
    assert "Customers" in english and "客户" in menu(as_(people.alice))
    people.bob.locale = "en"
    hold(people.bob, *people.alice.role_keys)
    assert menu(as_(people.bob)) == english


def test_a_menu_is_that_of_the_release_and_of_the_office(people, as_) -> None:
    before = menu(as_(people.alice))
    text = "label: {zh: 月客, en: Moon guest}\nplural: {zh: 月客, en: Moon guests}\n"
    moon = Office(key="moon", name="Moon")
    offices.save_office(moon, {"key": "moon", "name": "Moon"}, by=people.admin)
    people.bob.office_id, people.bob.team_id = moon.id, None
    hold(people.bob, *people.alice.role_keys)
    shipped = directory.load()
    releases.publish({**shipped, "offices/moon/entities/customer.yml": text}, by=SYSTEM, note="", expected_release=1)
    db.session.commit()
    assert "Moon guests" in menu(as_(people.bob)) and "Moon guest" not in menu(as_(people.alice))
    customer = shipped["entities/customer.yml"].replace("Customers", "Clients")
    releases.publish({**shipped, "entities/customer.yml": customer}, by=SYSTEM, note="", expected_release=2)
    db.session.commit()
    assert "Clients" in menu(as_(people.alice)) and "Customers" in before


def test_the_entry_of_the_page_is_marked(people, as_) -> None:
    client = as_(people.alice)
    for address in ("/customers", "/orders", "/customers?q=x", "/"):
        marked = re.findall(r'href="([^"]*)" aria-current="page"', menu(client, address))
        assert marked == [address.partition("?")[0]]


def test_a_piece_for_many_asks_nothing_of_one(app, monkeypatch) -> None:
    source = app.jinja_env.from_string("{{ asked() }}")
    monkeypatch.setattr(app.jinja_env, "get_template", lambda name: app.jinja_env.from_string(f"{{{{ {name}() }}}}"))
    with app.test_request_context():
        assert source.render(asked=lambda: "told") == "told"
        for name in engine.NOBODY:
            with pytest.raises(TypeError, match="NoneType"):
                engine.drawn(name)


def test_what_is_drawn_for_many_names_nobody(app) -> None:
    sources = {str(path.relative_to(TEMPLATES)): path.read_text() for path in TEMPLATES.rglob("*.html")}
    shared = set(re.findall(r'shared\("([^"]*)"\)', "".join(sources.values())))
    assert shared == {f"layouts/{name}.html" for name in ("keys", "styles", "scripts")}
    personal = re.compile(r"person|csrf|nonce|session|request|unread|once_key")
    for name in (*shared, "layouts/navigation.html", "layouts/creating.html"):
        assert not personal.search(sources[name].partition("#}")[2]), name


def test_what_a_catalogue_remembers_is_bounded(app, monkeypatch) -> None:
    monkeypatch.setattr("portal.schema.catalog.MOST", 3)
    catalog = schema.Catalog()
    assert [catalog.remembered(number, lambda number=number: number) for number in (1, 1, 2, 3, 4)] == [1, 1, 2, 3, 4]
    assert len(catalog.answers) == 1
