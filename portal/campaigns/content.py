"""What a marketer writes, made ready to fill in: Markdown with merge fields → subject, text and HTML.

Merge fields are set aside while Markdown runs and put back afterwards, so that neither a
customer's name can become markup nor a quote inside a field breaks the mail.
"""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass

from flask import current_app
from markdown_it import MarkdownIt
from markupsafe import Markup

from portal.mail import MergeTemplate

FIELD = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
ASIDE = re.compile(r"MergeAside(\d+)x")
LONE_STATEMENT = re.compile(r"<p>\s*((?:MergeAside\d+x\s*)+)</p>")
TRACKED = re.compile(r'href="(https?://[^"]+)"')
MARKDOWN = MarkdownIt("commonmark", {"html": False, "breaks": True, "linkify": False}).enable("strikethrough")


@dataclass(frozen=True)
class Personal:
    """One recipient's filled-in texts."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class Content:
    """The compiled texts of a campaign; `links` are the tracked targets by number."""

    subject: MergeTemplate
    text: MergeTemplate
    html: MergeTemplate
    links: tuple[str, ...]

    @property
    def names(self) -> frozenset[str]:
        """The merge fields in use, without the mail's own."""
        used = self.subject.names | self.text.names | self.html.names
        return frozenset(name for name in used if not name.startswith("mail."))

    def fill(self, values: Mapping[str, object], own: Mapping[str, str]) -> Personal:
        """Fill in a person's `values`; `own` holds `click`, `pixel` and `unsubscribe` addresses."""
        filled = {**values, "mail": dict(own)}
        subject = " ".join(self.subject.render(filled).split())
        return Personal(subject, self.text.render(filled), self.html.render(filled))


def compile_content(subject: str, body: str, *, sender: str = "") -> Content:
    """Compile a campaign's texts; raises MergeError, with the line in the text, when they may not run."""
    MergeTemplate(body)
    inner, links = tracked_links(to_html(body))
    # Not render_template: a worker has no request for the context of pages. The Markdown forbids HTML, and the
    # merge fields are escaped when they are filled in.
    layouts = current_app.jinja_env
    page = layouts.get_template("mail/campaign.html").render(body=Markup(inner), sender=sender)  # nosec B704
    plain = layouts.get_template("mail/campaign.txt").render(body=Markup(body), sender=sender)  # nosec B704
    return Content(MergeTemplate(subject), MergeTemplate(plain), MergeTemplate(page, is_html=True), links)


def to_html(body: str) -> str:
    """Give Markdown as HTML with its merge fields untouched."""
    fields: list[str] = []

    def aside(match: re.Match[str]) -> str:
        fields.append(match.group())
        return f"MergeAside{len(fields) - 1}x"

    rendered = MARKDOWN.render(FIELD.sub(aside, body))
    rendered = LONE_STATEMENT.sub(lambda match: _unwrapped(match, fields), rendered)
    return ASIDE.sub(lambda match: fields[int(match.group(1))], rendered)


def _unwrapped(match: re.Match[str], fields: list[str]) -> str:
    inside = match.group(1)
    numbers = [int(number) for number in ASIDE.findall(inside)]
    return inside if all(fields[number].startswith("{%") for number in numbers) else match.group()


def tracked_links(rendered: str) -> tuple[str, tuple[str, ...]]:
    """Send each fixed web link through the counter; one with a merge field inside stays as it is."""
    links: list[str] = []

    def number(match: re.Match[str]) -> str:
        target = html.unescape(match.group(1))
        if "{{" in target:
            return match.group()
        if target not in links:
            links.append(target)
        return f'href="{{{{ mail.click }}}}/{links.index(target)}"'

    return TRACKED.sub(number, rendered), tuple(links)
