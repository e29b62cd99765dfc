"""Where the bytes of files lie: under their checksum, in a folder or in a bucket of S3-compatible storage."""

from portal.storage.folder import Folder
from portal.storage.store import Absent, Blob, Store
from portal.storage.stores import KEYS, chosen, store_of

__all__ = ["KEYS", "Absent", "Blob", "Folder", "Store", "chosen", "store_of"]
