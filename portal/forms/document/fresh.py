"""What a new part begins with: the keys that must be given, with values to be changed."""

from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

from portal.fields import Text

LABEL = {"zh": "新的", "en": "New"}


def fresh_of(annotation: Any, kind: str = "") -> Any:
    """Return a small value of a type; `kind` chooses the key of a part that is of exactly one kind."""
    arguments = get_args(annotation)
    if get_origin(annotation) is Literal:
        return arguments[0]
    if annotation is Text:
        return dict(LABEL)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _part(annotation, kind)
    if hasattr(annotation, "__metadata__"):
        return fresh_of(arguments[0], kind)
    if get_origin(annotation) in (tuple, list):
        return []
    if get_origin(annotation) is dict or annotation is dict:
        return {}
    if type(None) in arguments:
        return fresh_of(arguments[0], kind)
    return ""


def _part(model: type[BaseModel], kind: str) -> dict[str, Any]:
    infos = {info.alias or name: info for name, info in model.model_fields.items()}
    if kind in infos:
        return {kind: fresh_of(infos[kind].annotation)}
    made = {key: fresh_of(info.annotation) for key, info in infos.items() if info.is_required()}
    return made | ({"type": "text"} if made.get("type") == "" else {})
