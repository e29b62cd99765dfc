"""Saved views: mine, and what others share."""

import pytest

from portal.errors import Forbidden, Invalid, NotFound
from portal.records import views


def test_a_view_is_mine_until_i_share_it(people, app):
    mine = views.keep("customer", " 沉睡  客户 ", {"f.status": ["dormant"]}, people.alice)
    assert [view.name for view in views.views("customer", people.alice)] == ["沉睡 客户"]
    assert views.views("customer", people.bob) == []
    with pytest.raises(NotFound):
        views.drop(mine.id, people.bob)
    again = views.keep("customer", "沉睡 客户", {"f.status": ["lost"]}, people.alice, shared=True)
    assert again.id == mine.id
    assert [view.query for view in views.views("customer", people.bob)] == [{"f.status": ["lost"]}]
    with pytest.raises(Forbidden):
        views.drop(mine.id, people.bob)
    views.drop(mine.id, people.alice)
    assert views.views("customer", people.alice) == []


def test_a_view_needs_a_name_and_the_list(people, app):
    with pytest.raises(Invalid):
        views.keep("customer", "  ", {}, people.alice)
    with pytest.raises(NotFound):
        views.keep("nothing", "A", {}, people.alice)
