"""The link in a letter: signed, for one record and one purpose, until a day, and for one answer."""

from dataclasses import dataclass
from hashlib import sha256

from flask import current_app
from itsdangerous import BadSignature, Signer

from portal.errors import PortalError
from portal.letters.letter import Letter


class Closed(PortalError):
    """A link that opens nothing; `reason` is used, ended or withdrawn, or unknown for one that is not ours."""

    status = 410

    def __init__(self, reason: str = "unknown") -> None:
        super().__init__()
        self.reason = reason
        self.status = 404 if reason == "unknown" else 410


@dataclass(frozen=True)
class Links:
    """The links of one kind of letters: `path` is the first word of their addresses, `salt` keeps them apart."""

    path: str
    salt: str

    def token(self, one: Letter) -> str:
        """What stands for the link in its address; nobody can guess another's."""
        return self._signer().sign(f"{one.id}-{one.nonce}").decode("ascii")

    def address(self, one: Letter) -> str:
        """The whole address, for the letter."""
        return f"{current_app.config['PORTAL'].base_url}/{self.path}/{self.token(one)}"

    def read(self, text: str) -> tuple[int, str]:
        """Id and secret of the letter behind a token; raises Closed for a forged one."""
        try:
            id_, _dash, nonce = self._signer().unsign(text).decode("ascii").partition("-")
        except (BadSignature, UnicodeError) as error:
            raise Closed from error
        return int(id_), nonce

    def _signer(self) -> Signer:
        return Signer(current_app.config["SECRET_KEY"], salt=self.salt, digest_method=sha256)
