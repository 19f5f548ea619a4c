"""Numbers as people write them: 15, 十五, 一五零二, 廿一."""

from __future__ import annotations

DIGITS = {"零": 0, "〇": 0, "一": 1, "幺": 1, "二": 2, "两": 2, "三": 3, "四": 4}
DIGITS |= {"五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
UNITS = {"十": 10, "百": 100, "千": 1000}
HAN = "零〇一幺二两三四五六七八九十百千"
"""Characters that a Chinese number is made of; for regular expressions."""


def number(text: str) -> int | None:
    """The value of digits or of a Chinese number (十五 and 一五 are both 15); None when it is no number."""
    if text.isascii() and text.isdigit():
        return int(text)
    if not text or any(char not in DIGITS and char not in UNITS for char in text):
        return None
    if not any(char in UNITS for char in text):
        return int("".join(str(DIGITS[char]) for char in text))
    total, digit = 0, 0
    for char in text:
        if char in UNITS:
            total += (digit or (1 if not total else 0)) * UNITS[char]
            digit = 0
        else:
            digit = DIGITS[char]
    return total + digit


def written(value: int) -> str:
    """``value`` (0..99) in Chinese characters, as people say it: 15 is 十五."""
    names = "零一二三四五六七八九"
    if not 0 <= value <= 99:
        raise ValueError(value)
    tens, ones = divmod(value, 10)
    if not tens:
        return names[ones]
    return ("" if tens == 1 else names[tens]) + "十" + (names[ones] if ones else "")
