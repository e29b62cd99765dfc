"""Chance in the tests: the same examples in every run, so that no run fails by what another was spared.

`pytest --hypothesis-profile=chance` draws anew; what it finds becomes an example that every run tries. No profile
has a deadline or minds slow drawing, for both measure the machine and what else runs on it.
"""

import random
import zlib

from hypothesis import HealthCheck, settings

PATIENT = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]}

settings.register_profile("house", derandomize=True, **PATIENT)
settings.register_profile("chance", print_blob=True, **PATIENT)
settings.load_profile("house")


def seed(test: str) -> int:
    """A seed for dice of a test's own: always the same, and another one each time where chance is asked for."""
    if settings.get_current_profile_name() != "chance":
        return zlib.crc32(test.encode())
    drawn = random.SystemRandom().randrange(1 << 32)
    print(f"seed of {test}: {drawn}")
    return drawn
