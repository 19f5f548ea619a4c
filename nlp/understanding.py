"""``understand``: a text in, its meaning out. Pure; ``load`` reads dictionary and lexicon once, before serving."""

from __future__ import annotations

import gc
import threading
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from nlp.answers import read_choice, read_fixed, read_name, read_satisfaction, read_yes_no
from nlp.denied import undenied
from nlp.features import normal
from nlp.in_a_row import NOTHING, Named
from nlp.lexicon import Group, Lexicon, Phrase, read_default
from nlp.matters import matters as several
from nlp.meaning import NO_SLOTS, Intent, Label, Matter, Slots, Understanding, Word
from nlp.model import read_default as read_weights
from nlp.plain import clip, flatten
from nlp.score import Score, Seen, score
from nlp.slots.particulars import particulars
from nlp.table import Table, choosing

if TYPE_CHECKING:
    from nlp.overlay import Overlay

Words = list[tuple[str, tuple[Group, ...]]]
Phrases = list[tuple[str, Phrase]]


@dataclass(frozen=True, slots=True)
class _Loaded:
    lexicon: Lexicon
    resolved: int
    nag: int
    grave: int
    urgent: int
    insist: int
    calm: int
    named: tuple[int, int, int]
    table: Table


_lock = threading.Lock()
_base: _Loaded | None = None
"""As it comes with the package."""
_loaded: _Loaded | None = None
"""What holds now: the base, or it with what was published laid over it."""

UNNAMED = "情况紧急"
"""The reason of an emergency of which the weights are sure and no phrase of the lexicon says what it is."""
DOUBTFUL = 0.05
"""A pattern of the lexicon makes a message urgent unless the learnt chance is as small as this."""
_PLAIN = frozenset(
    (Intent.UNKNOWN, Intent.SMALLTALK, Intent.PRAISE, Intent.THANKS, Intent.YES, Intent.NO, Intent.ADD_DETAIL)
)
_NO_WISH = frozenset((Intent.COMPLAINT, Intent.INQUIRY, Intent.PRAISE, Intent.THANKS, Intent.SUGGESTION))


def load() -> None:
    """Read dictionary and lexicon, once; further calls return at once."""
    _state()


def is_loaded() -> bool:
    """Whether ``understand`` answers without loading first."""
    return _loaded is not None


class Reader:
    """Understands by one lexicon, whatever is published meanwhile."""

    __slots__ = ("_state",)

    def __init__(self, state: _Loaded) -> None:
        self._state = state

    @property
    def version(self) -> str:
        """The lexicon's."""
        return self._state.lexicon.version

    @property
    def table(self) -> Table:
        """What it looks up."""
        return self._state.table

    def understand(self, text: str, *, now: datetime | None = None) -> Understanding:
        """As ``understand`` below."""
        return _understand(text, self._state, now)


def current() -> Reader:
    """By the lexicon that holds now."""
    return Reader(_state())


def reader(overlay: Overlay | None = None) -> Reader:
    """By the package's lexicon with ``overlay`` laid over it; what holds now is not touched.

    Raises ``ValueError`` for a document that does not fit this lexicon (any more).
    """
    _state()
    base = _base
    assert base is not None
    if overlay is None:
        return Reader(base)
    from nlp.overlaid import overlaid  # here, since most programs never need it

    table = overlaid(base.table, overlay)
    return Reader(replace(base, lexicon=table.lexicon, table=table))


def swap(overlay: Overlay | None) -> str:
    """From now on ``overlay`` holds (None: the package's own); returns the version that does.

    Made beside the other, then put in its place at once: whoever is in ``understand`` ends with what it began with.
    """
    global _loaded
    made = reader(overlay)
    _loaded = made._state
    return made.version


def _state() -> _Loaded:
    global _base, _loaded
    if _loaded is None:
        with _lock:
            if _loaded is None:
                # Half a million words are made at once and all are kept: looking for garbage meanwhile finds none.
                collects = gc.isenabled()
                gc.disable()
                try:
                    _base = _made()
                    _loaded = _base
                    gc.freeze()  # nor later: it stays
                finally:
                    if collects:
                        gc.enable()
    return _loaded


def _made() -> _Loaded:
    lexicon = read_default()
    bits = lexicon.bits
    return _Loaded(
        lexicon,
        resolved=bits("resolved"),
        nag=bits("notfixed"),
        grave=bits("u_burst", "u_fire", "u_gas", "u_lift", "u_danger"),
        urgent=bits("u_burst", "u_fire", "u_gas", "u_lift", "u_danger", "u_cut", "u_out"),
        insist=bits("u_insist"),
        calm=bits("u_not"),
        named=(bits("place"), bits("thing"), bits("fault")),
        table=Table.of(read_weights("label"), {name: read_weights(name) for name in choosing()}, lexicon),
    )


def understand(text: str, *, now: datetime | None = None) -> Understanding:
    """What ``text`` means; wished times are resolved against ``now``.

    Only the first 2,000 characters are analysed, so the time is bounded whatever arrives. Words refer to the
    half-width, simplified form of the text.
    """
    return _understand(text, _state(), now)


def _understand(text: str, state: _Loaded, now: datetime | None) -> Understanding:
    lexicon = state.lexicon
    text = clip(text)
    flat = flatten(text)
    if not flat:
        return Understanding(text, Label.OTHER, Intent.UNKNOWN, 0.2, lexicon_version=lexicon.version)
    whole, seen = _score(flat, state)
    words, phrases = seen.words, seen.phrases
    intent = _intent(flat, whole, state)
    slots = _slots(flat, whole, intent, words, phrases, state, now)
    if intent is Intent.UNKNOWN and slots.room and len(flat) <= 60 and (slots.phone or read_name(flat)):
        intent = Intent.BIND  # name, room and phone are what a binding is asked with
    faulty = bool(whole.mask & (state.named[1] | state.named[2]))
    matters = several(flat, lambda piece: _piece(piece, state, now), faulty=faulty, named=_named(words, whole, state))
    if matters and whole.label not in {matter.label for matter in matters}:
        first = max(matters, key=_weight)
        whole = whole._replace(label=first.label, total=_weight(first), confidence=first.confidence, words=first.words)
        intent = first.intent
    if not matters:
        subject = slots.object or slots.place or ""
        matters = (Matter(flat, whole.label, intent, subject, whole.confidence, whole.words, slots),)
    urgent, reason = _urgency(whole, phrases, state)
    if urgent and (said := undenied(flat)) != flat:
        # What is said not to be there alarms nobody; what is left may.
        urgent, reason = _alarm(said, state) if said else (False, "")
    return Understanding(
        text=text,
        label=whole.label,
        intent=intent,
        confidence=whole.confidence,
        urgent=urgent,
        urgent_reason=reason,
        sentiment=_sentiment(words, whole),
        words=whole.words,
        slots=slots,
        matters=matters,
        lexicon_version=lexicon.version,
        unsure=whole.unsure,
        choices=whole.choices,
    )


def _score(flat: str, state: _Loaded) -> tuple[Score, Seen]:
    """The score of a flattened text, and what was seen in it."""
    return score(normal(flat), state.table)


def _weight(matter: Matter) -> float:
    return sum(word.weight for word in matter.words)


def _intent(flat: str, whole: Score, state: _Loaded) -> Intent:
    """The intent; a short answer is one of its own."""
    intent = whole.intent
    if whole.label is not Label.OTHER or len(flat) > 40:
        return intent
    if len(flat) <= 8 and read_choice(flat, 20):
        return Intent.CHOICE
    if intent in _PLAIN:
        if len(flat) <= 6 and not whole.mask & state.resolved:
            said = read_yes_no(flat)
            if said is not None:
                return Intent.YES if said else Intent.NO
        if whole.mask & state.resolved and read_satisfaction(flat) in (3, 4):
            return Intent.REVISIT_ANSWER
        bare = len(flat) <= 10 and not whole.mask & state.resolved and "谢" not in flat and "辛苦" not in flat
        if bare and (read_satisfaction(flat) is not None or read_fixed(flat) is not None):
            return Intent.REVISIT_ANSWER
    return intent


def _slots(
    flat: str, whole: Score, intent: Intent, words: Words, phrases: Phrases, state: _Loaded, now: datetime | None
) -> Slots:
    place = thing = fault = None
    place_bit, thing_bit, fault_bit = state.named
    if whole.mask & (place_bit | thing_bit | fault_bit):
        for word, groups in words:
            for one in groups:
                bit = one.bit
                if bit == place_bit:
                    place = place or word
                elif bit == thing_bit:
                    thing = thing or word
                elif bit == fault_bit:
                    fault = fault or word
        if fault is None:
            fault = next((said.strip(" ,。!?") for said, phrase in phrases if phrase.group.bit == fault_bit), None)
    said = particulars(flat, now, wish=intent not in _NO_WISH, answer=intent is Intent.RESCHEDULE)
    if intent is Intent.CHOICE:
        said["choice"] = read_choice(flat, 20)
    elif intent is Intent.REVISIT_ANSWER:
        said |= {"verdict": read_fixed(flat), "satisfaction": read_satisfaction(flat)}
    if not said and place is thing is fault is None:
        return NO_SLOTS
    return Slots(place=place, object=thing, fault=fault, **said)


def _named(words: Words, whole: Score, state: _Loaded) -> Named:
    """The things and places that a text names; nothing is looked for in one that names no thing."""
    place, thing, _ = state.named
    if not whole.mask & thing:
        return NOTHING
    return Named(*({word for word, groups in words if any(one.bit == bit for one in groups)} for bit in (thing, place)))


def _urgency(whole: Score, phrases: Phrases, state: _Loaded) -> tuple[bool, str]:
    """Whether somebody must go at once, and why: by the lexicon's patterns or by what was learnt.

    Never for what the owner says can wait, nor for a question or a story.
    """
    mask = whole.mask
    if mask & state.calm or whole.label not in (Label.REPAIR, Label.COMPLAINT):
        return False, ""
    over = mask & state.resolved and not mask & state.nag and not mask & state.grave
    named = bool(mask & (state.urgent | state.insist)) and not over
    if whole.label is Label.COMPLAINT:
        named = bool(named and mask & state.grave)
    if whole.urgent < (state.table.label.urgent if not named else DOUBTFUL):
        return False, ""
    reasons = [phrase.reason for _, phrase in phrases if phrase.reason]
    return True, reasons[0] if reasons else UNNAMED


def _alarm(flat: str, state: _Loaded) -> tuple[bool, str]:
    """Whether somebody must go at once for these words alone, and why."""
    whole, seen = _score(flat, state)
    return _urgency(whole, seen.phrases, state)


def _sentiment(words: Words, whole: Score) -> float:
    """-1 (angry) to 1 (glad), from the words' own tone."""
    total = 0.0
    for _, groups in words:
        for one in groups:
            total += one.sentiment
    if whole.label is Label.COMPLAINT:
        total = min(total, 0.0) - 0.3
    return round(max(-1.0, min(1.0, total)), 2)


def _piece(piece: str, state: _Loaded, now: datetime | None) -> Matter:
    """A part of a message as if it stood alone."""
    part, seen = _score(piece, state)
    intent = _intent(piece, part, state)
    slots = _slots(piece, part, intent, seen.words, seen.phrases, state, now)
    return Matter(piece, part.label, intent, slots.object or slots.place or "", part.confidence, part.words, slots)


__all__ = ["Reader", "Word", "current", "is_loaded", "load", "reader", "swap", "understand"]
