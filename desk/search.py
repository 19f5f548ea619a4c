"""Finding conversations: by words as jieba cuts them, by person, room, the tail of a phone number, ticket number.

The words of a line are written after it has been handled, by whoever looks for what is new (a loop of the worker, and
each search before it answers): the way of a message pays nothing for them. Terms hold no phone numbers; the last four
digits are there as a keyed hash (the contract, section 8).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from desk.actors import Actor
from nlp.plain import flatten
from nlp.rooms import read_room
from nlp.search import commonness, cut
from store.clock import Clock
from store.conversations import EPOCH, Conversation
from store.errors import NotFound
from store.messages import Direction, Handling, Message
from store.search import Finding
from store.stores import Stores

LONGEST_QUERY = 50
MOST_TERMS = 24
MOST_WORDS = 6
MOST_PEOPLE = 30
BATCH = 300
OVERLAP = timedelta(seconds=20)
"""Looked at again each time: another process' clock may be a little late, and a line takes a moment to be there."""
NEAR = timedelta(hours=6)
FIRST_STEP = timedelta(hours=1)
TOO_COMMON, TOO_COMMON_ALONE = 0.92, 0.6
TICKET = re.compile(r"[rcips]\d{8}-\d{4,}")
PHONE = re.compile(r"\+?\d(?:[\s\-.]?\d){6,}|[零〇一二三四五六七八九幺两]{7,}")
_WORD = re.compile(r"[\u3400-\u9fffa-z0-9]{1,12}")
_CHINESE = re.compile(r"[\u3400-\u9fff]+")
NAME, ROOM, DOOR, TAIL = "name:", "room:", "door:", "tel:"


@dataclass(frozen=True, slots=True)
class Person:
    """A conversation that was found by who its owner is."""

    conversation_id: str
    why: str
    """name | room | phone | ticket"""


class Search:
    """Writes down what lines are found by, and finds them."""

    def __init__(self, stores: Stores, clock: Clock) -> None:
        self._stores = stores
        self._clock = clock
        self._recent: dict[str, datetime] = {}

    # ---- what is new ----

    async def catch_up(self, most: int = BATCH) -> int:
        """Look at lines that nobody has looked at yet, the oldest first, up to about ``most``; gives how many."""
        mark = await self._stores.search.read_mark()
        now = self._clock.now()
        step, since, seen = FIRST_STEP, mark - OVERLAP if mark > EPOCH else EPOCH, 0
        while since < now and seen < most:
            until = min(since + step, now + OVERLAP)
            lines = await self._written(since, until, most)
            fresh = [line for line in lines if line.id not in self._recent]
            await self._write(fresh)
            seen += len(fresh)
            # A full batch: the rest of this step comes next time, from its last line on.
            reached = lines[-1].at if len(lines) >= most else until
            self._recent |= {line.id: line.at for line in fresh}
            if reached > mark:
                await self._stores.search.move_mark(min(reached, now))
            if reached <= since:
                break
            since, step = reached, step if lines else step * 4
        self._recent = {id: at for id, at in self._recent.items() if at >= now - 4 * OVERLAP}
        return seen

    async def _written(self, since: datetime, until: datetime, most: int) -> list[Message]:
        lines: list[Message] = []
        for state in Handling:
            lines += await self._stores.messages.written(state, since=since, before=until, limit=most)
        return sorted(lines, key=lambda line: line.at)[:most]

    async def _write(self, lines: Sequence[Message]) -> None:
        if not lines:
            return
        ids = sorted({line.conversation_id for line in lines})
        chats = {chat.id: chat for chat in await self._stores.conversations.listed_of_ids(ids)}
        findings = [
            Finding(
                id=line.id,
                conversation_id=line.conversation_id,
                estate_id=chats[line.conversation_id].estate_id if line.conversation_id in chats else "",
                at=line.at,
                terms=terms,
            )
            for line in lines
            if line.direction is not Direction.EVENT and (terms := terms_of(line.text))
        ]
        await self._stores.search.add(findings)
        await self._write_people(list(chats.values()))

    async def _write_people(self, chats: Sequence[Conversation]) -> None:
        """Who speaks in these conversations; only what has changed is written."""
        people = sorted({chat.resident_id for chat in chats if chat.resident_id})
        tails = {one.id: one.phone for one in await self._stores.residents.of_ids(people)} if people else {}
        known = {one.id: one for one in await self._stores.search.of_ids([f"person:{chat.id}" for chat in chats])}
        for chat in chats:
            phone = tails.get(chat.resident_id or "")
            tail = str(phone["last4"]) if phone and phone.get("last4") else ""
            terms = person_terms(chat, tail)
            id = f"person:{chat.id}"
            if terms and (id not in known or known[id].terms != terms):
                await self._stores.search.put(
                    Finding(id=id, conversation_id=chat.id, estate_id=chat.estate_id, at=EPOCH, terms=terms)
                )

    # ---- finding ----

    async def people(self, query: str, actor: Actor) -> list[Person]:
        """Whose name, room, phone or ticket it is, in the caller's scope; each conversation once."""
        flat = flatten(query).strip().lower()
        found: dict[str, Person] = {}
        if TICKET.fullmatch(flat):
            try:
                ticket = await self._stores.tickets.by_number(flat.upper())
            except NotFound:
                return []
            if ticket.conversation_id and actor.in_scope(ticket.estate_id):
                found[ticket.conversation_id] = Person(ticket.conversation_id, "ticket")
            return list(found.values())
        for term, why in self._asked_for(flat):
            for one in await self._stores.search.people(term, MOST_PEOPLE):
                if not one.estate_id or actor.in_scope(one.estate_id):
                    found.setdefault(one.conversation_id, Person(one.conversation_id, why))
        # Who has moved out since is not found by that room any more.
        chats = {chat.id: chat for chat in await self._stores.conversations.listed_of_ids(list(found))}
        now = [one for one in found.values() if one.conversation_id in chats]
        return [one for one in now if one.why != "room" or _lives_there(chats[one.conversation_id], flat)][:MOST_PEOPLE]

    def _asked_for(self, flat: str) -> list[tuple[str, str]]:
        asked: list[tuple[str, str]] = []
        if re.fullmatch(r"\d{4}", flat):
            asked += [(f"{TAIL}{known[:32]}", "phone") for known in self._stores.sealer.hashes(flat)]
        asked += [(term, "room") for term in _room_terms(flat)]
        if 0 < len(flat) <= 12 and not flat.isdigit():
            asked.append((f"{NAME}{flat}", "name"))
        return asked

    async def lines(self, words: Sequence[str], *, before: datetime, since: datetime, limit: int) -> list[Finding]:
        """Lines of a window with the rarest of these words, newest first; ``has_all`` says which have the others."""
        return await self._stores.search.lines(words[0], before=before, since=since, limit=limit)

    async def beside(self, line: Message) -> tuple[Message | None, Message | None]:
        """The lines before and after, if they were said within a few hours: what it was about."""
        repo = self._stores.messages
        before = await repo.timeline(line.conversation_id, before=line.at, since=line.at - NEAR, limit=1)
        window = {"before": line.at + NEAR, "since": line.at + timedelta(milliseconds=1)}
        later = await repo.timeline(line.conversation_id, limit=50, **window)
        return (before[0] if before else None), (later[-1] if later else None)


def words_of(query: str) -> list[str]:
    """The words of a query, the rarest first: it is looked up, the others are compared."""
    flat = flatten(query).lower()[:LONGEST_QUERY]
    words = dict.fromkeys([*TICKET.findall(flat), *_words(PHONE.sub(" ", TICKET.sub(" ", flat)))])
    return sorted(words, key=lambda word: (commonness(word), -len(word)))[:MOST_WORDS]


def terms_of(text: str) -> tuple[str, ...]:
    """What a line is found by: its words, the shorter words inside long ones, ticket numbers; the rarest of them."""
    flat = flatten(text).lower()
    numbers = TICKET.findall(flat)
    words = _words(PHONE.sub(" ", TICKET.sub(" ", flat)))
    inside = [pair for word in words if len(word) > 2 and _CHINESE.fullmatch(word) for pair in _pairs(word)]
    found = dict.fromkeys([*numbers, *words, *inside])
    return tuple(sorted(found, key=lambda word: (commonness(word), -len(word)))[:MOST_TERMS])


def has_all(finding: Finding, words: Iterable[str]) -> bool:
    """Whether all of these words are in the line."""
    return set(words) <= set(finding.terms)


def person_terms(chat: Conversation, tail: str) -> tuple[str, ...]:
    """What a person is found by: name and its parts, homes, the tail of their phone."""
    name = flatten(chat.name).lower()
    parts = [name, name[:1], name[1:]] if 1 < len(name) <= 4 and _CHINESE.fullmatch(name) else [name]
    terms = [f"{NAME}{part}" for part in parts if part]
    for home in chat.homes:
        room = home.room_id.rpartition("/")[2]
        building, _, rest = room.partition("-")
        unit, _, number = rest.partition("-")
        terms += [f"{ROOM}{building}-{unit}-{number}", f"{ROOM}{building}-{number}", f"{DOOR}{number}"]
    if tail:
        terms.append(f"{TAIL}{tail[:32]}")
    return tuple(dict.fromkeys(terms))


def _room_terms(flat: str) -> list[str]:
    read = read_room(flat) or read_room(f"{flat}室")
    if read is None or not read.number:
        return []
    if not read.building:
        return [f"{DOOR}{read.number}"]
    unit = f"{read.building}-{read.unit}-{read.number}" if read.unit else f"{read.building}-{read.number}"
    return [f"{ROOM}{unit}"]


def _lives_there(chat: Conversation, flat: str) -> bool:
    return bool(set(_room_terms(flat)) & set(person_terms(chat, "")))


def _words(flat: str) -> list[str]:
    return [word for word in cut(flat) if _WORD.fullmatch(word) and _finds(word)]


def _finds(word: str) -> bool:
    """Whether it is worth looking for: not what every line has, no run of digits that may be somebody's."""
    if word.isdigit():
        return len(word) <= 4
    if len(word) == 1:
        return bool(_CHINESE.fullmatch(word)) and commonness(word) < TOO_COMMON_ALONE
    return commonness(word) < TOO_COMMON


def _pairs(word: str) -> list[str]:
    """The words of two characters inside a longer one: who looks for 车库 means 地下车库 too."""
    pairs = (word[n : n + 2] for n in range(len(word) - 1))
    return [pair for pair in pairs if cut(pair) == [pair]]
