"""Offices, teams and people of the demo."""

import random
from dataclasses import dataclass

from portal.cli.demo import words
from portal.security import SYSTEM, Office, Person, Team, people

# key, name, what its teams are called, and the regions its sellers care for
BRANCHES = (
    ("shanghai", "上海分公司", ("east",)),
    ("beijing", "北京分公司", ("north", "northeast")),
    ("shenzhen", "深圳分公司", ("south", "central")),
    ("chengdu", "成都分公司", ("southwest", "northwest")),
)
LOGINS = {  # user name → name, role, team of the first branch (None: the branch itself)
    "admin": ("高远", "admin", None),
    "manager": ("周明慧", "manager", 0),
    "seller": ("林晓东", "seller", 0),
    "agent": ("苏雅琴", "agent", None),
    "marketer": ("江诗语", "marketer", None),
}
SELLERS_IN_TEAM = 3


@dataclass(frozen=True)
class Staff:
    """Who works where: sellers by region, agents by office, and those who can sign in."""

    sellers: dict[str, list[Person]]
    agents: dict[int, Person]
    marketer: Person
    logins: list[dict[str, str]]


class Namer:
    """Invents names of people, each once."""

    def __init__(self, rng: random.Random) -> None:
        self.rng, self.used = rng, {name for name, _role, _team in LOGINS.values()}

    def __call__(self) -> str:
        while True:
            given = "".join(self.rng.choice(words.GIVEN) for _ in range(self.rng.choice((1, 2, 2, 2))))
            name = self.rng.choice(words.SURNAMES) + given
            if name not in self.used and len(set(name)) == len(name):
                self.used.add(name)
                return name


def hire(password: str, rng: random.Random) -> Staff:
    """Open the offices and let everybody in; only the log-ins know their password."""
    namer = Namer(rng)
    head = people.save_office(Office(), {"key": "head_office", "name": "总部"}, by=SYSTEM)
    sellers: dict[str, list[Person]] = {}
    agents: dict[int, Person] = {}
    logins: dict[str, Person] = {}
    for place, (key, name, regions) in enumerate(BRANCHES):
        office = people.save_office(Office(), {"key": key, "name": name, "parent_id": head.id}, by=SYSTEM)
        teams = [_team(office, key, number) for number in (1, 2)]
        if place == 0:
            logins = _log_ins(password, head, office, teams[0])
        found = [logins["seller"]] if place == 0 else []
        for number, team in enumerate(teams):
            count = SELLERS_IN_TEAM - (1 if place == number == 0 else 0)
            found += [_person(f"{key}.s{number + 1}{one + 1}", namer(), "seller", office, team) for one in range(count)]
        boss = logins["manager"] if place == 0 else _person(f"{key}.manager", namer(), "manager", office, teams[0])
        for team in teams:
            team.lead_id = boss.id
        agents[office.id] = logins["agent"] if place == 0 else _person(f"{key}.agent", namer(), "agent", office, None)
        sellers.update(dict.fromkeys(regions, found))
    roles = {username: role for username, (_name, role, _team) in LOGINS.items()}
    shown = [{"username": key, "name": person.name, "role": roles[key]} for key, person in logins.items()]
    return Staff(sellers, agents, logins["marketer"], shown)


def _team(office: Office, key: str, number: int) -> Team:
    values = {
        "key": f"{key}_sales_{number}",
        "name": f"{office.name[:2]}销售{'一二'[number - 1]}组",
        "office_id": office.id,
    }
    return people.save_team(Team(), values, by=SYSTEM)


def _log_ins(password: str, head: Office, office: Office, team: Team) -> dict[str, Person]:
    found = {}
    for username, (name, role, place) in LOGINS.items():
        home = head if role == "admin" else office
        found[username] = _person(username, name, role, home, team if place is not None else None, password)
    return found


def _person(
    username: str, name: str, role: str, office: Office, team: Team | None, password: str | None = None
) -> Person:
    values = {
        "username": username,
        "name": name,
        "email": f"{username}@kehu.example.com",
        "office_id": office.id,
        "team_id": team.id if team else None,
        "roles": [role],
        "locale": "zh",
    }
    return people.add(values, by=SYSTEM, password=password)
