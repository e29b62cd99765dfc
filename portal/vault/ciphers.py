"""The two ciphers: AES-256-GCM (NIST SP 800-38D) and SM4-GCM (GB/T 32907-2016, GB/T 36624-2018)."""

import os
from abc import ABC, abstractmethod

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher as Machine
from cryptography.hazmat.primitives.ciphers import algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE, TAG = 12, 16  # bytes; a random nonce allows 2^32 values under one key


class Broken(Exception):
    """The bytes were changed, moved to another place, or sealed with another key."""


class Cipher(ABC):
    """Seals bytes for one place; what comes out is nonce, text and tag."""

    @abstractmethod
    def seal(self, plain: bytes, place: bytes) -> bytes:
        """The sealed bytes, other ones each time."""

    @abstractmethod
    def open(self, sealed: bytes, place: bytes) -> bytes:
        """The plain bytes again; raises Broken."""


class Aes(Cipher):
    """AES-256-GCM."""

    def __init__(self, key: bytes) -> None:
        self.machine = AESGCM(key)

    def seal(self, plain: bytes, place: bytes) -> bytes:
        nonce = os.urandom(NONCE)
        return nonce + self.machine.encrypt(nonce, plain, place)

    def open(self, sealed: bytes, place: bytes) -> bytes:
        try:
            return self.machine.decrypt(sealed[:NONCE], sealed[NONCE:], place)
        except (InvalidTag, ValueError) as problem:
            raise Broken from problem


class Sm4(Cipher):
    """SM4-GCM; of the 32 bytes of a key the first 16 are taken, for SM4 has no longer ones."""

    def __init__(self, key: bytes) -> None:
        self.algorithm = algorithms.SM4(key[:16])

    def seal(self, plain: bytes, place: bytes) -> bytes:
        nonce = os.urandom(NONCE)
        machine = Machine(self.algorithm, modes.GCM(nonce)).encryptor()
        machine.authenticate_additional_data(place)
        return nonce + machine.update(plain) + machine.finalize() + machine.tag

    def open(self, sealed: bytes, place: bytes) -> bytes:
        try:
            machine = Machine(self.algorithm, modes.GCM(sealed[:NONCE], sealed[-TAG:])).decryptor()
            machine.authenticate_additional_data(place)
            return machine.update(sealed[NONCE:-TAG]) + machine.finalize()
        except (InvalidTag, ValueError) as problem:
            raise Broken from problem


CIPHERS: dict[str, type[Aes | Sm4]] = {"aes-256-gcm": Aes, "sm4-gcm": Sm4}
"""By the word of the setting PORTAL_CIPHER."""
