"""Parcels by their numbers: tracking number, last digits, and the carrier by name or by the form of the number."""

from __future__ import annotations

import re
from dataclasses import dataclass

CARRIERS: dict[str, str] = {
    "顺丰": "顺丰", "中通": "中通", "圆通": "圆通", "韵达": "韵达", "申通": "申通", "极兔": "极兔", "百世": "百世",
    "京东": "京东", "德邦": "德邦", "邮政": "邮政", "中国邮政": "邮政", "EMS": "EMS", "ems": "EMS", "Ems": "EMS",
    "天天快递": "天天", "菜鸟": "菜鸟", "丹鸟": "丹鸟", "跨越": "跨越", "安能": "安能", "壹米滴答": "壹米滴答",
    "宅急送": "宅急送", "优速": "优速", "DHL": "DHL", "dhl": "DHL", "UPS": "UPS", "FedEx": "FedEx",
    "联邦快递": "FedEx",
    "美团": "美团", "饿了么": "饿了么", "闪送": "闪送", "达达": "达达", "韵哒": "韵达", "申通快递": "申通",
    "平邮": "邮政",
    "挂号信": "邮政", "天猫超市": "天猫",
}  # fmt: skip
"""Names as people write them, and what they are called here."""
_NAMES = re.compile("|".join(sorted(map(re.escape, CARRIERS), key=len, reverse=True)))
_FIRST = frozenset(name[0] for name in CARRIERS)
SHIPMENT_CHARS = _FIRST | frozenset("尾位末") | frozenset("0123456789")
"""A parcel's name or number holds one of these."""
_PREFIX = {
    "SF": "顺丰", "YT": "圆通", "ZTO": "中通", "ZT": "中通", "STO": "申通", "JT": "极兔", "DPK": "德邦", "DPL": "德邦",
    "DPU": "德邦", "YD": "韵达", "BEST": "百世", "HT": "百世", "KYE": "跨越", "XA": "邮政", "YZ": "邮政", "TT": "天天",
}  # fmt: skip
_LETTERED = re.compile(
    r"(?<![A-Za-z0-9])([A-Za-z]{2,4})[ :]?(\d{9,15})(?:(-\d{1,2}-\d{1,2}-?)|([A-Za-z]{2})(?![A-Za-z]))?(?!\d)"
)
_SPACED = re.compile(r"(?<![A-Za-z0-9])([A-Za-z]{2,3})[ :]?(\d{3,5}(?: \d{3,5}){2,3})(?![\d-])")
_DIGITS = re.compile(r"(?<![\d.+A-Za-z-])(\d{12,15}|\d{10})(?![\d.-])")
_TAIL = re.compile(r"(?:尾号|后四位|尾数|末尾|最后[四4]位|末四位)(?:是|为|:)?\s?([0-9A-Za-z]{3,6})(?![0-9A-Za-z])")
_CAR = re.compile("车|卡")
_FORMS = (
    (re.compile(r"77\d{13}|77\d{11}"), "申通"),
    (re.compile(r"7[3568]\d{11,13}"), "中通"),
    (re.compile(r"(?:43|46|31|12)\d{13}|(?:43|46|31|39)\d{11}"), "韵达"),
    (re.compile(r"9[789]\d{11}"), "邮政"),
)


@dataclass(frozen=True, slots=True)
class Shipment:
    """What a text says about a parcel's number; empty where it says nothing."""

    carrier: str = ""
    number: str = ""
    tail: str = ""


def find_shipment(flat: str) -> Shipment | None:
    """Carrier, tracking number and last digits in a flattened text; None when it holds none of them."""
    named = _NAMES.search(flat) if not _FIRST.isdisjoint(flat) else None
    carrier = CARRIERS[named.group()] if named else ""
    number, by_form = _number(flat) if len(flat) >= 9 else ("", "")
    tail = _TAIL.search(flat) if "尾" in flat or "位" in flat else None
    # Of the receiver's phone the last digits find a parcel as well; those of a car do not.
    last = tail[1] if tail and not _CAR.search(flat, max(0, tail.start() - 5), tail.start()) else ""
    if not carrier and not number and not last:
        return None
    return Shipment(carrier or by_form, number, last)


def _number(flat: str) -> tuple[str, str]:
    lettered = _LETTERED.search(flat)
    if lettered:
        head, digits, boxes, country = lettered.groups()
        head = head.upper()
        if head == "EMS":
            return digits, "EMS"
        if country and len(digits) == 9 and len(head) == 2:
            ems = head[0] in "EL" and country.upper() == "CN"
            return f"{head}{digits}{country.upper()}", "EMS" if ems else "国际邮件"
        if head == "JD" or head.startswith("JD"):
            return f"{head}{digits}{(boxes or '').rstrip('-')}", "京东"
        if head in _PREFIX:
            return head + digits, _PREFIX[head]
        if country is None and not boxes and len(head) <= 3:
            return head + digits, ""
    spaced = _SPACED.search(flat)
    if spaced and (carrier := _PREFIX.get(spaced[1].upper())):
        return spaced[1].upper() + spaced[2].replace(" ", ""), carrier
    for found in _DIGITS.finditer(flat):
        digits = found[1]
        form = next((name for pattern, name in _FORMS if pattern.fullmatch(digits)), "")
        if len(digits) >= 12 or form:
            return digits, form
    return "", ""
