"""Reads a formula by precedence into a typed tree; nothing is ever evaluated as Python."""

from collections.abc import Mapping
from decimal import Decimal

from flask_babel import lazy_gettext as _l

from portal.fields.expression.functions import CALLED, FUNCTIONS, MOST_PLACES, Function
from portal.fields.expression.nodes import Call, Literal, Node
from portal.fields.expression.tokens import ExpressionError, Token, cut

__all__ = ["ExpressionError", "parse"]

BINDS = {"or": 1, "and": 2, "=": 4, "!=": 4, "<": 4, "<=": 4, ">": 4, ">=": 4, "+": 5, "-": 5, "*": 6, "/": 6}
NOT, MINUS = 3, 7
SAME_AS = {"==": "=", "<>": "!="}
WORDS = {"true": Literal("boolean", True), "false": Literal("boolean", False), "blank": Literal("blank", None)}
DEEPEST = 30
KINDS = {
    "number": _l("a number"),
    "text": _l("a text"),
    "boolean": _l("yes or no"),
    "date": _l("a day"),
    "blank": _l("blank"),
}


class UnknownWord(ExpressionError):
    """A word that names neither a field nor a function; `allowed` are those that do."""

    def __init__(self, word: str, allowed: tuple[str, ...]) -> None:
        super().__init__(_l('there is no field or function "%(word)s"', word=word))
        self.word = word
        self.allowed = allowed


def parse(formula: str, operands: Mapping[str, Node]) -> Node:
    """The tree of a formula over these fields; raises ExpressionError."""
    reader = _Reader(cut(formula), operands)
    node = reader.expression(0)
    if reader.next.kind != "end":
        raise reader.unexpected()
    return node


class _Reader:
    def __init__(self, tokens: list[Token], operands: Mapping[str, Node]) -> None:
        self.tokens = tokens
        self.operands = operands
        self.place = 0
        self.depth = 0

    @property
    def next(self) -> Token:
        return self.tokens[self.place]

    def take(self) -> Token:
        self.place += 1
        return self.tokens[self.place - 1]

    def unexpected(self) -> ExpressionError:
        if self.next.kind == "end":
            return ExpressionError(_l("the formula ends too early"))
        return ExpressionError(
            _l('did not expect "%(text)s" at character %(at)s', text=self.next.text, at=self.next.at)
        )

    def expression(self, least: int) -> Node:
        """What stands here up to an operator that binds less."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise ExpressionError(_l("the brackets stand too deep in each other"))
        left = self._operand()
        while BINDS.get(name := SAME_AS.get(self.next.text, self.next.text), 0) > least and self.next.kind != "text":
            token = self.take()
            left = _called(FUNCTIONS[name], [left, self.expression(BINDS[name])], token)
        self.depth -= 1
        return left

    def _operand(self) -> Node:
        token = self.next
        if token.kind == "end":
            raise self.unexpected()
        self.take()
        if token.kind == "number":
            return Literal("number", Decimal(token.text))
        if token.kind == "text":
            return Literal("text", token.text[1:-1] or None)
        if token.text in ("not", "-"):
            name, binds = ("not", NOT) if token.text == "not" else ("minus", MINUS)
            return _called(FUNCTIONS[name], [self.expression(binds)], token)
        if token.text == "(":
            inner = self.expression(0)
            self._expect(")")
            return inner
        if token.kind == "word" and token.text not in BINDS:
            return self._word(token)
        self.place -= 1
        raise self.unexpected()

    def _word(self, token: Token) -> Node:
        if self.next.text == "(" and token.text in CALLED:
            return self._call(token)
        if token.text in self.operands:
            return self.operands[token.text]
        if token.text in WORDS:
            return WORDS[token.text]
        raise UnknownWord(token.text, (*self.operands, *CALLED, *WORDS))

    def _call(self, token: Token) -> Node:
        self.take()
        arguments: list[Node] = []
        while self.next.text != ")" or self.next.kind == "text":
            if arguments:
                self._expect(",")
            arguments.append(self.expression(0))
        self.take()
        return _called(FUNCTIONS[token.text], arguments, token)

    def _expect(self, sign: str) -> None:
        if self.next.text != sign or self.next.kind != "sign":
            raise self.unexpected()
        self.take()


def _called(function: Function, arguments: list[Node], token: Token) -> Node:
    wanted = list(function.takes)
    if function.many:
        wanted += [wanted[-1]] * (len(arguments) - len(wanted))
    places: tuple[int, ...] = ()
    if wanted[-1] == "places" and len(arguments) in (len(wanted) - 1, len(wanted)):
        wanted, places = wanted[:-1], (_places(arguments, len(wanted), token),)
        arguments = arguments[: len(wanted)]
    if len(arguments) != len(wanted):
        count = len(function.takes)
        raise ExpressionError(_l('"%(name)s" takes %(count)s values', name=token.text, count=count))
    alike = _alike(function, arguments, wanted, token)
    for argument, kind in zip(arguments, wanted, strict=True):
        if argument.kind not in (alike if kind == "same" else kind, "blank" if function.name == "if" else ""):
            raise _mismatch(token, argument.kind, alike if kind == "same" else kind)
    return Call(alike if function.gives == "same" else function.gives, function, tuple(arguments), places)


def _places(arguments: list[Node], count: int, token: Token) -> int:
    given = arguments[count - 1] if len(arguments) == count else Literal("number", Decimal(0))
    written = given.written if isinstance(given, Literal) else None
    if not isinstance(written, Decimal) or written != int(written) or not 0 <= written <= MOST_PLACES:
        most = MOST_PLACES
        raise ExpressionError(_l('"%(name)s" takes a count of digits from 0 to %(most)s', name=token.text, most=most))
    return int(written)


def _alike(function: Function, arguments: list[Node], wanted: list[str], token: Token) -> str:
    kinds = [one.kind for one, kind in zip(arguments, wanted, strict=False) if kind == "same" and one.kind != "blank"]
    if "same" in wanted and not kinds:
        raise ExpressionError(_l('"%(name)s" needs a value that is not blank', name=token.text))
    if kinds and kinds[0] not in function.alike:
        raise _mismatch(token, kinds[0], "number")
    return kinds[0] if kinds else ""


def _mismatch(token: Token, got: str, wanted: str) -> ExpressionError:
    told = {"name": token.text, "at": token.at, "wanted": KINDS[wanted], "got": KINDS[got]}
    return ExpressionError(_l('"%(name)s" at character %(at)s wants %(wanted)s, not %(got)s', **told))
