"""Documents on their way to another site: one signed file, whose signature covers every byte of what it holds."""

import base64
import binascii
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from portal.errors import PortalError

FORMAT = "kehu-bundle-1"
MAX_BYTES = 64 * 1024 * 1024


class BundleError(PortalError):
    """The file is no bundle, was changed on its way, or was signed by a key nobody here trusts."""

    status = 422


@dataclass(frozen=True)
class Bundle:
    """All documents of a release of one site; `signer` is the public key that signed it."""

    site: str
    release: int
    at: str  # ISO 8601, UTC
    note: str
    documents: Mapping[str, str]
    signer: str = ""


def pair() -> tuple[str, str]:
    """Return a new private key and its public key, both in base64."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    return _text(private), public_of(_text(private))


def public_of(private: str) -> str:
    """Return the public key of a private one; raises BundleError."""
    return _text(_private(private).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))


def pack(bundle: Bundle, private: str) -> bytes:
    """Return the signed file: a line with key and signature, then what is signed."""
    body = {
        "site": bundle.site,
        "release": bundle.release,
        "at": bundle.at,
        "note": bundle.note,
        "documents": dict(sorted(bundle.documents.items())),
    }
    payload = json.dumps(body, ensure_ascii=False, indent=1).encode()
    head = {"format": FORMAT, "key": public_of(private), "signature": _text(_private(private).sign(payload))}
    return json.dumps(head).encode() + b"\n" + payload


def unpack(data: bytes, trusted: Collection[str]) -> Bundle:
    """Return what a file holds once its signature is right and its key trusted; raises BundleError."""
    head, _, payload = data.partition(b"\n")
    told = _mapping(head)
    signer = str(told.get("key", ""))
    if len(data) > MAX_BYTES or told.get("format") != FORMAT:
        raise BundleError("this is no bundle")
    if signer not in trusted:
        raise BundleError(f"signed by {signer}, which PORTAL_BUNDLE_TRUST does not name")
    try:
        Ed25519PublicKey.from_public_bytes(_bytes(signer)).verify(_bytes(str(told.get("signature", ""))), payload)
    except (InvalidSignature, ValueError) as error:
        raise BundleError("the file was changed after it was signed") from error
    body = _mapping(payload)
    documents = body.get("documents")
    if not isinstance(documents, dict) or not all(isinstance(text, str) for text in documents.values()):
        raise BundleError("this is no bundle")
    facts = [str(body.get(key, "")) for key in ("site", "at", "note")]
    return Bundle(facts[0], int(body.get("release", 0)), facts[1], facts[2], documents, signer)


def _mapping(data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except ValueError as error:
        raise BundleError("this is no bundle") from error
    if not isinstance(found, dict):
        raise BundleError("this is no bundle")
    return found


def _private(text: str) -> Ed25519PrivateKey:
    try:
        return Ed25519PrivateKey.from_private_bytes(_bytes(text))
    except ValueError as error:
        raise BundleError("PORTAL_BUNDLE_KEY: not a key made by `portal schema bundle key`") from error


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
