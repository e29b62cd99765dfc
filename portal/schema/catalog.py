"""The compiled release: what all rooms ask when they want to know the business's vocabulary."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar, cast

from portal.schema.entity import Entity
from portal.schema.nouns import (
    AssignmentNoun,
    CalendarNoun,
    ConfirmationNoun,
    CouponNoun,
    DuplicatesNoun,
    MessageNoun,
    MetricNoun,
    ProviderNoun,
    QualityNoun,
    ReportNoun,
    RoleNoun,
    ScoringNoun,
    SegmentNoun,
    SurveyNoun,
    TagsNoun,
    TierNoun,
    WorkflowNoun,
)

if TYPE_CHECKING:
    from portal.schema.questionnaire import Questionnaire

OPENING = "!"  # behind the key of a field that was encrypted: sealed values may be left in its column
MOST = 10_000  # answers that one catalogue remembers
Answer = TypeVar("Answer")
Columns = Mapping[str, Mapping[str, str]]  # entity key → field key → physical column


@dataclass(frozen=True)
class Catalog:
    """All documents of one release, read-only and shared by all requests of a process."""

    release: int = 0
    entities: Mapping[str, Entity] = field(default_factory=dict)
    tags: Mapping[str, TagsNoun] = field(default_factory=dict)
    metrics: Mapping[str, MetricNoun] = field(default_factory=dict)
    tiers: Mapping[str, TierNoun] = field(default_factory=dict)
    scoring: Mapping[str, ScoringNoun] = field(default_factory=dict)
    assignment: Mapping[str, AssignmentNoun] = field(default_factory=dict)
    duplicates: Mapping[str, DuplicatesNoun] = field(default_factory=dict)
    quality: Mapping[str, QualityNoun] = field(default_factory=dict)
    confirmations: Mapping[str, ConfirmationNoun] = field(default_factory=dict)
    surveys: Mapping[str, SurveyNoun] = field(default_factory=dict)
    coupons: Mapping[str, CouponNoun] = field(default_factory=dict)
    providers: Mapping[str, ProviderNoun] = field(default_factory=dict)
    workflows: Mapping[str, WorkflowNoun] = field(default_factory=dict)
    calendars: Mapping[str, CalendarNoun] = field(default_factory=dict)
    segments: Mapping[str, SegmentNoun] = field(default_factory=dict)
    messages: Mapping[str, MessageNoun] = field(default_factory=dict)
    reports: Mapping[str, ReportNoun] = field(default_factory=dict)
    roles: Mapping[str, RoleNoun] = field(default_factory=dict)
    rollups: Mapping[str, MetricNoun] = field(default_factory=dict)  # declared in their entity, by `entity.field`
    questionnaires: "Mapping[str, Questionnaire]" = field(default_factory=dict)  # the surveys, compiled
    checksum: str = ""
    overlaid: frozenset[str] = frozenset()  # the offices with documents of their own
    union: Mapping[str, Entity] | None = None  # the entities with the fields of all offices, where there are any
    answers: dict[Any, Any] = field(default_factory=dict, init=False, repr=False, compare=False)  # see `remembered`

    @property
    def stored(self) -> Mapping[str, Entity]:
        """Return the entities as they are stored: with what any office has added, by which no page is drawn."""
        return self.entities if self.union is None else self.union

    def kind(self, folder: str) -> Mapping[str, Any]:
        """Return the documents of a kind by its folder's name, such as `tiers`."""
        found: Mapping[str, Any] = getattr(self, folder)
        return found

    @cached_property
    def ranked(self) -> tuple[Entity, ...]:
        """Return the entities in menu order, then those outside of the menu: for every list that people choose from."""
        return tuple(sorted(self.entities.values(), key=Entity.standing))

    @cached_property
    def figures(self) -> tuple[MetricNoun, ...]:
        """Return all metrics: those with a document and those that an entity declares as a roll-up."""
        return (*self.metrics.values(), *self.rollups.values())

    @cached_property
    def slugs(self) -> Mapping[str, Entity]:
        """Return the entities by the word in their address."""
        return {entity.slug: entity for entity in self.entities.values()}

    def remembered(self, asked: Hashable, answer: Callable[[], Answer]) -> Answer:
        """Return what follows from these documents and the question alone, worked out once; it goes with the catalogue.

        The question must name all that the answer hangs on, such as roles and language: the answer is everybody's.
        """
        found = self.answers.get(asked, self)  # which no answer is
        if found is self:
            if len(self.answers) >= MOST:
                self.answers.clear()
            found = self.answers[asked] = answer()
        return cast(Answer, found)

    @property
    def columns(self) -> dict[str, dict[str, str]]:
        """Return the physical column of every field that has one of its own; `name!` is one that is being opened."""
        return {
            key: {
                **{name: item.physical for name, item in entity.fields.items() if item.physical},
                **{name + OPENING: "" for name, item in entity.fields.items() if item.opening},
            }
            for key, entity in self.stored.items()
        }


def current() -> Catalog:
    """Return the catalogue in force, asked once per request or job, as the office has it from which one looks.

    Empty before the first release.
    """
    from portal.schema import releases  # the store compiles catalogues, so it stands above them

    return releases.current()
