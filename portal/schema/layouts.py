"""The entity out of its document, and whether its layouts name fields that exist."""

from collections.abc import Iterable, Iterator, Mapping

from flask_babel import lazy_gettext as _l

from portal.fields import Field
from portal.schema import sealed
from portal.schema.entity import Entity, Timeline
from portal.schema.layout import DetailLayout, Layout, ListLayout, Section
from portal.schema.nouns.entity import DetailNoun, EntityNoun, LayoutNoun, ListNoun, RoleListNoun, SectionNoun
from portal.schema.problems import Fault, unknown
from portal.schema.source import Path

SYSTEM_TARGETS = ("person", "office", "team", "file")
RESERVED_WORDS = """search studio imports exports jobs tiers workflows desk segments campaigns reports people
audit keys sign-in sign-out approvals pool me public t u health admin static api preferences files settings views
notices choices today approvals duplicates quality confirmations surveys outside webhooks backups c s"""
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
        form=_form(noun.form),
        list=_list(noun.list),
        detail=_detail(noun.detail),
        layouts={role: _layout(noun, own) for role, own in noun.layouts.items()},
        table_name=f"record_{noun.key}",
    )


def _form(sections: Iterable[SectionNoun]) -> tuple[Section, ...]:
    """A field stands where it is named first; a second place is only warned of."""
    seen: set[str] = set()
    made = []
    for noun in sections:
        fields = tuple(key for key in dict.fromkeys(noun.fields) if key not in seen)
        seen.update(fields)
        made.append(Section(noun.section, fields, noun.columns, noun.folded, noun.wide))
    return tuple(made)


def _list(noun: ListNoun) -> ListLayout:
    columns, filters = (tuple(dict.fromkeys(keys)) for keys in (noun.columns, noun.filters))
    return ListLayout(columns, noun.sort, filters, noun.board, noun.calendar, noun.opens)


def _detail(noun: DetailNoun) -> DetailLayout:
    main = tuple(dict.fromkeys(noun.main))
    return DetailLayout(main, tuple(p for p in dict.fromkeys(noun.rail) if p not in main), noun.tabs)


def _layout(base: EntityNoun, own: LayoutNoun) -> Layout:
    """The layout of a role: what its own says over what everybody has."""
    said = own.list.model_dump(exclude_none=True, exclude={"where"}) if own.list else {}
    return Layout(
        _form(base.form if own.form is None else own.form),
        _list(base.list.model_copy(update=said)),
        _detail(own.detail or base.detail),
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
    yield from sealed.entity_faults(noun)
    yield from _careless(noun)
    yield from _misplaced(noun)


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
    for path, name in _placed(noun):
        yield path, name
    ways = (("board", noun.list.board), ("calendar", noun.list.calendar))
    yield from ((("list", way), key) for way, key in ways if key)
    for path, layout in _lists(noun):
        yield from (((*path, "sort", place), name.lstrip("-")) for place, name in enumerate(layout.sort or ()))


def _forms(noun: EntityNoun) -> Iterator[tuple[Path, tuple[SectionNoun, ...]]]:
    """Yield the form of everybody, then those of roles."""
    yield ("form",), noun.form
    yield from ((("layouts", role, "form"), own.form) for role, own in noun.layouts.items() if own.form)


def _lists(noun: EntityNoun) -> Iterator[tuple[Path, ListNoun | RoleListNoun]]:
    yield ("list",), noun.list
    yield from ((("layouts", role, "list"), own.list) for role, own in noun.layouts.items() if own.list)


def _placed(noun: EntityNoun) -> Iterator[tuple[Path, str]]:
    """Yield every place of a field on forms and lists."""
    for path, sections in _forms(noun):
        for number, section in enumerate(sections):
            for part, names in (("fields", section.fields), ("wide", section.wide)):
                yield from (((*path, number, part, place), name) for place, name in enumerate(names))
    for path, layout in _lists(noun):
        for part in ("columns", "filters"):
            yield from (((*path, part, place), name) for place, name in enumerate(getattr(layout, part) or ()))


def _misplaced(noun: EntityNoun) -> Iterator[Fault]:
    """Warn of fields that stand twice on a form or list, and of wide ones that stand elsewhere."""
    seen: set[tuple[object, ...]] = set()
    for path, name in _placed(noun):
        if "wide" in path:
            continue
        group = (path[: path.index("form") + 1] if "form" in path else path[:-1], name)
        if group in seen:
            message = _l('"%(name)s" stands here twice; the first place counts', name=name)
            yield Fault(path, message, severity="warning")
        seen.add(group)
    for path, sections in _forms(noun):
        for number, section in enumerate(sections):
            for place, name in enumerate(section.wide):
                if name not in section.fields:
                    message = _l('"%(name)s" does not stand in this section', name=name)
                    yield Fault((*path, number, "wide", place), message, severity="warning")


def _careless(noun: EntityNoun) -> Iterator[Fault]:
    """Warn of personal fields that do not say why and how long they are kept (PIPL art. 6, 19)."""
    for key, item in noun.fields.items():
        if item.sensitivity in ("personal", "sensitive") and not (item.purpose and item.retention):
            message = _l("a personal field should say its purpose and retention")
            yield Fault(("fields", key), message, severity="warning")
