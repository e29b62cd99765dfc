"""Running numbers: one row per numbered field, counted up in the transaction that uses the number."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import Model, db
from portal.writing import insert


class NumberCounter(Model):
    """The last number given for a field."""

    __tablename__ = "number_counter"
    name: Mapped[str] = mapped_column(sa.String(130), primary_key=True)
    last: Mapped[int] = mapped_column(default=0)


def take(name: str, count: int = 1) -> range:
    """The next `count` numbers; others wait for them until this transaction ends, so none is given twice."""
    step = (
        sa.update(NumberCounter)
        .where(NumberCounter.name == name)
        .values(last=NumberCounter.last + count)
        .returning(NumberCounter.last)
        .execution_options(synchronize_session=False)
    )
    last = db.session.scalar(step)
    if last is None:
        _begin(name)
        last = db.session.scalar(step)
    if last is None:
        raise LookupError(name)
    return range(last - count + 1, last + 1)


def _begin(name: str) -> None:
    db.session.execute(insert(NumberCounter).values(name=name, last=0).on_conflict_do_nothing())
