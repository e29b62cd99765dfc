"""Good worlds load; broken worlds give exactly the messages their `expected.txt` names."""

from pathlib import Path

import pytest

from portal.schema.check import check
from portal.schema.directory import SHIPPED, load

WORLDS = Path(__file__).parents[1] / "worlds"


@pytest.mark.parametrize("world", [SHIPPED, *sorted((WORLDS / "good").iterdir())], ids=lambda world: world.name)
def test_a_good_world_loads(world):
    assert [str(problem) for problem in check(load(world)).problems] == []


@pytest.mark.parametrize("world", sorted((WORLDS / "broken").iterdir()), ids=lambda world: world.name)
def test_a_broken_world_tells_all_that_is_wrong(world):
    documents = {f"{file.parent.name}/{file.name}": file.read_text("utf-8") for file in world.glob("*/*.yml")}
    told = [str(problem) for problem in check(documents).problems]
    assert told == (world / "expected.txt").read_text("utf-8").splitlines()
