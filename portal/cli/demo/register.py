"""A company register for the demo: another system that knows some customers otherwise, served on this machine alone."""

import json
import random
import re
import socket
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask import current_app

from portal import clock, providers, records, schema
from portal.cli.demo.world import Customer, World
from portal.cli.register import FILE, HOST
from portal.extensions import db
from portal.security import SYSTEM

KEY = "demo_register"
KNOWN, A_DAY = 60, timedelta(days=1)
DOCUMENT = """\
# 工商登记（演示）: stands in for a real register; `portal up` serves it on this machine while demo data is there.
provider: demo_register
label: {zh: 工商登记（演示）, en: Company register (demo)}
on: customer
match: credit_code
url: "http://%s:%d/companies/{match}"
values:
  name: company.name
  registered_address: company.address
  employees: company.staff
  website: company.site
fill: [website]
refresh: 30 days
"""


def documents() -> dict[str, str]:
    """The document of the register, with a port that is free now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return {f"providers/{KEY}.yml": DOCUMENT % (HOST, probe.getsockname()[1])}


def make(world: World) -> None:
    """Let the register know some customers, ask it about these, and note of the others that it was asked lately."""
    noun = schema.current().providers.get(KEY)
    if noun is None:
        return
    rng = random.Random("register")
    numbered = [one for one in world.customers if one.row.get("credit_code")]
    mine = [one for one in numbered if one.owner.username == "seller"]
    companies = dict(_entries(rng.sample(mine, KNOWN // 3) + rng.sample(numbered, KNOWN), rng))
    for id_, company in companies.values():
        providers.beside.keep(noun, records.fetch("customer", id_, SYSTEM), {"company": company})
    _note(numbered, noun, rng)
    told = {"port": urlsplit(noun.url).port, "companies": {code: one for code, (_id, one) in companies.items()}}
    (current_app.config["PORTAL"].instance / FILE).write_text(json.dumps(told, ensure_ascii=False), "utf-8")


def _entries(customers: list[Customer], rng: random.Random) -> Iterator[tuple[str, tuple[int, dict[str, Any]]]]:
    """Credit code → id and what the register says: mostly the same, now and then newer or known there alone."""
    for one in customers:
        record = records.fetch("customer", one.id, SYSTEM)
        text = {key: record.text(key) for key in ("name", "registered_address")}
        if rng.random() < 0.3:
            text["name"] = text["name"].replace("有限公司", "股份有限公司")
        if rng.random() < 0.3:
            text["registered_address"] = re.sub(r"\d+(?= 号)", str(rng.randint(1, 900)), text["registered_address"])
        staff = record["employees"] if rng.random() < 0.7 else rng.randint(10, 900)
        site = record["website"] or f"https://www.kehu{one.id}.example.com"
        company = {"name": text["name"], "address": text["registered_address"], "staff": staff, "site": site}
        yield str(record["credit_code"]), (one.id, company)


def _note(customers: list[Customer], noun: Any, rng: random.Random) -> None:
    """Spread the next questions over the time after which they are asked again."""
    now = clock.now()
    rows = []
    for one in customers:
        asked_at = now - A_DAY * rng.random() * (noun.refresh / A_DAY - 1)
        about = {"provider": noun.key, "entity": noun.on, "record_id": one.id}
        rows.append({**about, "tries": 0, "answer": "", "asked_at": asked_at, "next_at": asked_at + noun.refresh})
    if rows:
        db.session.execute(sa.insert(providers.OutsideFetch), rows)
