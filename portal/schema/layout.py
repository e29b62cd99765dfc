"""How the pages of an entity are laid out: its form, its list, the page of a record."""

from dataclasses import dataclass, field

from portal.fields import Text
from portal.schema.condition import Always, Condition


@dataclass(frozen=True)
class Section:
    """A titled group of fields on the form and on the record page.

    `columns` is 1 to 3, nothing for as many as fit; `folded` says whether it starts closed, nothing for what the page
    does by itself: open on the form, behind "All details" on the record page but for the first.
    """

    label: Text
    fields: tuple[str, ...]
    columns: int | None = None
    folded: bool | None = None
    wide: tuple[str, ...] = ()


@dataclass(frozen=True)
class ListLayout:
    """How the list of an entity looks: columns, order (`-key` is descending) and the filters in reach.

    `board` is the choice by which records stand as cards in columns, `calendar` the date by which they stand in days.
    The menu opens it with the tests of `where`.
    """

    columns: tuple[str, ...] = ()
    sort: tuple[str, ...] = ("-updated_at",)
    filters: tuple[str, ...] = ()
    board: str | None = None
    calendar: str | None = None
    opens: str = "list"
    where: Condition = field(default_factory=Always)


@dataclass(frozen=True)
class DetailLayout:
    """How the page of a record looks: its panels, and the tabs of what is related (none named: all)."""

    main: tuple[str, ...] = ("facts", "related")
    rail: tuple[str, ...] = ("steps", "files", "standing", "scores", "figures", "coupons", "keepers")
    tabs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Layout:
    """Form, list and record page as one kind of people sees them."""

    form: tuple[Section, ...] = ()
    list: ListLayout = ListLayout()
    detail: DetailLayout = DetailLayout()

    @property
    def laid_out(self) -> frozenset[str]:
        """The fields that stand on the form."""
        return frozenset(key for section in self.form for key in section.fields)
