"""The body of a push as a flat mapping of names to text, whether it came as XML or JSON.

Nested elements get a path (``ScanCodeInfo/ScanResult``); the second of several equal siblings gets ``#1``, the third
``#2`` (``Event/List/TemplateId``, ``Event/List#1/TemplateId``), so one element and a list of one look the same.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final
from xml.parsers import expat

from bot.wechat.rejected import Rejected

MAX_DEPTH: Final = 8
MAX_FIELDS: Final = 1000

# WeChat does not clean what people type; XML allows none of these, and U+FFFE / U+FFFF neither.
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}", re.ASCII)


def clean(text: str) -> str:
    """The text without characters that XML, and with it WeChat, cannot carry."""
    return _FORBIDDEN.sub("", text)


def read(body: bytes) -> tuple[dict[str, str], bool]:
    """The fields of a push body and whether it was JSON; raises ``Rejected`` (400) for whatever is not clean."""
    try:
        text = clean(body.decode("utf-8")).strip("\ufeff \t\r\n")
    except UnicodeDecodeError as error:
        raise Rejected(400, "encoding") from error
    if text.startswith("{"):
        return _read_json(text), True
    return _read_xml(text), False


def rows(fields: dict[str, str], path: str) -> list[dict[str, str]]:
    """The repeated element at ``path``, one mapping each: ``rows(fields, "SubscribeMsgPopupEvent/List")``."""
    found: list[dict[str, str]] = []
    place = path
    while True:
        start = place + "/"
        row = {name[len(start) :]: value for name, value in fields.items() if name.startswith(start)}
        if not row:
            return found
        found.append(row)
        place = f"{path}#{len(found)}"


class _Xml:
    """Collects what expat meets. Not xmltodict: it makes lists of repeated elements instead of refusing them."""

    __slots__ = ("_counts", "_stack", "_text", "fields")

    def __init__(self) -> None:
        self.fields: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        self._stack: list[tuple[str, bool]] = []  # path, and whether it is still without children
        self._text: list[str] = []

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        stack = self._stack
        depth = len(stack)
        if depth == 0:
            if name != "xml":
                raise Rejected(400, "root")
            stack.append(("", False))
            return
        if depth > MAX_DEPTH:
            raise Rejected(400, "nesting")
        if not _NAME.fullmatch(name):
            raise Rejected(400, "name")
        parent, childless = stack[-1]
        if childless:
            stack[-1] = (parent, False)
        path = f"{parent}/{name}" if parent else name
        seen = self._counts.get(path, 0)
        self._counts[path] = seen + 1
        if seen:
            if depth == 1:
                raise Rejected(400, "duplicate")
            path = f"{path}#{seen}"
        stack.append((path, True))
        self._text.clear()

    def end(self, _name: str) -> None:
        path, childless = self._stack.pop()
        if childless:
            if len(self.fields) >= MAX_FIELDS:
                raise Rejected(400, "fields")
            self.fields[path] = "".join(self._text)

    def text(self, data: str) -> None:
        self._text.append(data)

    def doctype(self, *_: object) -> None:
        # Raised before an entity can be declared. Looking for the letters instead would refuse an owner who types them.
        raise Rejected(400, "dtd")


def _read_xml(text: str) -> dict[str, str]:
    reader = _Xml()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = reader.doctype
    try:
        parser.Parse(text, True)
    except expat.ExpatError as error:
        raise Rejected(400, "xml") from error
    return reader.fields


def _read_json(text: str) -> dict[str, str]:
    try:
        data = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Rejected(400, "json") from error
    fields: dict[str, str] = {}
    _flatten(data, "", 0, fields)
    return fields


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Rejected(400, "duplicate")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _flatten(value: Any, path: str, depth: int, into: dict[str, str]) -> None:
    if depth > MAX_DEPTH:
        raise Rejected(400, "nesting")
    if isinstance(value, dict):
        for name, inner in value.items():
            if not _NAME.fullmatch(name):
                raise Rejected(400, "name")
            _flatten(inner, f"{path}/{name}" if path else name, depth + 1, into)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            _flatten(inner, f"{path}#{index}" if index else path, depth + 1, into)
    else:
        if len(into) >= MAX_FIELDS:
            raise Rejected(400, "fields")
        into[path] = _scalar(value)


def _scalar(value: str | int | float | bool | None) -> str:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
