"""How templates are drawn: macros made once, words looked up once, symbols put together once, markup put out as it is.

Nothing of a person is kept here: the same words and symbols stand on everybody's pages.
"""

import hashlib
import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from types import FunctionType, SimpleNamespace
from typing import Any

from flask import Flask, current_app, request, url_for
from flask_babel import get_translations
from jinja2 import Template, pass_eval_context
from jinja2.compiler import CodeGenerator, Frame
from jinja2.nodes import EvalContext, Expr
from jinja2.runtime import Context, Macro
from jinja2.utils import internalcode
from markupsafe import Markup, escape

from portal import translations
from portal.schema import Entity

MOST = 5000  # words, symbols and addresses of a process
PIECES = "pieces"  # those of an app
NOBODY = dict.fromkeys(("request", "session", "g", "current_user", "csrf_token", "csp_nonce", "once_key"))
"""What a piece for many people may not ask; all other names of pages are not given to it."""
STATIC = Path(__file__).parent.parent / "static"
SPRITE = "vendor/tabler-icons/sprite.svg"
OF_A_RECORD, NUMBER = {"entity", "record_id"}, 2**50
UNSAFE = re.compile("[&<>'\"]")
SYMBOL = Markup(
    '<svg class="{}" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round"'
    ' stroke-linejoin="round" {}><use href="{}"/></svg>'
)


class Piece(Template):
    """A template whose macros are made once for all that import it.

    Jinja compares all names of the importing template with its own at every import, sixty times a page, to give the
    macros what a caller of `render` may have added; here every template knows the same names.
    """

    def _get_default_module(self, ctx: Context | None = None) -> Any:
        return self._module or super()._get_default_module()


class Printer(CodeGenerator):
    """Puts values out by `html` where a template escapes, eight hundred times a page."""

    def _output_child_pre(self, node: Expr, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("environment.html(")


class Caller(Context):
    """Calls functions and macros from templates, three hundred times a page.

    Jinja asks each twice by an attribute that most have not whether it wants the context; only others are asked here.
    """

    @internalcode
    def call(self, called: Callable[..., Any], /, *args: Any, **named: Any) -> Any:
        if type(called) is Macro or called is gettext:
            args = (self.eval_ctx, *args)
        elif type(called) is not FunctionType or "jinja_pass_arg" in called.__dict__:
            return super().call(called, *args, **named)
        named.pop("_block_vars", None)
        named.pop("_loop_vars", None)
        return called(*args, **named)


def html(value: Any) -> str:
    """The value as HTML, escaped unless it is markup; Jinja makes a new object of each, markup or not."""
    if type(value) is Markup or (type(value) is str and not UNSAFE.search(value)):
        return value
    return escape(value)


def install(app: Flask) -> None:
    """Draw the app's templates this way; after flask-babel has put its own functions there."""
    app.jinja_env.template_class, app.jinja_env.code_generator_class = Piece, Printer
    app.jinja_env.context_class = Caller
    app.jinja_env.html = html  # type: ignore[attr-defined]
    app.jinja_env.globals.update(_=gettext, gettext=gettext, asset=asset, symbol=symbol, shared=shared, url_for=address)


def asset(path: str) -> str:
    """The address of a file under static/, which names its content so that browsers may keep it."""
    changed = (STATIC / path).stat().st_mtime_ns if current_app.debug else 0  # as with templates: else until a restart
    return request.script_root + _address(str(current_app.static_url_path), path, changed)


@lru_cache(maxsize=MOST)
def _address(folder: str, path: str, _changed: int) -> str:
    return f"{folder}/{path}?v={hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:10]}"


def address(endpoint: str, /, **values: Any) -> str:
    """`url_for`; the routing map is asked once for the pages of a kind and of its records, which differ by the id."""
    entity, record_id = values.get("entity"), values.get("record_id", 0)
    if not (values.keys() <= OF_A_RECORD and isinstance(entity, Entity) and type(record_id) is int):
        return url_for(endpoint, **values)
    before, *after = _around(endpoint, entity.slug, "record_id" in values, request.script_root)
    return f"{before}{record_id}{after[0]}" if after else before


@lru_cache(maxsize=MOST)
def _around(endpoint: str, slug: str, has_id: bool, _root: str) -> list[str]:
    """What stands around the id in the address."""
    kind = SimpleNamespace(slug=slug)  # all that addresses take of an entity
    return (
        url_for(endpoint, entity=kind, record_id=NUMBER).split(str(NUMBER))
        if has_id
        else [url_for(endpoint, entity=kind)]
    )


def place(template: str) -> tuple[str, str, str]:
    """All that a template hangs on which is drawn without anybody; such pieces are kept under it."""
    locale = translations.locale()
    return template, locale.language if locale else "", request.script_root


def drawn(template: str, **values: Any) -> Markup:
    """A piece of page for many people, drawn without person, request and session: it fails where it asks for these."""
    return Markup(current_app.jinja_env.get_template(template).render(NOBODY | values))  # nosec B704, a template of ours


def shared(template: str) -> Markup:
    """A piece that is the same on everybody's pages, drawn once for each language."""
    if current_app.debug:
        return drawn(template)
    kept: dict[tuple[str, str, str], Markup] = current_app.extensions.setdefault(PIECES, {})
    found = kept.get(here := place(template))
    if found is None:
        found = kept[here] = drawn(template)
    return found


@pass_eval_context
def gettext(context: EvalContext, text: str, /, **values: Any) -> str:
    """The text in the present language with the values in it, escaped where the template escapes."""
    if not context.autoescape:
        return str(get_translations().ugettext(text)) % values
    locale = translations.locale()
    language = locale.language if locale else ""
    return _words(language, text) % values if values else _plain(language, text)


@lru_cache(maxsize=MOST)
def _words(_language: str, text: str) -> Markup:
    return Markup(get_translations().ugettext(text))  # nosec B704, texts of ours


@lru_cache(maxsize=MOST)
def _plain(language: str, text: str) -> Markup:
    return _words(language, text) % {}  # a percent sign is written twice in all texts


def symbol(name: str | None, css: str = "", label: str | None = None) -> Markup:
    """One symbol of the sprite, which browsers keep."""
    if label is None:
        return _hidden(request.script_root, name or "point", css)
    return _symbol(name or "point", css, label)


@lru_cache(maxsize=MOST)
def _hidden(_root: str, name: str, css: str) -> Markup:
    """A symbol beside words that say the same; only these are kept, for a label may be anybody's text."""
    return _symbol(name, css, None)


def _symbol(name: str, css: str, label: str | None) -> Markup:
    told = Markup('aria-hidden="true"') if label is None else Markup('role="img" aria-label="{}"').format(label)
    return SYMBOL.format(f"icon {css}".rstrip(), told, f"{asset(SPRITE)}#{name}")
