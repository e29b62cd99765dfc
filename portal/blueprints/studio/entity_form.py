"""The form of a new entity, and the documents it stands for: its own, and the rights roles get on it."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional, Regexp

from portal.blueprints.studio.field_form import key_of
from portal.schema import Catalog, check, edit, source

ICONS = ("folder", "briefcase", "box", "truck", "tool", "map-pin", "calendar-event", "certificate", "gift", "star")


class EntityForm(FlaskForm):  # type: ignore[misc]
    """What an administrator says of a new kind of records."""

    label_zh = StringField(_l("Name in Chinese"), [InputRequired(_l("Give a name.")), Length(max=60)])
    label_en = StringField(_l("Name in English"), [Optional(), Length(max=60)])
    key = StringField(
        _l("Key"),
        [Optional(), Regexp(r"^[a-z][a-z0-9_]{0,39}$", message=_l("Use small letters, digits and underscore."))],
        description=_l("Short name for rules and imports; made from the label when left empty."),
    )
    title_zh = StringField(
        _l("Title field in Chinese"), [InputRequired(_l("Give a name.")), Length(max=60)], default="名称"
    )
    title_en = StringField(_l("Title field in English"), [Optional(), Length(max=60)], default="Name")
    parent = SelectField(_l("Belongs to"), description=_l("Its records show on the page and the timeline of these."))
    icon = SelectField(_l("Icon"))
    in_menu = BooleanField(_l("Stands in the menu"), default=True)
    roles = SelectMultipleField(_l("Roles that work with it"))
    reach = SelectField(_l("They see and edit the records of"), default="team")

    def offer(self, catalog: Catalog) -> "EntityForm":
        """Fill the choices that depend on the documents."""
        self.catalog = catalog
        kinds = [SelectChoice(key, str(entity.label)) for key, entity in catalog.entities.items()]
        self.parent.choices = [SelectChoice("", _("Nothing above it")), *kinds]
        self.icon.choices = [SelectChoice(name, name) for name in ICONS if name != "certificate"]
        self.roles.choices = [SelectChoice(key, str(role.label)) for key, role in catalog.roles.items()]
        reaches = {"own": _("Own"), "team": _("Team"), "office": _("Office"), "all": _("All")}
        self.reach.choices = [SelectChoice(key, label) for key, label in reaches.items()]
        return self

    @property
    def entity_key(self) -> str:
        """Return the key given, or one made from the name."""
        return self.key.data or key_of(self.label_en.data or self.label_zh.data or "")

    def validate(self, extra_validators: Any = None) -> bool:
        """Check each input, and that the key is free."""
        right = bool(super().validate(extra_validators))
        if right and self.entity_key in self.catalog.entities:
            self.key.errors = [*self.key.errors, _("There is an entity with this key already.")]
            return False
        return right

    def documents(self, documents: Mapping[str, str]) -> dict[str, str]:
        """Return the documents that are new or say more than before: path → text."""
        key, made = self.entity_key, {}
        made[f"entities/{key}.yml"] = edit.put("", (), self._entity())
        grant = {"view": self.reach.data, "create": True, "edit": self.reach.data, "archive": "own", "export": "own"}
        for role in self.roles.data or ():
            path = f"roles/{role}.yml"
            if path in documents and "any" not in (source.read(path, documents[path]).tree.get("entities") or {}):
                made[path] = edit.put(documents[path], ("entities", key), grant)
        return made

    def _entity(self) -> dict[str, Any]:
        key, above = self.entity_key, self.catalog.entities.get(self.parent.data or "")
        label = _text(self.label_zh.data, self.label_en.data)
        title = {"type": "text", "label": _text(self.title_zh.data, self.title_en.data), "required": True}
        fields: dict[str, Any] = {"name": title | {"filterable": True, "sortable": True, "max_length": 120}}
        facts: dict[str, Any] = {"entity": key, "label": label, "plural": label, "slug": key.replace("_", "-")}
        facts |= {"icon": self.icon.data} | ({"menu": self._last() + 10} if self.in_menu.data else {})
        facts |= {"title": "name"}
        shown = ["name", "owner"]
        if above is not None:
            points = {"type": "reference", "label": above.label.model_dump(), "to": above.key}
            fields[above.key] = points | {"required": True, "filterable": True}
            facts |= {"parent": above.key, "timeline": {"at": "created_at", "text": "{name}"}}
            shown.insert(1, above.key)
        facts |= {"search": ["name"], "fields": fields}
        facts["form"] = [{"section": {"zh": "基本信息", "en": "Basics"}, "fields": shown}]
        columns = [*shown, "updated_at"]
        return facts | {"list": {"columns": columns, "sort": ["-updated_at"], "filters": shown[1:]}}

    def _last(self) -> int:
        return max((entity.menu or 0 for entity in self.catalog.entities.values()), default=0)

    def tell(self, found: check.CheckResult, paths: Mapping[str, str]) -> bool:
        """Show what the check says of the documents; whether anything is wrong."""
        wrong = [problem for problem in found.errors if problem.file in paths]
        self.key.errors = [*self.key.errors, *(f"{problem.message} {problem.hint}".strip() for problem in wrong)]
        return bool(wrong)


def _text(zh: str | None, en: str | None) -> object:
    return {"zh": zh, "en": en} if en else {"zh": zh, "en": zh}
