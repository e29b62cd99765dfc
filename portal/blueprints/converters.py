"""Parts of addresses that stand for things of the release."""

from flask import Flask
from werkzeug.routing import BaseConverter, ValidationError

from portal import schema
from portal.schema import Entity


class EntityConverter(BaseConverter):
    """The slug of an entity; a slug the present release does not know is no address of ours."""

    regex = "[a-z][a-z0-9_-]*"

    def to_python(self, value: str) -> Entity:
        entity = schema.current().slugs.get(value)
        if entity is None:
            raise ValidationError
        return entity

    def to_url(self, value: Entity) -> str:
        return value.slug


def install(app: Flask) -> None:
    """Let routes say `<entity:entity>` and end in a slash or not; call it before the blueprints are registered."""
    app.url_map.strict_slashes = False
    app.url_map.converters["entity"] = EntityConverter
