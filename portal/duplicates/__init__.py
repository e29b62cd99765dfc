"""Records that are there twice: found, shown while typing, reviewed, merged, and parted again."""

from portal.duplicates import carrying, finding, hints, index, merging, parting, queue

__all__ = ["carrying", "finding", "hints", "index", "merging", "parting", "queue"]
