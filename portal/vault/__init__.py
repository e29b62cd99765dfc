"""What is sealed at rest: data keys, sealed values, and the blind marks by which equal ones are found."""

from portal.vault import boxes as boxes
from portal.vault import keyring, past, places
from portal.vault.boxes import SealedJson as SealedJson
from portal.vault.column import OpeningText as OpeningText
from portal.vault.column import SealedText
from portal.vault.keyring import Unreadable
from portal.vault.sealing import seal, unseal

__all__ = ["SealedText", "Unreadable", "keyring", "past", "places", "seal", "unseal"]
