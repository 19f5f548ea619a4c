"""What a template's fields may hold, by the prefix of their key, and what is left of them on the phone."""

from __future__ import annotations

import re
import unicodedata

from bot.emulator.config import Template

LENGTH = 20
"""Since 4 May 2023 a field of a service account's template shows so many characters."""

_TIME = r"\d{1,2}:\d{2}(:\d{2})?"
_DAY = r"(\d{4}年\d{1,2}月\d{1,2}日|\d{4}[-/]\d{1,2}[-/]\d{1,2})"
_MOMENT = rf"({_DAY}\s?({_TIME})?|{_TIME})"
_RULES: dict[str, str] = {
    "thing": r".{1,20}",
    "number": r"-?\d+(\.\d+)?",
    "letter": r"[A-Za-z]{1,32}",
    "symbol": r"[^\w\s]{1,5}",
    "character_string": r"[\x21-\x7e]{1,32}",
    "time": rf"{_MOMENT}(\s?~\s?{_MOMENT})?",
    "date": rf"{_DAY}\s?({_TIME})?(\s?~\s?{_DAY}\s?({_TIME})?)?",
    "amount": r"[^\d\s.]?\d{1,10}(\.\d{1,2})?元?",
    "phone_number": r"[\d\s+\-()*#]{1,17}",
    "car_number": r"[\u4e00-\u9fff]?[A-Za-z0-9·]{1,7}[\u4e00-\u9fff]?",
    "name": r"[\u4e00-\u9fffA-Za-z·. ]{1,10}|[A-Za-z·. ]{1,20}",
    "phrase": r"[\u4e00-\u9fff]{1,5}",
}


def breaks_rule(template: Template, key: str, value: str) -> bool:
    """Whether this value would be answered with 47003. Keys without a known prefix hold anything."""
    prefix = re.sub(r"\d+$", "", key)
    if key in template.choices:
        return value not in template.choices[key]
    if prefix == "number" and len(value) > 32:
        return True
    if prefix == "car_number" and len(value) > 8:
        return True
    rule = _RULES.get(prefix)
    return rule is not None and not re.fullmatch(rule, value, re.DOTALL)


def stripped(value: str) -> str:
    """What the phone shows of it: no line breaks, no emoji, twenty characters."""
    flat = "".join(char for char in value if not _is_emoji(char))
    return " ".join(flat.split())[:LENGTH]


def _is_emoji(char: str) -> bool:
    number = ord(char)
    return (
        number >= 0x1F000
        or 0x2600 <= number <= 0x27BF
        or number in (0x200D, 0x20E3, 0xFE0F)
        or unicodedata.category(char) == "Cs"
    )
