"""Which stores there are, and which of them takes new files."""

from typing import cast

from flask import current_app

from portal.settings import Settings
from portal.storage.bucket import Bucket
from portal.storage.folder import Folder
from portal.storage.store import Store

KEYS = ("folder", "s3")


def store_of(key: str) -> Store:
    """The store of that key, one for each application: a client of S3 keeps its connections."""
    made = cast("dict[str, Store]", current_app.extensions.setdefault("stores", {}))
    if key not in made:
        settings: Settings = current_app.config["PORTAL"]
        made[key] = Bucket(settings) if key == Bucket.key else Folder(settings.instance / "files")
    return made[key]


def chosen() -> Store:
    """The store that the settings choose for new files."""
    return store_of(current_app.config["PORTAL"].files)
