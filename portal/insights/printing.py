"""Parts of a report to a finished PDF, through `templates/pdf/report.html`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import current_app

from portal.insights import fonts, pdf
from portal.insights.lens import Lens
from portal.insights.parts import Part
from portal.insights.pdf import Pdf

WIDTH = 665  # CSS pixels between the margins of A4


@dataclass(frozen=True)
class Cover:
    """What the first page says."""

    title: str
    lens: Lens
    made_at: datetime
    locale: str


def html(cover: Cover, parts: Sequence[Part]) -> str:
    """Lay the parts out as one HTML document."""
    template = current_app.jinja_env.get_template("pdf/report.html")
    return template.render(cover=cover, lens=cover.lens, parts=parts, family=fonts.FAMILY, width=WIDTH)


def print_out(cover: Cover, parts: Sequence[Part], typeset: Callable[[str], Pdf] = pdf.render) -> Pdf:
    """Return the finished PDF."""
    return typeset(html(cover, parts))
