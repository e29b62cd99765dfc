"""Templates: each is used, none carries script or style of its own."""

import re

from tests.house.sources import TEMPLATES, modules, pages, templates

INLINE = {
    "a script": re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", re.IGNORECASE),
    "a style": re.compile(r"<style\b", re.IGNORECASE),
    "a style attribute": re.compile(r"""\sstyle\s*=\s*["']""", re.IGNORECASE),
    "an event attribute": re.compile(r"""<[a-z][^>]*\son[a-z]+\s*=\s*["']""", re.IGNORECASE),
    "an address that is a script": re.compile(r"javascript:", re.IGNORECASE),
    "htmx that evaluates": re.compile(r"hx-on[:=-]|hx-vals=[\"']js:|hx-headers=[\"']js:", re.IGNORECASE),
}
NAME = re.compile(r"""["']((?:[\w-]+/)+[\w.-]+\.(?:html|txt|xml|css|svg|j2))["']""")
PREFIX = re.compile(r"""["']((?:[\w-]+/)+[\w-]*)(?:["']\s*[~+]|\{)""")


def test_pages_carry_no_script_or_style() -> None:
    found = [f"{name}: {what}" for name, text in pages().items() for what, mark in INLINE.items() if mark.search(text)]
    assert not found, "\n".join(found)


def test_every_template_is_used() -> None:
    texts = [text for _path, _tree, text in modules()] + list(templates().values())
    used = {name for text in texts for name in NAME.findall(text)}
    # Names that are put together, such as "fields/input/" ~ key ~ ".html".
    prefixes = {prefix for text in texts for prefix in PREFIX.findall(text) if (TEMPLATES / prefix).parent.is_dir()}
    idle = [name for name in templates() if name not in used and not name.startswith(tuple(prefixes))]
    assert not idle, "nobody shows:\n" + "\n".join(idle)


def test_every_named_template_is_there() -> None:
    known = templates().keys()
    folders = {name.split("/")[0] for name in known}
    texts = [(path, text) for path, _tree, text in modules()] + list(templates().items())
    gone = [
        f"{where} names {name}"
        for where, text in texts
        for name in NAME.findall(text)
        if name not in known and name.split("/")[0] in folders and name.endswith((".html", ".txt"))
    ]
    assert not gone, "\n".join(gone)


def test_every_form_that_posts_carries_the_token() -> None:
    form = re.compile(r"<form\b[^>]*method=[\"']post[\"'][^>]*>(.*?)</form>", re.IGNORECASE | re.DOTALL)
    marks = ("csrf_token", "token()", "hidden_tag", "include ")
    bare = [name for name, text in pages().items() for body in form.findall(text) if not any(m in body for m in marks)]
    assert not bare, "\n".join(bare)
