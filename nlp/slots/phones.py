"""Phone numbers: mobiles with or without gaps, landlines, service numbers, and mobiles spoken in Chinese digits."""

from __future__ import annotations

import re

from nlp.numerals import DIGITS

_GAP = "[- .]{1,2}"
_MOBILE = re.compile(
    r"(?<![\d+])(?:(?:\+|00)?86[- ]?)?"
    rf"(1[3-9]\d(?:\d{{8}}|{_GAP}\d{{4}}(?:{_GAP})?\d{{4}}|\d{{4}}{_GAP}\d{{4}}|{_GAP}\d{{3}}{_GAP}\d{{5}}"
    rf"|\d{{2}}{_GAP}\d{{3}}(?:{_GAP})?\d{{3}}|(?:{_GAP}\d{{2}}){{4}}))(?!\d)"
)
_LANDLINE = re.compile(
    r"(?<!\d)\(?(?P<area>0(?:10|2\d|[3-9]\d{2}))\)?\s?[- ]?\s?(?P<local>[2-8]\d{2,3}[- ]?\d{4})"
    r"(?:\s?(?:-|转|分机)\s?(?P<ext>\d{1,5}))?(?![\d-])"
)
_SERVICE = re.compile(r"(?<!\d)([48]00)[- ]?(\d{3})[- ]?(\d{4})(?!\d)")
_SPOKEN = re.compile(r"[幺一][三四五六七八九][零〇一幺二三四五六七八九]{9}(?![零〇一幺二三四五六七八九])")
_GAPS = re.compile(r"[- .]")


def find_phone(flat: str) -> str | None:
    """The first phone number of a flattened text: a mobile as 11 digits, a landline as 0571-88886666."""
    mobile = _MOBILE.search(flat)
    if mobile:
        return _GAPS.sub("", mobile[1])
    landline = _LANDLINE.search(flat)
    if landline:
        local = _GAPS.sub("", landline["local"])
        return f"{landline['area']}-{local}" + (f"-{landline['ext']}" if landline["ext"] else "")
    service = _SERVICE.search(flat)
    if service:
        return "-".join(service.groups())
    spoken = _SPOKEN.search(flat)
    return "".join(str(DIGITS[char]) for char in spoken.group()) if spoken else None


def blank_phones(flat: str) -> str:
    """The flattened text with spaces where mobiles and landlines stood."""
    return _MOBILE.sub(" ", _LANDLINE.sub(" ", flat))
