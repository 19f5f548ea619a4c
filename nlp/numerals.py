"""Numbers as people write them: 15, 十五, 一五零二, 廿一, 三百二, 贰拾, 3.8万."""

from __future__ import annotations

import re

DIGITS = {"零": 0, "〇": 0, "一": 1, "幺": 1, "二": 2, "两": 2, "三": 3, "四": 4}
DIGITS |= {"五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
DIGITS |= {"壹": 1, "贰": 2, "叁": 3, "肆": 4, "伍": 5, "陆": 6, "柒": 7, "捌": 8, "玖": 9}
UNITS = {"十": 10, "百": 100, "千": 1000, "拾": 10, "佰": 100, "仟": 1000}
HAN = "零〇一幺二两三四五六七八九十百千壹贰叁肆伍陆柒捌玖拾佰仟廿"
"""Characters that a Chinese number is made of; for regular expressions."""
HAN_SET = frozenset(HAN)
DECIMAL = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?")


def number(text: str) -> int | None:
    """The value of digits or a Chinese number (十五 and 一五 are 15, 三百二 and 3百2 are 320); None for no number."""
    if text.isascii() and text.isdigit():
        return int(text)
    if "廿" in text:
        text = text.replace("廿", "二十")
    if _MIXED.fullmatch(text):
        text = text.translate(_SAID)
    if not text or any(char not in DIGITS and char not in UNITS for char in text):
        return None
    if not any(char in UNITS for char in text):
        return int("".join(str(DIGITS[char]) for char in text))
    total, digit, unit, zero = 0, 0, 0, False
    for char in text:
        if char in UNITS:
            unit, zero = UNITS[char], False
            total += (digit or (1 if not total else 0)) * unit
            digit = 0
        else:
            digit, zero = DIGITS[char], zero or DIGITS[char] == 0
    # "三百二" leaves the tens unsaid; "三百零二" does not.
    return total + (digit * unit // 10 if digit and unit >= 100 and not zero else digit)


_MIXED = re.compile(r"(?:\d?[十百千])+\d?")
"""Figures between the characters: 5百, 2千5."""
_SAID = str.maketrans("0123456789", "零一二三四五六七八九")
_PAIR = re.compile(
    r"(?P<before>|.*[十百千拾佰仟])(?P<low>[一二两三四五六七八])(?P<high>[二三四五六七八九])(?P<after>|[十百千].*)"
)
_SPAN = re.compile(r"(\d{1,4}) ?[-~、,到] ?\d{1,4}")


def roughly(text: str) -> int | None:
    """As ``number``, but two neighbouring digits are a guess between them: 三四 and 3-4 are 3, 七八十 is 70."""
    span = _SPAN.fullmatch(text)
    if span:
        return int(span[1])
    pair = _PAIR.fullmatch(text)
    if pair and DIGITS[pair["high"]] == DIGITS[pair["low"]] + 1:
        text = pair["before"] + pair["low"] + pair["after"]
    return number(text)


def amount(text: str) -> float | None:
    """As ``number``, also 2.8, 1,200, 八十万 and 三万八."""
    text = text.strip()
    whole, wan, rest = text.partition("万")
    if wan:
        if text.count("万") > 1:
            return None
        left = amount(whole) if whole else None
        if left is None:
            return None
        if not rest:
            return left * 10_000
        right = number(rest)
        if right is None:
            return None
        return left * 10_000 + (right * 1000 if len(rest) == 1 else right)
    if DECIMAL.fullmatch(text):
        return float(text.replace(",", ""))
    if text[-1:] in ("百", "千") and DECIMAL.fullmatch(text[:-1]):
        return float(text[:-1]) * UNITS[text[-1]]
    before, point, after = text.partition("点")
    if point:
        left, right = number(before), number(after)
        if left is None or right is None or any(char in UNITS for char in after):
            return None
        return float(f"{left}.{''.join(str(DIGITS[char]) if char in DIGITS else char for char in after)}")
    value = number(text)
    return None if value is None else float(value)


def written(value: int) -> str:
    """``value`` (0..99) in Chinese characters, as people say it: 15 is 十五."""
    names = "零一二三四五六七八九"
    if not 0 <= value <= 99:
        raise ValueError(value)
    tens, ones = divmod(value, 10)
    if not tens:
        return names[ones]
    return ("" if tens == 1 else names[tens]) + "十" + (names[ones] if ones else "")
