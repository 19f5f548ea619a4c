"""What colleagues corrected in the bot's understanding, and how it becomes messages to learn from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from desk.actors import Actor
from desk.gaps import masked
from nlp.meaning import LABEL_OF, Intent, Label
from store.clock import Clock
from store.examples import Example
from store.stores import Stores

SOMEBODY = "某人"
HEADING = "# What colleagues corrected, by `guanjia lab corrections --add`; numbers, rooms and names are masked."
BEGINNING = timedelta(days=365 * 20)
AHEAD = timedelta(minutes=5)
PREFIX = {Label.PARCEL: "parcel_", Label.OTHER: ""}
"""Labels that have several intents, and what their intents begin with where they stand alone."""
UNTAUGHT = frozenset((Intent.REVISIT_ANSWER, Intent.CHOICE))
"""Decided by rules: the corpus has no such scenarios."""


class Lessons:
    """Reads the corrections."""

    def __init__(self, stores: Stores, clock: Clock) -> None:
        self._stores = stores
        self._clock = clock

    async def listed(
        self, by: Actor, *, before: datetime | None = None, since: datetime | None = None, limit: int = 1000
    ) -> list[Example]:
        """Corrections in the caller's estates, newest first."""
        now = self._clock.now()
        rows = await self._stores.examples.listed(
            before=before or now + AHEAD, since=since or now - BEGINNING, limit=limit
        )
        return [row for row in rows if not row.estate_id or by.in_scope(row.estate_id)]

    async def scenarios(self, examples: Iterable[Example], *, there: str = "") -> str:
        """The corrections as a part of the corpus, without those that stand ``there`` already."""
        rows = list(examples)
        names = await self._names(rows)
        known = {line.removeprefix("## ").partition(":")[0] for line in there.splitlines() if line.startswith("## ")}
        lines = []
        for one in rows:
            if scenario_of(one) in known:
                continue
            lines += scenario(one, names.get(one.conversation_id, ()))
        return "".join(f"{line}\n" for line in lines)

    async def _names(self, rows: list[Example]) -> Mapping[str, tuple[str, ...]]:
        """What the people in these conversations are called."""
        chats = await self._stores.conversations.listed_of_ids(sorted({row.conversation_id for row in rows}))
        people = sorted({chat.resident_id for chat in chats if chat.resident_id})
        residents = {one.id: one.name for one in await self._stores.residents.of_ids(people)} if people else {}
        return {
            chat.id: tuple(
                name for name in dict.fromkeys((residents.get(chat.resident_id or "", ""), chat.name)) if len(name) > 1
            )
            for chat in chats
        }


def scenario_of(example: Example) -> str:
    """The name of the scenario that a correction becomes: always the same one."""
    safe = "".join(char for char in example.id.lower() if char.isascii() and char.isalnum())
    return f"case-{safe[-16:]}"


def scenario(example: Example, names: Iterable[str] = ()) -> list[str]:
    """A correction as the corpus writes it: a header and the words; nothing for words that say nothing."""
    text = masked(example.text)
    for name in names:
        text = text.replace(name, SOMEBODY)
    text = text.replace("\n", "\\n").lstrip("# ").strip()
    if not text or example.label not in set(Label):
        return []
    return [f"## {scenario_of(example)}: {example.label}{_intent(example)}", text]


def _intent(example: Example) -> str:
    """The intent, where the label has several and the corpus teaches it."""
    label = Label(example.label)
    if label not in PREFIX or example.intent not in set(Intent):
        return ""
    intent = Intent(example.intent)
    if LABEL_OF[intent] is not label or intent in UNTAUGHT:
        return ""
    return f".{intent.value.removeprefix(PREFIX[label])}"
