"""Tracking numbers in what people write, and the carrier by its form (the forms that the carriers publish)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_FORMS: tuple[tuple[str, str], ...] = (
    ("顺丰", r"SF\d{12,13}"),
    ("京东", r"JD[A-Z]{0,2}\d{10,15}(?:-\d{1,3}){0,2}"),
    ("圆通", r"YT\d{13}|YT\d{15}"),
    ("极兔", r"JT\d{13}"),
    ("德邦", r"DPK\d{9,12}|DP\d{9,12}"),
    ("申通", r"STO\d{10,13}|77\d{13}"),
    ("EMS", r"[A-Z]{2}\d{9}CN|E[A-Z]\d{11}|1[01]\d{11}"),
    ("邮政", r"9[89]\d{11}"),
    ("中通", r"ZTO\d{10,13}|7[3-9]\d{12}|78\d{12}"),
    ("韵达", r"YD\d{13,15}|4[36]\d{13}|3[01]\d{11}"),
    ("菜鸟", r"CN\d{10,15}|LP\d{12,16}"),
)
"""Carrier and form of its numbers; the first that fits counts."""
_CARRIERS = [(name, re.compile(form)) for name, form in _FORMS]
_NAMES = "顺丰|京东|圆通|极兔|德邦|申通|EMS|邮政|中通|韵达|菜鸟|天猫|百世|丹鸟|跨越|安能"
_NAMED = re.compile(_NAMES, re.I)
# Bank cards and identity numbers are longer, phone numbers shorter.
_NUMBER = re.compile(
    r"(?<![A-Za-z0-9-])"
    r"(?:[A-Za-z]{2,4}[ ]?\d{9,16}(?:-\d{1,3}){0,2}-?|[A-Za-z]{2}\d{9}[A-Za-z]{2}|\d{12,15})"
    r"(?![A-Za-z0-9])"
)
_TAIL = re.compile(
    r"(?:尾号|后[四4]位|末[四4]位|尾数|单号后面?)(?:是|为|:)?\s*(?P<tail>[0-9A-Za-z]{4,6})(?![0-9A-Za-z])"
)


@dataclass(frozen=True, slots=True)
class Tracking:
    """A number as it is kept, and whose it looks like (empty: cannot be told)."""

    number: str
    carrier: str = ""

    @property
    def tail(self) -> str:
        """The last four characters, as people name a parcel."""
        return self.number[-4:]


def plain_number(text: str) -> str:
    """A tracking number as it is kept: half-width capitals and digits without spaces and closing dashes."""
    return "".join(unicodedata.normalize("NFKC", text).split()).upper().rstrip("-")


def carrier_of(number: str) -> str:
    """The carrier whose numbers look like this one; empty when none or several do."""
    number = plain_number(number)
    return next((name for name, form in _CARRIERS if form.fullmatch(number)), "")


def find_tracking(text: str) -> Tracking | None:
    """The first tracking number in a text, alone or in a sentence; None when there is none."""
    flat = unicodedata.normalize("NFKC", text[:500])
    found = _NUMBER.search(flat)
    if found is None:
        return None
    number, named = plain_number(found.group()), _NAMED.search(flat)
    return Tracking(number, carrier_of(number) or (named.group().upper() if named else ""))


def find_tail(text: str) -> str | None:
    """The end of a tracking number that the text names as such: 尾号 4821."""
    found = _TAIL.search(unicodedata.normalize("NFKC", text[:500]))
    return found["tail"].upper() if found else None
