"""A text that people read, in both languages."""

from typing import Any, Self

from markupsafe import Markup, escape
from pydantic import BaseModel, ConfigDict, model_validator

from portal.translations import locale


class Text(BaseModel):
    """A label in Chinese and English; `str()` gives the one of the current locale (Chinese outside a request)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    zh: str
    en: str

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, raw: Any) -> Any:
        """A plain string means the same in both; one language alone stands for the other."""
        if isinstance(raw, str):
            return {"zh": raw, "en": raw}
        if isinstance(raw, dict):
            spare = raw.get("zh") or raw.get("en")
            return {"zh": spare, "en": raw.get("en") or spare, **{k: v for k, v in raw.items() if v}}
        return raw

    @classmethod
    def of(cls, text: str) -> Self:
        """The same words in both languages."""
        return cls(zh=text, en=text)

    def __str__(self) -> str:
        found = locale()
        return self.en if found is not None and found.language == "en" else self.zh

    def __html__(self) -> Markup:
        return escape(str(self))  # else pydantic is asked for it at each place on a page

    def __hash__(self) -> int:
        return hash((self.zh, self.en))
