"""Phone numbers: mobiles with or without gaps, landlines, service numbers, and mobiles spoken in Chinese digits."""

from __future__ import annotations

import re

from nlp.numerals import DIGITS

_GAP = "[- .,]{1,2}"
_MOBILE = re.compile(
    r"(?<![\d+])(?:(?:\+|00)?86[- ]?)?"
    rf"(1(?:[3-9]\d(?:\d{{8}}|{_GAP}\d{{4}}(?:{_GAP})?\d{{4}}|\d{{4}}{_GAP}\d{{4}}|{_GAP}\d{{3}}{_GAP}\d{{5}}"
    rf"|\d{{2}}{_GAP}\d{{3}}(?:{_GAP})?\d{{3}}|(?:{_GAP}\d{{2}}){{4}})| [3-9](?: \d){{9}}))(?!\d)"
)
_LANDLINE = re.compile(
    r"(?<!\d)\(?(?P<area>0(?:10|2\d|[3-9]\d{2}))\)?\s?[- ]?\s?(?P<local>[2-8]\d{2,3}[- ]?\d{4})"
    r"(?:\s?(?:-|转|分机)\s?(?P<ext>\d{1,5}))?(?![\d-])"
)
_SERVICE = re.compile(r"(?<!\d)([48]00)[- ]?(\d{3})[- ]?(\d{4})(?!\d)")
_DIGIT = f"[{''.join(DIGITS).replace('两', '')}]"
_SPOKEN = re.compile(rf"[幺一壹][三四五六七八九叁肆伍陆柒捌玖](?:[- ,]?{_DIGIT}){{9}}(?!{_DIGIT})")
_LOCAL = re.compile(
    r"(?:电话|座机|固话|总机|拨打?|打)(?:号码|[是:到给 ]|我家|家里的?){0,2}(?P<local>[2-8]\d{2,3}[- ]?\d{4})(?![\d-])"
)
"""Without its area only where it is called a telephone."""
_FIGURES = frozenset("0123456789")
_GAPS = re.compile(r"[- .,]")
SPOKEN_CHARS = frozenset("幺壹零〇八九捌玖叁柒")
"""A spoken number holds one of these (but one in twenty, which is too few to look at every text for)."""


def find_phone(flat: str) -> str | None:
    """The first phone number of a flattened text: a mobile as 11 digits, a landline as 0571-88886666."""
    figures = not _FIGURES.isdisjoint(flat)
    mobile = _MOBILE.search(flat) if figures else None
    if mobile:
        return _GAPS.sub("", mobile[1])
    landline = _LANDLINE.search(flat) if figures else None
    if landline:
        local = _GAPS.sub("", landline["local"])
        return f"{landline['area']}-{local}" + (f"-{landline['ext']}" if landline["ext"] else "")
    service = _SERVICE.search(flat) if figures else None
    if service:
        return "-".join(service.groups())
    spoken = _SPOKEN.search(flat) if not SPOKEN_CHARS.isdisjoint(flat) else None
    if spoken:
        return "".join(str(DIGITS[char]) for char in spoken.group() if char in DIGITS)
    bare = _LOCAL.search(flat) if figures else None
    return _GAPS.sub("", bare["local"]) if bare else None


def blank_phones(flat: str) -> str:
    """The flattened text with spaces where mobiles and landlines stood."""
    return _MOBILE.sub(" ", _LANDLINE.sub(" ", flat))
