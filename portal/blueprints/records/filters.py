"""The popover that adds a filter: the operators of the field's type and inputs for their right side."""

from dataclasses import dataclass

from flask import redirect, render_template, request
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from portal.blueprints.records.blueprint import bp
from portal.blueprints.records.state import PREFIX, ListState
from portal.errors import NotFound
from portal.fields import OPERATORS, Field, FieldError, Operator
from portal.schema import Entity, conditions
from portal.security import policy

UNITS = ("days", "weeks", "months", "years")


@dataclass(frozen=True)
class Panel:
    """What the popover of one field offers."""

    field: Field
    operators: tuple[Operator, ...]
    chosen: Operator
    typed: MultiDict[str, str]
    problem: str = ""

    @property
    def takes(self) -> list[str]:
        """The kinds of right sides its operators take, each once."""
        return list(dict.fromkeys(operator.takes for operator in self.operators))


@bp.get("/<entity:entity>/filters/<field>")
@policy.requires_entity("view")
def filter_panel(entity: Entity, field: str) -> str:
    """The popover of one field; a page of its own where JavaScript does not run."""
    state = ListState(entity, current_user, request.args)
    return _panel(state, _field(state, field), MultiDict())


@bp.get("/<entity:entity>/filters")
@policy.requires_entity("view")
def apply_filter(entity: Entity) -> Response | tuple[str, int, dict[str, str]]:
    """Turn the popover's inputs into one filter in the address of the list."""
    state = ListState(entity, current_user, request.args)
    field = _field(state, request.args.get("field", ""))
    try:
        test = _test(field, request.args)
    except FieldError as error:
        # htmx puts the form with its error back where the form was, not into the list.
        marks = {"HX-Retarget": "this", "HX-Reselect": ".filter-form", "HX-Reswap": "outerHTML"}
        return _panel(state, field, request.args, str(error)), 422, marks
    return redirect(state.replaced(field.key, conditions.to_query(test)))


def _field(state: ListState, key: str) -> Field:
    field = state.readable.get(key)
    if field is None or not offered(field):
        raise NotFound()
    return field


def offers(state: ListState) -> list[Field]:
    """All that may be filtered by: first the filters of the layout, then every other field."""
    keys = dict.fromkeys([*state.layout.filters, *state.readable])
    return [field for key in keys if (field := state.readable.get(key)) is not None and is_filter(field)]


def is_filter(field: Field) -> bool:
    """Whether lists offer to filter by the field."""
    return field.filterable and bool(offered(field))


def offered(field: Field) -> list[Operator]:
    """The operators a person is offered: where options can be picked, only those that take several."""
    known = [OPERATORS[key] for key in field.type.operators if key in OPERATORS]
    picked = field.type.choices() is not None or field.type.target is not None
    return [one for one in known if not picked or one.takes in ("many", "nothing")]


def _test(field: Field, args: MultiDict[str, str]) -> conditions.Test:
    operator = OPERATORS.get(args.get("op", ""))
    if operator is None or operator.key not in field.type.operators:
        raise FieldError(_("Choose how to compare."))
    return conditions.Test(field, operator, operator.parse(_right(operator, args), field.type))


def _right(operator: Operator, args: MultiDict[str, str]) -> object:
    match operator.takes:
        case "nothing":
            return True
        case "many":
            values = [value for value in args.getlist("many") if value]
            if not values:
                raise FieldError(_("Choose at least one."))
            return values
        case "two":
            return [args.get("low", ""), args.get("high", "")]
        case "duration":
            return f"{args.get('count', '')} {args.get('unit', UNITS[0])}"
    return args.get("one", "")


def _panel(state: ListState, field: Field, typed: MultiDict[str, str], problem: str = "") -> str:
    operators = tuple(offered(field))
    present = _present(state, field)
    chosen = OPERATORS.get(typed.get("op", "")) or (present and present.operator) or operators[0]
    panel = Panel(field, operators, chosen if chosen in operators else operators[0], typed or _typed(present), problem)
    whole = "HX-Request" not in request.headers
    template = "records/filter_page.html" if whole else "records/filter_panel.html"
    return render_template(template, entity=state.entity, state=state, panel=panel, units=units())


def _present(state: ListState, field: Field) -> conditions.Test | None:
    for value in state.args.getlist(PREFIX + field.key):
        try:
            found = conditions.from_query(MultiDict([(PREFIX + field.key, value)]), state.entity)
        except conditions.ConditionError:
            continue
        return found if isinstance(found, conditions.Test) else None
    return None


def _typed(present: conditions.Test | None) -> MultiDict[str, str]:
    """The inputs that would make the filter in force."""
    if present is None:
        return MultiDict()
    right = present.operator.dump(present.right, present.field.type)
    match present.operator.takes:
        case "many":
            return MultiDict([("many", str(item)) for item in right])
        case "two":
            return MultiDict(zip(("low", "high"), map(str, right), strict=False))
        case "duration":
            count, _space, unit = str(right).partition(" ")
            return MultiDict([("count", count), ("unit", unit.rstrip("s") + "s")])
    return MultiDict([("one", str(right))])


def units() -> list[tuple[str, str]]:
    """Units of time for the inputs of a duration."""
    return list(zip(UNITS, (_("days"), _("weeks"), _("months"), _("years")), strict=True))


@bp.get("/<entity:entity>/columns")
@policy.requires_entity("view")
def choose_columns(entity: Entity) -> Response:
    """Turn the ticked columns into one argument of the list's address."""
    state = ListState(entity, current_user, request.args)
    chosen = [key for key in request.args.getlist("column") if key in entity.fields]
    return redirect(state.url(columns=",".join(chosen) or None))


@bp.get("/<entity:entity>/order")
@policy.requires_entity("view")
def choose_order(entity: Entity) -> Response:
    """Turn the chosen keys of an order into one argument of the list's address."""
    state = ListState(entity, current_user, request.args)
    chosen: dict[str, str] = {}
    for key in filter(None, request.args.getlist("by")):
        chosen.setdefault(key.removeprefix("-"), key)
    return redirect(state.url(sort=",".join(chosen.values()) or None))
