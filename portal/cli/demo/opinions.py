"""A survey that was sent some weeks ago, with what customers answered."""

import random
import secrets
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from portal import surveys
from portal.cli.demo.world import Customer, World
from portal.extensions import db
from portal.schema import Questionnaire, current

LETTERS, SHARE = 160, 0.4
REMARKS = (
    "交货比以前快多了，继续保持。",
    "希望能提供更多规格可选。",
    "客户经理响应及时，合作愉快。",
    "发票寄送有点慢。",
    "价格比同行略高，但质量放心。",
)
WRONG = ("price", "quality", "delivery", "service")


def make(world: World) -> None:
    """Store the letters and their answers, by a chance of their own."""
    questionnaire = current().questionnaires.get("satisfaction")
    if questionnaire is None:
        return
    rng = random.Random("opinions")
    known = [one for one in world.customers if one.row["email"] and one.purchases]
    for customer in rng.sample(known, LETTERS):
        _ask(world, rng, questionnaire, customer)


def _ask(world: World, rng: random.Random, questionnaire: Questionnaire, customer: Customer) -> None:
    sent = world.at(world.today - timedelta(days=rng.randint(16, 60)))
    letter = surveys.SurveyLetter(
        document=questionnaire.noun.key,
        entity=questionnaire.noun.on,
        record_id=customer.id,
        address=customer.row["email"],
        nonce=secrets.token_urlsafe(16),
        state="sent",
        by_id=customer.owner.id,
        at=sent,
        sent_at=sent,
        ends_at=sent + questionnaire.noun.expires,
    )
    db.session.add(letter)
    db.session.flush()
    if rng.random() < SHARE:
        answers = dict(_answers(rng))
        letter.opened_at = sent + timedelta(hours=rng.randint(1, 70))
        known = {key: value for key, value in answers.items() if key in questionnaire.sheet.fields}
        surveys.answering.keep(letter, questionnaire, known, letter.opened_at + timedelta(minutes=2))


def _answers(rng: random.Random) -> Iterator[tuple[str, Any]]:
    mark = rng.choices(range(11), weights=(1, 0, 1, 1, 1, 3, 4, 9, 16, 18, 12))[0]
    yield "recommend", mark
    yield "satisfaction", max(1, min(5, round(mark / 2) + rng.choice((0, 0, 0, 1))))
    if mark < 7:
        yield "wrong", tuple(rng.sample(WRONG, rng.randint(1, 2)))
        yield "call_back", rng.random() < 0.5
    if rng.random() < 0.35:
        yield "remark", rng.choice(REMARKS)
