"""Signing in: nobody learns who exists, five wrong passwords lock, sessions end (S14)."""

import time
from datetime import timedelta

import pytest
import time_machine

from portal import clock
from portal.audit import AuditLine
from portal.errors import Conflict
from portal.extensions import db
from portal.security import SYSTEM, people
from portal.security.passwords import hashed

SECRET = "correct horse 42"


@pytest.fixture
def alice(people):
    people.alice.password_hash = hashed(SECRET)
    db.session.commit()
    return people.alice


def test_right_password_opens_a_session(app, alice) -> None:
    token = people.sign_in(" ALICE ", SECRET)
    assert people.find_session(token).person is alice


@pytest.mark.parametrize("username", ["alice", "nobody"])
def test_five_wrong_passwords_lock_known_and_unknown_names_alike(app, alice, username) -> None:
    for _attempt in range(5):
        assert people.sign_in(username, "wrong") is None
    with pytest.raises(Conflict):
        people.sign_in(username, SECRET)


def test_a_lock_ends_by_itself(app, alice) -> None:
    for _attempt in range(5):
        people.sign_in("alice", "wrong")
    with time_machine.travel(clock.now() + timedelta(minutes=16)):
        assert people.sign_in("alice", SECRET)


def test_a_lock_ends_with_a_new_password(app, alice) -> None:
    for _attempt in range(5):
        people.sign_in("alice", "wrong")
    password = people.reset_password(alice, by=SYSTEM)
    assert people.sign_in("alice", password)


def test_success_forgets_the_wrong_ones(app, alice) -> None:
    for _round in range(3):
        for _attempt in range(4):
            people.sign_in("alice", "wrong")
        assert people.sign_in("alice", SECRET)


def test_one_address_may_not_try_all_names(app) -> None:
    for number in range(100):
        people.sign_in(f"name{number}", "wrong", address="192.0.2.1")
    with pytest.raises(Conflict):
        people.sign_in("somebody", "wrong", address="192.0.2.1")


def test_a_typed_name_is_not_kept(app, alice) -> None:
    people.sign_in("my-secret-typed-in-the-wrong-field", "x")
    db.session.flush()
    line = db.session.query(AuditLine).filter_by(action="person.sign_in_refused").one()
    assert "secret" not in f"{line.by_name}{line.data}{line.reason}"


def test_known_and_unknown_names_take_the_same_time(app, alice, settings) -> None:
    # Real hashing cost: with the cheap one of the tests there is nothing to measure.
    object.__setattr__(settings, "argon2", "19456,2,1")
    alice.password_hash = hashed(SECRET)
    object.__setattr__(settings, "lock_after", 1000)
    people.sign_in("nobody", "warm the decoy up")
    rounds = [(_seconds("alice"), _seconds("nobody")) for _round in range(9)]
    known, unknown = map(min, zip(*rounds, strict=True))  # whatever else the machine does only ever adds
    assert abs(known - unknown) / max(known, unknown) < 0.25


def _seconds(username: str) -> float:
    begun = time.process_time()
    people.sign_in(username, "wrong password")
    return time.process_time() - begun


def test_a_disabled_person_is_out_at_the_next_request(app, people, as_) -> None:
    browser = as_(people.alice)
    assert browser.get("/me").status_code == 200
    from portal.security import people as room

    room.disable(people.alice, by=people.admin)
    assert browser.get("/me").status_code == 303
    assert room.sign_in("alice", SECRET) is None


def test_sessions_end_when_idle_and_when_old(app, alice) -> None:
    token = people.open_session(alice)
    db.session.commit()
    with time_machine.travel(clock.now() + timedelta(minutes=481)):
        assert people.find_session(token) is None
    start, token = clock.now(), people.open_session(alice)
    db.session.commit()
    for hours in range(7, 168, 7):
        with time_machine.travel(start + timedelta(hours=hours)):
            assert people.find_session(token)
    with time_machine.travel(start + timedelta(hours=169)):
        assert people.find_session(token) is None


def test_a_person_has_only_so_many_sessions(app, alice) -> None:
    tokens = [people.open_session(alice) for _device in range(12)]
    assert [people.find_session(token) is not None for token in tokens] == [False] * 2 + [True] * 10


def test_the_database_holds_no_token(app, alice) -> None:
    token = people.open_session(alice)
    row = people.find_session(token)
    assert token not in "".join(str(getattr(row, column.key)) for column in row.__table__.columns)


def test_changing_the_password_ends_the_other_sessions(app, alice) -> None:
    here, there = people.open_session(alice), people.open_session(alice)
    people.change_password(alice, SECRET, "another long one", keep=here)
    assert people.find_session(here)
    assert people.find_session(there) is None


def test_a_one_time_password_holds_three_days(app, alice) -> None:
    password = people.reset_password(alice, by=SYSTEM)
    with time_machine.travel(clock.now() + timedelta(days=4)):
        assert people.sign_in("alice", password) is None


def test_an_old_hash_is_renewed_at_sign_in(app, alice, settings) -> None:
    before = alice.password_hash
    object.__setattr__(settings, "argon2", "16,2,1")
    assert people.sign_in("alice", SECRET)
    assert alice.password_hash != before
