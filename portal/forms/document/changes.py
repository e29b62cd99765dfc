"""What a sent form does to the text: values are kept where they differ, buttons add, take away and move parts."""

from portal.forms.document.control import Control, Sent, UnreadableError, path_of
from portal.forms.document.groups import Group, Named, Parts
from portal.schema import edit, rewrite, source


class Refused(ValueError):
    """Parts written as YAML that are none: `parts` maps the name of the input to what was sent and why not."""

    def __init__(self, parts: dict[str, tuple[str, object]]) -> None:
        super().__init__(", ".join(parts))
        self.parts = parts


def kept(text: str, control: Control, sent: Sent) -> str:
    """Return the text with what the form says in it; raises Refused."""
    try:
        value = control.read(sent)
    except UnreadableError as error:
        raise Refused({error.name: (error.sent, error.why)}) from error
    tree = source.read("", text).tree
    if not control.path:
        return rewrite.rewrite(text, value, [str(child.key) for child in control.inner()])
    below = tree
    for part in control.path[:-1]:
        below = below[part]
    below[control.path[-1]] = value
    return rewrite.rewrite(text, tree)


def act(text: str, form: Control, word: str, sent: Sent) -> str:
    """Do what a button asks for, such as `add:steps` or `up:steps/2`; anything else leaves the text as it is."""
    verb, _, pointer = word.partition(":")
    path = path_of(pointer, source.read("", text).tree)
    found = form.at(path)
    if found is None or not path:
        return text
    if verb == "add":
        return _add(text, form, found, sent)
    if verb == "remove":
        return edit.remove(text, path)
    return edit.move(text, path, {"up": -1, "down": 1}[verb]) if verb in ("up", "down") else text


def _add(text: str, form: Control, found: Control, sent: Sent) -> str:
    if isinstance(found, Named):
        key = (sent.get(f"{found.name}/new") or "").strip()
        taken = found.value if isinstance(found.value, dict) else {}
        return edit.put(text, (*found.path, key), found.fresh("")) if key and key not in taken else text
    if isinstance(found, Parts):
        kind = sent.get(f"{found.name}/kind") or ""
        return edit.insert(text, found.path, len(found.items), found.fresh(kind))
    if isinstance(found, Group) and not found.is_there:
        above = form.at(found.path[:-1])
        order = [str(child.key) for child in above.inner()] if above is not None else []
        return edit.put(text, found.path, found.fresh() or {}, order)
    return text
