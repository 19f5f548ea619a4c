"""An estate's own words for what owners read: looked over, previewed with sample values, put in force, taken back."""

from __future__ import annotations

import re
from dataclasses import dataclass

from desk.errors import Incomplete
from desk.live import Live
from desk.rulebook import Rulebook
from desk.texts import Texts, check
from store.stores import Stores

LONGEST = 1000
_SAID = (
    (re.compile(r"unknown variables: (.+)"), "没有这些变量:{0}"),
    (re.compile(r"(.+) may be empty: put it in double brackets"), "{0} 可能是空的,请放进 [[ ]] 里"),
    (re.compile(r"braces are for variables.*"), "花括号只用来写变量,像 {{number}};可以省略的部分写在 [[ ]] 里"),
    (re.compile(r"the text is empty"), "不能是空的"),
    (re.compile(r"more than (\d+) lines"), "超过 {0} 行"),
    (re.compile(r"more than (\d+) bytes"), "太长了(超过 {0} 字节)"),
    (re.compile(r"says '(.+)', which promises nothing"), "「{0}」等于没说,请写具体时间"),
    (re.compile(r"exclamation marks in a row"), "不要连用感叹号"),
)


@dataclass(frozen=True, slots=True)
class Wording:
    """One text as an estate says it."""

    name: str
    text: str
    own: bool
    default: str
    variables: tuple[str, ...]
    """Those that it must have."""
    preview: str


class Wordings:
    """Reads and changes them."""

    def __init__(self, stores: Stores, rules: Rulebook, live: Live) -> None:
        self._stores = stores
        self._rules = rules
        self._live = live

    async def listed(self, estate: str) -> list[Wording]:
        """Every text there is, by name, as this estate says it now."""
        own = await self._stores.texts.of_estate(estate)
        defaults, theirs = Texts.load(), Texts(own)
        return [self._one(name, own, defaults, theirs) for name in sorted(defaults.names())]

    def looked_over(self, name: str, text: str) -> tuple[str, list[str]]:
        """The text with sample values, and what speaks against it; without a preview when it cannot be filled."""
        if name not in Texts.load().names():
            raise Incomplete("没有这条文字", name=name)
        problems = [in_chinese(one) for one in check(name, text)]
        if len(text) > LONGEST:
            problems.append(f"最多 {LONGEST} 个字")
        return ("" if problems else Texts({name: text}).preview(name)), problems

    async def change(self, estate: str, name: str, text: str | None) -> Wording:
        """Put it in force within ten seconds everywhere, here at once; None takes the estate's own words back."""
        if text is None:
            if name not in Texts.load().names():
                raise Incomplete("没有这条文字", name=name)
            await self._stores.texts.remove(estate, name)
        else:
            text = text.strip("\n")
            _, problems = self.looked_over(name, text)
            if problems:
                raise Incomplete("这样写不行,没有保存", fields=[{"field": name, "problem": one} for one in problems])
            await self._stores.texts.put(estate, name, text)
        await self._rules.refresh()
        await self._live.tell("settings", "texts", estate_id=estate)
        own = await self._stores.texts.of_estate(estate)
        return self._one(name, own, Texts.load(), Texts(own))

    @staticmethod
    def _one(name: str, own: dict[str, str], defaults: Texts, theirs: Texts) -> Wording:
        return Wording(
            name=name,
            text=theirs.raw(name),
            own=name in own and name not in theirs.problems,
            default=defaults.raw(name),
            variables=tuple(sorted(defaults.variables(name))),
            preview=theirs.preview(name),
        )


def in_chinese(problem: str) -> str:
    """What is wrong with a text, for a page."""
    for pattern, said in _SAID:
        if found := pattern.fullmatch(problem):
            return said.format(*found.groups())
    return problem
