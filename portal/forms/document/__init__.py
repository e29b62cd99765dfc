"""A document of the schema as a form: made from the models that also check it, read back into the same text."""

from portal.forms.document import words as words
from portal.forms.document.changes import Refused, act, kept
from portal.forms.document.completion import complete
from portal.forms.document.control import Control
from portal.forms.document.shape import Setting, part, whole

__all__ = ["Control", "Refused", "Setting", "act", "complete", "kept", "part", "whole"]
