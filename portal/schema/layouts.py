"""The entity out of its document, and whether its layouts name fields that exist."""

from collections.abc import Iterator, Mapping

from flask_babel import lazy_gettext as _l

from portal.fields import Field
from portal.schema.entity import Entity, ListLayout, Section, Timeline
from portal.schema.nouns.entity import EntityNoun
from portal.schema.problems import Fault, unknown
from portal.schema.source import Path

SYSTEM_TARGETS = ("person", "office", "team", "file")
RESERVED_WORDS = """search studio imports exports jobs tiers workflows desk segments campaigns reports people
audit sign-in sign-out approvals pool me public t u health admin static api preferences files settings views
notices choices"""
RESERVED = frozenset(RESERVED_WORDS.split())  # first words of addresses that are pages of their own


def entity_of(noun: EntityNoun, fields: Mapping[str, Field]) -> Entity:
    """Build the entity of a document that was read."""
    return Entity(
        key=noun.key,
        label=noun.label,
        plural=noun.plural,
        description=noun.description,
        slug=noun.slug,
        icon=noun.icon,
        menu=noun.menu,
        title=noun.title,
        parent=noun.parent,
        timeline=Timeline(noun.timeline.at, noun.timeline.text, noun.timeline.icon) if noun.timeline else None,
        search=noun.search,
        fields=fields,
        form=tuple(Section(section.section, section.fields) for section in noun.form),
        list=ListLayout(noun.list.columns, noun.list.sort, noun.list.filters, noun.list.board, noun.list.calendar),
        table_name=f"record_{noun.key}",
    )


def entity_faults(noun: EntityNoun, entities: Mapping[str, Entity]) -> Iterator[Fault]:
    """Yield the words of the document that name nothing, and addresses that are taken."""
    entity = entities[noun.key]
    for path, name in _named(noun):
        if name not in entity.fields and name not in noun.fields:
            yield unknown(path, name, entity.fields, _l("field"))
    for key, item in entity.fields.items():
        if item.type.target and item.type.target not in (*SYSTEM_TARGETS, *entities):
            yield unknown(("fields", key, "to"), item.type.target, entities, _l("entity"))
    parent = entity.fields.get(noun.parent or "")
    if parent and (parent.type.is_many or parent.type.target not in entities):
        yield Fault(("parent",), _l("the parent must be a reference to an entity"))
    taken = [other.key for other in entities.values() if other.slug == noun.slug and other.key < noun.key]
    if noun.slug in RESERVED or taken:
        yield Fault(("slug",), _l('the address "/%(slug)s" is taken', slug=noun.slug))
    yield from _unfit(noun, entity)
    yield from _careless(noun)


def _unfit(noun: EntityNoun, entity: Entity) -> Iterator[Fault]:
    """A board needs a field with options, a calendar one that holds a time."""
    board, calendar = (entity.fields.get(key or "") for key in (noun.list.board, noun.list.calendar))
    if board is not None and (not board.type.choices() or board.type.is_many or board.computed):
        yield Fault(("list", "board"), _l("a board stands by a choice that people may change"))
    if calendar is not None and not calendar.type.is_time:
        yield Fault(("list", "calendar"), _l("a calendar stands by a date"))


def _named(noun: EntityNoun) -> Iterator[tuple[Path, str]]:
    """Yield every place that names a field, with the name."""
    yield ("title",), noun.title
    if noun.parent:
        yield ("parent",), noun.parent
    if noun.timeline:
        yield ("timeline", "at"), noun.timeline.at
    yield from ((("search", place), name) for place, name in enumerate(noun.search))
    for number, section in enumerate(noun.form):
        yield from ((("form", number, "fields", place), name) for place, name in enumerate(section.fields))
    yield from ((("list", "columns", place), name) for place, name in enumerate(noun.list.columns))
    yield from ((("list", "filters", place), name) for place, name in enumerate(noun.list.filters))
    yield from ((("list", way), name) for way, name in _ways(noun) if name)
    yield from ((("list", "sort", place), name.lstrip("-")) for place, name in enumerate(noun.list.sort))


def _ways(noun: EntityNoun) -> tuple[tuple[str, str | None], ...]:
    return (("board", noun.list.board), ("calendar", noun.list.calendar))


def _careless(noun: EntityNoun) -> Iterator[Fault]:
    """Warn of personal fields that do not say why and how long they are kept (PIPL art. 6, 19)."""
    for key, item in noun.fields.items():
        if item.sensitivity in ("personal", "sensitive") and not (item.purpose and item.retention):
            message = _l("a personal field should say its purpose and retention")
            yield Fault(("fields", key), message, severity="warning")
