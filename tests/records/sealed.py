"""A customer with encrypted fields: a number of an identity card, and the mobile phone and a note beside it."""

from ruamel.yaml import YAML

from portal import schema
from portal.extensions import db
from portal.schema import releases, source
from portal.security import SYSTEM

PATH = "entities/customer.yml"
FIELDS = {
    "card": {"type": "resident_id", "label": {"zh": "身份证号", "en": "Card"}, "unique": True, "filterable": True},
    "mobile": {"type": "phone", "label": {"zh": "手机", "en": "Mobile"}, "filterable": True},
    "private": {"type": "text", "label": {"zh": "私密", "en": "Private"}},
}
CARD, OTHER = "11010519491231002X", "44030519900101123X"


def publish(change, path=PATH):
    """Publish with one document changed by `change(tree)`; the entity as it is then."""
    number = releases.current_number()
    documents = releases.documents(number)
    tree = YAML(typ="safe").load(documents[path])
    change(tree)
    releases.publish({**documents, path: source.write(tree)}, by=SYSTEM, note="", expected_release=number)
    return schema.current().entities["customer"]


def with_sealed(encrypted=True):
    """Publish the customer with the three fields."""

    def change(tree):
        for key, item in FIELDS.items():
            tree["fields"][key] = {**item, **({"encrypted": True} if encrypted else {})}
        tree["search"] = [*dict.fromkeys([*tree["search"], "card", "mobile"])]

    return publish(change)


def raw(column, table="record_customer"):
    """What stands in a column."""
    from sqlalchemy import text

    return list(db.session.scalars(text(f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL ORDER BY id")))
