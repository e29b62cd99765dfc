"""Two languages: English msgids in the code, Chinese in ``zh/<area>.po``, read at the start without a compiled file."""

from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import current_app, g, has_app_context, has_request_context, request
from flask_babel import Babel, Domain, get_locale
from flask_babel.speaklater import LazyString
from flask_login import current_user
from markupsafe import Markup, escape

FOLDER = Path(__file__).parent
LOCALES = {"zh": "zh_Hans_CN", "en": "en"}  # Flask-Admin has its Chinese under exactly this name
COOKIE = "language"


def install(babel: Babel) -> None:
    """Let flask-babel take its texts from the merged catalogues of this folder; call it after ``babel.init_app``."""
    babel.domain_instance = AreasDomain()
    LazyString.__html__ = _escaped


def _escaped(text: LazyString) -> Markup:
    """Lazy texts carry what people typed, yet flask-babel calls them safe HTML; they are escaped like any other."""
    return escape(str(text))


def language() -> str:
    """The language of the present person: the saved choice, else the cookie of a guest, else that of the setting."""
    usual: str = current_app.config["PORTAL"].language if has_app_context() else "zh"
    if not has_request_context():
        return usual
    saved = getattr(current_user, "locale", None) or request.cookies.get(COOKIE)
    return saved if saved in LOCALES else usual


def select_locale() -> str:
    """The locale selector for ``babel.init_app``."""
    return LOCALES[language()]


def locale() -> Locale | None:
    """The present locale, None outside of requests and jobs; asked hundreds of times a page, flask-babel only once."""
    try:
        found: Locale = g._get_current_object()._flask_babel.babel_locale
    except (AttributeError, RuntimeError):
        return get_locale()
    return found or get_locale()


class AreasDomain(Domain):  # type: ignore[misc]
    """All areas as one domain; English is the msgid itself."""

    def get_translations(self) -> NullTranslations:
        found = locale()
        return chinese() if found is not None and found.language == "zh" else ENGLISH


class Texts(Translations):
    """Texts from parsed catalogues instead of a compiled file."""

    def __init__(self, catalogues: list[Catalog]) -> None:
        super().__init__()
        self.plural = lambda number: 0
        self._catalog: dict[tuple[str, Any] | str, str] = {}
        for catalogue in catalogues:
            for message in catalogue:
                self._add(message.id, message.string)

    def _add(self, key: object, text: object) -> None:
        if isinstance(key, str) and key and isinstance(text, str) and text:
            self._catalog[key] = text
        elif isinstance(key, list | tuple) and isinstance(text, list | tuple) and text and text[0]:
            self._catalog[(key[0], 0)] = text[0]
            self._catalog.setdefault(key[0], text[0])


ENGLISH = Translations()


@cache
def chinese() -> Texts:
    """Every area's Chinese texts merged; read once per process."""
    return Texts([read_area(path) for path in sorted((FOLDER / "zh").glob("*.po"))])


def read_area(path: Path) -> Catalog:
    """One ``.po`` file parsed; a malformed file raises babel's PoFileError with its line."""
    with path.open("rb") as stream:
        return read_po(stream, locale="zh_Hans_CN", abort_invalid=True)
