"""The database of a peer's project, as the bench names it in the environment."""

import os

_HOST = os.environ.get("PEER_HOST")
_SERVER = {"ENGINE": "django.db.backends.postgresql", "HOST": _HOST, "PORT": "5432"}
_SERVER["USER"] = os.environ.get("PEER_OWNER")
_FILE = {"ENGINE": "django.db.backends.sqlite3"}
DATABASES = {"default": {"NAME": os.environ["PEER_DATABASE"], **(_SERVER if _HOST else _FILE)}}
