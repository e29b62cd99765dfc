"""Small documents for the tests of the schema room."""

from typing import Any

from portal import schema
from portal.schema import compiled, directory, releases
from portal.schema.models import Release
from portal.security import SYSTEM

CUSTOMER = "entities/customer.yml"


def shipped() -> dict[str, str]:
    """What ships."""
    return directory.load()


def with_field(documents: dict[str, str], line: str, path: str = CUSTOMER) -> dict[str, str]:
    """The documents with one more field, given as a line of YAML."""
    return {**documents, path: documents[path].replace("\nfields:\n", f"\nfields:\n  {line}\n", 1)}


def publish(documents: dict[str, str], note: str = "", by: Any = SYSTEM) -> Release:
    """Publish on top of what is in force."""
    return releases.publish(documents, by=by, note=note, expected_release=releases.current_number())


def designer() -> dict[str, str]:
    """What ships, and somebody who drafts documents but reaches the customers of the own office alone."""
    role = "role: designer\nlabel: 设计\nmay: [studio.edit]\nentities:\n  customer: {view: office, export: office}\n"
    return {**shipped(), "roles/designer.yml": role}


def customer() -> schema.Entity:
    """The customer of the release in force, asked anew."""
    compiled.forget()
    return schema.current().entities["customer"]
