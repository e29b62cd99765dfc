"""Runs in Creme's own environment: `python fill_creme.py CSV` brings its organisations up to the rows of the file.

Organisation, entity and address are three tables, for which `bulk_create` is refused; each table gets its rows by the
insert below it. The history that saving one by one would write is left out.
"""

import csv
import sys
from itertools import islice
from pathlib import Path

import django

django.setup()

from creme.creme_core.models import CremeEntity, CremeUser  # noqa: E402
from creme.persons.models import Address, Organisation, Sector  # noqa: E402
from django.contrib.contenttypes.models import ContentType  # noqa: E402
from django.core.management.color import no_style  # noqa: E402
from django.db import connection, transaction  # noqa: E402

BATCH = 5_000


def main(path: str) -> None:
    """Fill, give root the password of the bench, and let the engine look at what it holds."""
    root = CremeUser.objects.get(username="root")
    sectors = {one.title: one for one in Sector.objects.all()}
    with Path(path).open(encoding="utf-8", newline="") as file:
        rows = islice(csv.DictReader(file), Organisation.objects.filter(code="bench").count(), None)
        while batch := list(islice(rows, BATCH)):
            for title in {row["industry"] for row in batch} - set(sectors):
                sectors[title] = Sector.objects.create(title=title)
            with transaction.atomic():
                _put(batch, root, sectors)
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [CremeEntity]):
            cursor.execute(statement)
        cursor.execute("ANALYZE")
    print(Organisation.objects.filter(code="bench").order_by("id").values_list("id", flat=True)[0])


def _put(batch: list[dict[str, str]], root: CremeUser, sectors: dict[str, Sector]) -> None:
    kind = ContentType.objects.get_for_model(Organisation)
    last = CremeEntity.objects.order_by("-id").values_list("id", flat=True).first() or 0
    made = []
    for id_, row in enumerate(batch, last + 1):
        told = {"name": row["name"], "phone": row["phone"], "email": row["email"], "sector": sectors[row["industry"]]}
        own = {"id": id_, "cremeentity_ptr_id": id_, "entity_type": kind, "user": root, "code": "bench"}
        made.append(Organisation(**own, **told, header_filter_search_field=row["name"][:200]))
    _insert(CremeEntity, made)
    pairs = zip(batch, made, strict=True)
    Address.objects.bulk_create([Address(name="", city=row["city"], owner=one) for row, one in pairs])
    cities = dict(Address.objects.filter(object_id__gt=last).values_list("object_id", "id"))
    for one in made:
        one.billing_address_id = cities[one.id]
    _insert(Organisation, made)


def _insert(model: type, rows: list[Organisation]) -> None:
    fields = model._meta.local_concrete_fields
    for at in range(0, len(rows), 500):
        part = rows[at : at + 500]
        for row in part:
            for field in fields:
                field.pre_save(row, True)
        model._base_manager._insert(part, fields=fields, using="default")


if __name__ == "__main__":
    main(sys.argv[1])
