"""Parts of addresses that stand for things of the release."""

from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BaseConverter, ValidationError

from portal import schema
from portal.outages import Outage, outage
from portal.schema import Entity


class Unavailable(HTTPException):
    """The release could not be asked what an address means."""

    code = 503

    def __init__(self, kind: Outage) -> None:
        super().__init__()
        self.kind = kind


class EntityConverter(BaseConverter):
    """The slug of an entity; a slug the present release does not know is no address of ours."""

    regex = "[a-z][a-z0-9_-]*"

    def to_python(self, value: str) -> Entity:
        try:
            entity = schema.current().slugs.get(value)
        except Exception as problem:
            if (kind := outage(problem)) is None:
                raise
            raise Unavailable(kind) from problem  # addresses are read before anything could answer with a page
        if entity is None:
            raise ValidationError
        return entity

    def to_url(self, value: Entity) -> str:
        return value.slug


def install(app: Flask) -> None:
    """Let routes say `<entity:entity>` and end in a slash or not; call it before the blueprints are registered."""
    app.url_map.strict_slashes = False
    app.url_map.converters["entity"] = EntityConverter
