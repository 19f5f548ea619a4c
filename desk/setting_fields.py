"""What of the trade can be set, as a page shows it: path, Chinese label, type, limits. Read from the models."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from functools import cache
from importlib import resources
from typing import Any, Literal

import yaml
from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel

from desk.deadlines import Term
from desk.settings import TradeSettings

WHOLE = ("office.overrides", "revisit.categories", "dispatch.rules", "templates")
"""Set as one value: a list or a table of its own."""


@dataclass(frozen=True, slots=True)
class Field:
    """One setting."""

    path: str
    label: str
    help: str
    type: str
    """duration (seconds) | number | integer | boolean | text | time | choice | choices | list | term | object"""
    default: Any
    choices: tuple[tuple[str, str], ...] = ()
    least: float | None = None
    most: float | None = None
    may_be_empty: bool = False


@dataclass(frozen=True, slots=True)
class FieldGroup:
    """Fields that stand together."""

    name: str
    label: str
    fields: tuple[Field, ...]


@cache
def labels() -> Mapping[str, Any]:
    """The labels as they are written."""
    loaded: dict[str, Any] = yaml.safe_load(resources.files("desk").joinpath("setting_labels.yaml").read_text("utf-8"))
    return loaded


@cache
def fields() -> dict[str, Field]:
    """Every setting by its path, in the order of the models."""
    return {field.path: field for field in _walk(TradeSettings, TradeSettings(), "")}


@cache
def groups() -> tuple[FieldGroup, ...]:
    """The fields as the page shows them."""
    found: dict[str, list[Field]] = {}
    for field in fields().values():
        name = field.path.partition(".")[0]
        found.setdefault(name if name in labels()["groups"] else "other", []).append(field)
    return tuple(FieldGroup(name, labels()["groups"][name], tuple(part)) for name, part in found.items())


def value_at(values: Mapping[str, Any], path: str) -> Any:
    """What stands at a path; None where nothing does."""
    found: Any = values
    for part in path.split("."):
        if not isinstance(found, Mapping):
            return None
        found = found.get(part)
    return found


def _walk(model: type[BaseModel], values: BaseModel, prefix: str) -> Iterator[Field]:
    for name, info in model.model_fields.items():
        path, value = f"{prefix}{name}", getattr(values, name)
        kind = _bare(info.annotation)
        inside = isinstance(kind, type) and issubclass(kind, BaseModel)
        if inside and kind is not Term and path not in WHOLE:
            yield from _walk(kind, value, f"{path}.")
            continue
        default = model.model_validate(values).model_dump(mode="json")[name]
        label, help = _label(path)
        least, most = _limits([*info.metadata])
        yield Field(
            path=path,
            label=label,
            help=help,
            type=_type(path, kind),
            default=default,
            choices=_choices(path, kind),
            least=least,
            most=most,
            may_be_empty=type(None) in typing.get_args(info.annotation),
        )


def _bare(annotation: Any) -> Any:
    """The annotation without ``| None`` and ``Annotated``."""
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        annotation = next(part for part in typing.get_args(annotation) if part is not type(None))
    if typing.get_origin(annotation) is typing.Annotated:
        annotation = typing.get_args(annotation)[0]
    return annotation


def _type(path: str, kind: Any) -> str:
    if path in WHOLE:
        return "object"
    if kind is Term:
        return "term"
    if typing.get_origin(kind) is Literal:
        return "choice"
    if typing.get_origin(kind) is tuple:
        inner = _bare(typing.get_args(kind)[0])
        return "choices" if typing.get_origin(inner) is Literal else "durations" if inner is timedelta else "list"
    plain = {bool: "boolean", int: "integer", float: "number", str: "text", time: "time", timedelta: "duration"}
    return plain[kind]


def _choices(path: str, kind: Any) -> tuple[tuple[str, str], ...]:
    named = labels()["choices"]
    if kind is Term:
        return tuple(named["by"].items())
    if typing.get_origin(kind) is tuple:
        kind = _bare(typing.get_args(kind)[0])
    if typing.get_origin(kind) is not Literal:
        return ()
    own = named.get(path) or named["way"]
    return tuple((value, own.get(value, value)) for value in typing.get_args(kind))


def _label(path: str) -> tuple[str, str]:
    known = labels()
    found = known["fields"].get(path)
    if found is not None:
        return (found, "") if isinstance(found, str) else (found[0], found[1] if len(found) > 1 else "")
    above, _, last = path.rpartition(".")
    if above.startswith("deadlines."):
        return f"{known['rows'][above.partition('.')[2]]} · {known['terms'][last]}", ""
    label, help = _label(above)
    return f"{label} · {known['parts'][last]}", help


def _limits(metadata: list[Any]) -> tuple[float | None, float | None]:
    least: list[float] = []
    most: list[float] = []
    for one in metadata:
        if isinstance(one, Ge):
            least.append(_number(one.ge))
        elif isinstance(one, Gt):
            least.append(_number(one.gt))
        elif isinstance(one, Le):
            most.append(_number(one.le))
        elif isinstance(one, Lt):
            most.append(_number(one.lt))
    return max(least, default=None), min(most, default=None)


def _number(limit: Any) -> float:
    return limit.total_seconds() if isinstance(limit, timedelta) else float(limit)
