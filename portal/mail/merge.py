"""Texts that people write: a small, allow-listed part of Jinja over plain values.

Jinja's own sandbox is not enough (a row of the ORM in reach empties a table), so a template
sees plain dictionaries only, and its syntax is checked node by node before it ever runs.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal

from flask_babel import lazy_gettext as _l
from jinja2 import Environment, TemplateSyntaxError, nodes
from jinja2.exceptions import TemplateError
from jinja2.runtime import Undefined

MAX_SOURCE = 64_000
"""Characters a template may have."""
MAX_OUTPUT = 256_000
"""Characters one rendering may give."""
MAX_ROUNDS = 100
"""Items that one `for` walks at the most."""


ALLOWED_NODES: tuple[type[nodes.Node], ...] = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Getattr,
    nodes.Const,
    nodes.Filter,
    nodes.If,
    nodes.For,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
)


class MergeError(ValueError):
    """A template that may not run; `message` is for its author, `line` counts from 1."""

    def __init__(self, message: object, line: int = 1) -> None:
        super().__init__(str(message))
        self.message = message
        self.line = line


def fallback(value: object, other: object = "") -> object:
    """Give `other` where `value` is missing or blank."""
    if isinstance(value, Undefined) or value is None or str(value).strip() == "":
        return other
    return value


def shorten(value: object, length: int = 80) -> str:
    """Cut a text to `length` characters, with an ellipsis."""
    text, limit = str(value), max(1, min(int(length), 1000))
    return text if len(text) <= limit else text[: limit - 1] + "…"


FILTERS: dict[str, Callable[..., object]] = {
    "default": fallback,
    "upper": lambda value: str(value).upper(),
    "lower": lambda value: str(value).lower(),
    "trim": lambda value: str(value).strip(),
    "shorten": shorten,
}
"""The filters an author may use; `default` is the fallback of a merge field."""


class Blank(Undefined):
    """An unknown or empty name prints as nothing and has no inside to reach into."""

    def __getattr__(self, name: str) -> "Blank":
        if name.startswith("__"):
            raise AttributeError(name)
        return self


def _environment(is_html: bool) -> Environment:
    # Plain texts are not escaped, for nobody reads them as HTML.
    environment = Environment(  # nosec B701
        autoescape=is_html, undefined=Blank, finalize=_finalize, keep_trailing_newline=True
    )
    environment.filters = dict(FILTERS)
    environment.globals = {}
    environment.tests = {}
    return environment


def _finalize(value: object) -> object:
    return "" if value is None else value


ENVIRONMENTS = {is_html: _environment(is_html) for is_html in (False, True)}


class MergeTemplate:
    """One text with merge fields; HTML escaping when `is_html`.

    Raises MergeError at construction for anything outside the allow-list, so that what was
    saved can always be sent.
    """

    def __init__(self, source: str, *, is_html: bool = False) -> None:
        if len(source) > MAX_SOURCE:
            raise MergeError(_l("Shorten the text to %(limit)d characters.", limit=MAX_SOURCE))
        environment = ENVIRONMENTS[is_html]
        try:
            tree = environment.parse(source)
            check_syntax(tree)
            self._template = environment.from_string(tree)
        except TemplateSyntaxError as error:
            raise MergeError(_l("Mend the merge field: %(problem)s", problem=error.message), error.lineno) from error
        self.names = frozenset(_dotted_names(tree))
        self._read = frozenset(name.partition(".")[0] for name in self.names)

    def render(self, values: Mapping[str, object]) -> str:
        """Fill in `values`; raises MergeError when it fails or grows past MAX_OUTPUT."""
        pieces: list[str] = []
        size = 0
        read = {name: plain(values[name]) for name in self._read if name in values}
        try:
            for piece in self._template.generate(read):
                size += len(piece)
                if size > MAX_OUTPUT:
                    raise MergeError(_l("The filled-in text is too long."))
                pieces.append(piece)
        except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
            if isinstance(error, MergeError):
                raise
            raise MergeError(_l("The text cannot be filled in: %(problem)s", problem=error)) from error
        return "".join(pieces)


def plain(value: object) -> object:
    """Copy `value` into dictionaries, lists and scalars; anything else becomes its text."""
    if value is None or isinstance(value, bool | int | float | Decimal):
        return value
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value[:MAX_ROUNDS]]
    return str(value)


def check_syntax(tree: nodes.Template) -> None:
    """Raise MergeError at the first node an author may not use."""
    pending: list[tuple[nodes.Node, int]] = [(tree, 0)]
    while pending:
        node, loops = pending.pop()
        line = getattr(node, "lineno", 1) or 1
        if not isinstance(node, ALLOWED_NODES):
            raise MergeError(
                _l(
                    "Use merge fields, if, for and the listed filters only (found: %(what)s).", what=type(node).__name__
                ),
                line,
            )
        _check_names(node, line)
        if isinstance(node, nodes.For):
            loops += 1
            if loops > 1 or node.recursive:
                raise MergeError(_l("One loop inside another is not possible here."), line)
        pending.extend((child, loops) for child in node.iter_child_nodes())


def _check_names(node: nodes.Node, line: int) -> None:
    if isinstance(node, nodes.Getattr) and node.attr.startswith("_"):
        raise MergeError(_l("A name may not begin with an underscore: %(name)s", name=node.attr), line)
    if isinstance(node, nodes.Name) and node.name.startswith("_"):
        raise MergeError(_l("A name may not begin with an underscore: %(name)s", name=node.name), line)
    if isinstance(node, nodes.Filter) and node.name not in FILTERS:
        raise MergeError(
            _l("Unknown filter: %(name)s. Possible: %(known)s", name=node.name, known=", ".join(sorted(FILTERS))), line
        )


def _dotted_names(tree: nodes.Template) -> set[str]:
    """The merge fields a template reads, as `name` or `owner.phone`."""
    inner = {id(getter.node) for getter in tree.find_all(nodes.Getattr)}
    names: set[str] = set()
    for node in tree.find_all((nodes.Name, nodes.Getattr)):
        if id(node) in inner or getattr(node, "ctx", "load") != "load":
            continue
        if dotted := _dotted(node):
            names.add(dotted)
    return names


def _dotted(node: nodes.Node) -> str | None:
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Getattr) and (outer := _dotted(node.node)):
        return f"{outer}.{node.attr}"
    return None
