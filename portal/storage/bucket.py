"""The store of many machines: a bucket of S3-compatible storage, read and written in blocks.

The body of each upload is signed with its SHA-256, so that the server refuses what was harmed on its way.
"""

import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import IO, Any, cast

from portal.errors import PortalError
from portal.file_settings import FileSettings
from portal.storage.store import Absent, Blob, address

PREFIX = "files/"
NAMED = re.compile(rf"{PREFIX}(?P<folder>[0-9a-f]{{2}})/(?P<digest>(?P=folder)[0-9a-f]{{62}})")
MISSING = ("404", "NoSuchKey", "NotFound")
SECONDS = 10
TRIES = 4


class Bucket:
    """Objects named by their checksum; the client is made when first needed, for it costs time to load."""

    key = "s3"

    def __init__(self, settings: FileSettings) -> None:
        self.settings = settings

    @cached_property
    def client(self) -> Any:
        """The client of the library."""
        try:
            import boto3
            from botocore.config import Config
        except ImportError:
            raise PortalError("S3 storage needs one library more: pip install 'kehu[s3]'") from None
        if not self.settings.s3_bucket:
            raise PortalError("S3_BUCKET is not set")
        key_id, key = self.settings.s3_keys
        style = "path" if self.settings.s3_path_style else "virtual"
        config = Config(
            s3={"addressing_style": style, "payload_signing_enabled": True},
            # Trailing checksums, the library's new default, are refused by many servers that are not Amazon's.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            connect_timeout=SECONDS,
            read_timeout=6 * SECONDS,
            retries={"max_attempts": TRIES, "mode": "standard"},
            proxies={},
        )
        return boto3.session.Session().client(
            "s3",
            endpoint_url=self.settings.s3_endpoint or None,
            region_name=self.settings.s3_region,
            aws_access_key_id=key_id,
            aws_secret_access_key=key,
            config=config,
        )

    def put(self, digest: str, path: Path) -> None:
        """Send the file; one request, so that the object is there whole or not at all."""
        with path.open("rb") as stream:
            self.client.put_object(
                Bucket=self.settings.s3_bucket,
                Key=PREFIX + address(digest),
                Body=stream,
                ContentType="application/octet-stream",
                Metadata={"sha256": digest},
            )
        path.unlink()

    def open(self, digest: str, start: int = 0) -> IO[bytes]:
        """The body of the answer."""
        part = {"Range": f"bytes={start}-"} if start else {}
        try:
            answer = self.client.get_object(Bucket=self.settings.s3_bucket, Key=PREFIX + address(digest), **part)
        except self.client.exceptions.ClientError as problem:
            if _is_missing(problem):
                raise Absent(digest) from None
            raise
        return cast("IO[bytes]", answer["Body"])

    def size(self, digest: str) -> int | None:
        """What the head of the object says."""
        try:
            head = self.client.head_object(Bucket=self.settings.s3_bucket, Key=PREFIX + address(digest))
        except self.client.exceptions.ClientError as problem:
            if _is_missing(problem):
                return None
            raise
        return int(head["ContentLength"])

    def delete(self, digest: str) -> None:
        """Delete the object."""
        self.client.delete_object(Bucket=self.settings.s3_bucket, Key=PREFIX + address(digest))

    def blobs(self) -> Iterator[Blob]:
        """The objects under names that a checksum may have, page by page."""
        pages = self.client.get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=self.settings.s3_bucket, Prefix=PREFIX):
            for one in page.get("Contents", ()):
                if named := NAMED.fullmatch(one["Key"]):
                    yield Blob(named["digest"], one["Size"], one["LastModified"])


def _is_missing(problem: Any) -> bool:
    return problem.response.get("Error", {}).get("Code") in MISSING
