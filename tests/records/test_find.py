"""Finding: Chinese, pinyin, initials, phone tails, surnames; and nothing one may not see."""

import pytest

from portal import jobs, records
from portal.extensions import db, transaction
from portal.records import token_index
from portal.records.highlight import highlight
from portal.records.token_index import SearchEntry
from portal.records.tokens import answers, question, tokens
from portal.security import SYSTEM

NAME = "深圳市腾讯计算机系统有限公司"


@pytest.mark.parametrize(
    "asked",
    [
        "腾讯",
        "腾",
        "腾讯计算机",
        "tx",
        "txjsj",
        "szstx",
        "tengxun",
        "tengx",
        "深圳 腾讯",
        "深圳 tx",
        "TengXun",
        "有限公司",
    ],
)
def test_a_name_is_found_by_its_characters_and_its_sound(asked):
    assert answers(question(asked), tokens(NAME))


@pytest.mark.parametrize("asked", ["阿里", "讯腾", "xt腾讯x", "txq", "xunteng", "qq", "8000", ""])
def test_a_name_is_not_found_by_anything_else(asked):
    assert not answers(question(asked), tokens(NAME))


@pytest.mark.parametrize(
    ("name", "asked"),
    [("单雄信", "shan"), ("单雄信", "sxx"), ("单雄信", "dan"), ("曾国藩", "zgf"), ("曾国藩", "zeng"), ("仇英", "qiuy"),
     ("解缙", "xie"), ("尉迟恭", "yuchi"), ("查良镛", "zha"), ("万俟卨", "mq")],
)  # fmt: skip
def test_surnames_are_found_as_they_are_spoken(name, asked):
    assert answers(question(asked), tokens(name))


@pytest.mark.parametrize(
    "asked", ["8000", "138000", "13800138000", "+86 138 0013 8000", "138 0013 8000", "138", "1380"]
)
def test_a_phone_is_found_by_its_beginning_and_its_tail(asked):
    assert answers(question(asked), tokens("+8613800138000"))


def test_numbers_and_words_are_found_by_their_beginning():
    assert answers(question("T-0000"), tokens("T-000042"))
    assert answers(question("manu"), tokens("Manufacturing Ltd"))
    assert answers(question("ltd manuf"), tokens("Manufacturing Ltd"))
    assert not answers(question("facturing"), tokens("Manufacturing Ltd"))


def test_both_engines_find_the_same(people, make):
    tencent = make("customer", by=people.alice, name=NAME, phone="13800138000")
    other = make("customer", by=people.alice, name="腾讯大厦物业", phone="13912345678")
    contact = make("contact", by=people.alice, name="单雄信", customer=tencent.id, phone="13700007777")

    def found(text, person=people.alice):
        return [(hit.entity.key, hit.id) for hit in records.finder.find(text, person)]

    assert found("腾讯") == [("customer", other.id), ("customer", tencent.id)]  # the beginning before the middle
    assert found("tx") == [("customer", other.id), ("customer", tencent.id)]
    assert found("8000") == [("customer", tencent.id)]
    assert found("txjsj 8000") == [("customer", tencent.id)]
    assert found("shan") == [("contact", contact.id)]
    assert found("单") == [("contact", contact.id)]
    assert found("腾讯", people.charlie) == []
    assert found("没有") == found("!!!") == found("") == found("'\"*:&|()") == []


def test_where_few_answer_the_same_is_found_as_where_many_do(people, make, monkeypatch):
    """Kinds share names of columns, so that one kind's mark may be another's; each keeps to its own fields."""
    tencent = make("customer", by=people.alice, name=NAME, phone="13800138000")
    make("customer", by=people.bob, name="腾讯大厦物业", phone="13912345678")
    make("contact", by=people.alice, name="单雄信", customer=tencent.id, phone="13700007777", email="dan@example.com")
    make("order", by=people.alice, customer=tencent.id, number="8000-腾讯", ordered_on="2026-01-01", amount=1)
    texts = ("腾讯", "tx", "8000", "7777", "单", "dan", "txjsj 8000", "example", "没有", "1")
    readers = (people.alice, people.bob, people.charlie, people.mary, people.admin)

    def found():
        told = [records.finder.find(text, person) for text in texts for person in readers]
        return [[(hit.entity.key, hit.id, hit.text) for hit in hits] for hits in told]

    few = found()
    assert {key for hits in few for key, _, _ in hits} == {"customer", "contact", "order"}
    for most in (0, 2):
        monkeypatch.setattr(token_index, "FEW", most)
        assert found() == few


def test_results_say_what_matched(people, make):
    make("customer", by=people.alice, name=NAME, phone="13800138000")
    (hit,) = records.finder.find("8000", people.alice)
    assert [piece.text for piece in hit.detail if piece.is_hit] == ["8000"]
    assert hit.text == NAME
    assert [piece.text for piece in highlight(NAME, "txjsj") if piece.is_hit] == ["腾讯计算机"]
    assert [piece.text for piece in highlight(NAME, "tengxun 有限") if piece.is_hit] == ["腾讯", "有限"]
    assert "".join(piece.text for piece in highlight(NAME, "讯 x y")) == NAME


def test_the_index_follows_every_change(people, make):
    customer = make("customer", by=people.alice, name="腾讯")
    changed = records.save(customer, {"name": "阿里巴巴"}, by=people.alice)
    assert records.finder.find("腾讯", people.alice) == []
    assert [hit.id for hit in records.finder.find("albb", people.alice)] == [customer.id]
    records.archive(changed, by=people.alice)
    assert records.finder.find("阿里", people.alice) == []


def test_masked_fields_answer_nobody_who_may_not_read_them(people, make):
    make("customer", by=people.alice, name="腾讯", phone="13800138000")
    assert len(records.finder.find("8000", people.alice)) == 1
    assert records.finder.find("8000", people.mary) == []
    assert len(records.finder.find("腾讯", people.mary)) == 1
    assert len(records.search("customer", people.mary, text="8000")) == 0
    assert len(records.search("customer", people.alice, text="8000")) == 1
    assert len(records.search("customer", people.mary, text="tx")) == 1


def test_the_job_rebuilds_the_index(people, make):
    customer = make("customer", by=people.alice, name="腾讯")
    with transaction():
        db.session.execute(db.delete(SearchEntry))
    assert records.finder.find("腾讯", people.alice) == []
    with transaction():
        job = jobs.enqueue("records.tokens", by=SYSTEM)
        job_id = job.id
    jobs.run_now(job_id)
    assert [hit.id for hit in records.finder.find("腾讯", people.alice)] == [customer.id]


def test_a_frequent_word_finds_the_same_in_another_way(app, people, make):
    from portal.records import frequent

    kept = [make("customer", by=people.alice, name=f"科技{number}") for number in range(12)]
    before = [hit.id for hit in records.finder.find("科技", people.alice, limit=30)]
    assert sorted(before) == sorted(one.id for one in kept)
    db.session.commit()
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(db.text("ANALYZE search_entry"))
        app.extensions.pop("frequent_tokens", None)
        assert {"科技", "@customer"} <= frequent.tokens()
    assert [hit.id for hit in records.finder.find("科技", people.alice, limit=30)] == before
