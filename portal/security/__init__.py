"""Who is here, and what may they see and do: people, their sign-ins, and the policy read from the roles."""

from portal.security import crypto as crypto
from portal.security import people, policy
from portal.security.actors import SYSTEM, Actor
from portal.security.models import Office, Person, Team

__all__ = ["SYSTEM", "Actor", "Office", "Person", "Team", "people", "policy"]
