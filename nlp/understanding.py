"""``understand``: a text in, its meaning out. Pure; ``load`` reads dictionary and lexicon once, before serving."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from nlp.answers import read_choice, read_fixed, read_name, read_satisfaction, read_yes_no
from nlp.lexicon import Group, Lexicon, Phrase, read_default
from nlp.meaning import NO_SLOTS, Intent, Label, Matter, Slots, Understanding, Word
from nlp.plain import clip, flatten
from nlp.score import Score, find_phrases, find_words, gather, score
from nlp.slots.particulars import particulars
from nlp.vocabulary import tokenizer

Words = list[tuple[str, tuple[Group, ...]]]
Phrases = list[tuple[str, Phrase]]


@dataclass(frozen=True, slots=True)
class _Loaded:
    lexicon: Lexicon
    cut: Callable[[str], list[str]]
    resolved: int
    nag: int
    grave: int
    urgent: int
    insist: int
    calm: int
    named: tuple[int, int, int]


_lock = threading.Lock()
_loaded: _Loaded | None = None

_BREAK = re.compile(
    r"([。!?;\n]+|[,\s]*(?:另外|此外|顺便|对了"
    r"|还有(?:就是|一[个件]?事?|个事)?(?=[,:我你想请问]|[^\s,]{0,6}[坏漏堵怎快包])"
    r"|再(?:问|说|报|反映)一?[下个件])[,:\s]*)"
)
_STRONG = ("另外", "此外", "顺便", "对了", "还有", "再")
_ACTS = frozenset((Label.REPAIR, Label.COMPLAINT, Label.INQUIRY, Label.PARCEL))
MOST = 5
"""So many matters of one message are told apart; nobody can answer more at once."""
_WORTH = 1.8
_NO_WISH = frozenset((Intent.COMPLAINT, Intent.INQUIRY, Intent.PRAISE, Intent.THANKS, Intent.SUGGESTION))


def load() -> None:
    """Read dictionary and lexicon, once; further calls return at once."""
    _state()


def is_loaded() -> bool:
    """Whether ``understand`` answers without loading first."""
    return _loaded is not None


def _state() -> _Loaded:
    global _loaded
    if _loaded is None:
        with _lock:
            if _loaded is None:
                lexicon = read_default()
                bits = lexicon.bits
                _loaded = _Loaded(
                    lexicon,
                    tokenizer(lexicon.words),
                    resolved=bits("resolved"),
                    nag=bits("notfixed"),
                    grave=bits("u_burst", "u_fire", "u_gas", "u_lift", "u_danger"),
                    urgent=bits("u_burst", "u_fire", "u_gas", "u_lift", "u_danger", "u_cut", "u_out"),
                    insist=bits("u_insist"),
                    calm=bits("u_not"),
                    named=(bits("place"), bits("thing"), bits("fault")),
                )
    return _loaded


def understand(text: str, *, now: datetime | None = None) -> Understanding:
    """What ``text`` means; wished times are resolved against ``now``.

    Only the first 2,000 characters are analysed, so the time is bounded whatever arrives. Words refer to the
    half-width, simplified form of the text.
    """
    state = _state()
    lexicon = state.lexicon
    text = clip(text)
    flat = flatten(text)
    if not flat:
        return Understanding(text, Label.OTHER, Intent.UNKNOWN, 0.2, lexicon_version=lexicon.version)
    tokens = state.cut(flat)
    words = find_words(tokens, lexicon)
    phrases = find_phrases(flat, lexicon)
    whole = score(gather(words, phrases), lexicon)
    intent = _intent(flat, whole, state)
    slots = _slots(flat, whole, intent, words, phrases, state, now)
    if intent is Intent.UNKNOWN and slots.room and len(flat) <= 60 and (slots.phone or read_name(flat)):
        intent = Intent.BIND  # name, room and phone are what a binding is asked with
    matters = _matters(flat, tokens, phrases, whole, state, now) if len(flat) > 8 else ()
    if matters and whole.label not in {matter.label for matter in matters}:
        first = max(matters, key=_weight)
        whole = Score(first.label, first.intent, _weight(first), first.confidence, first.words, whole.mask)
        intent = first.intent
    if not matters:
        subject = slots.object or slots.place or ""
        matters = (Matter(flat, whole.label, intent, subject, whole.confidence, whole.words, slots),)
    urgent, reason = _urgency(whole, phrases, state)
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
    )


def _weight(matter: Matter) -> float:
    return sum(word.weight for word in matter.words)


def _intent(flat: str, whole: Score, state: _Loaded) -> Intent:
    """The intent; a short answer is one of its own."""
    intent = whole.intent
    if whole.label is not Label.OTHER or len(flat) > 40:
        return intent
    if len(flat) <= 8 and read_choice(flat, 20):
        return Intent.CHOICE
    if intent in (Intent.UNKNOWN, Intent.SMALLTALK, Intent.PRAISE, Intent.THANKS):
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
            for group in groups:
                if group.bit == place_bit:
                    place = place or word
                elif group.bit == thing_bit:
                    thing = thing or word
                elif group.bit == fault_bit:
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


def _urgency(whole: Score, phrases: Phrases, state: _Loaded) -> tuple[bool, str]:
    """Whether somebody must go at once, and why; never for a question, a wish for later, or what is over."""
    mask = whole.mask
    if not mask & (state.urgent | state.insist) or mask & state.calm:
        return False, ""
    if mask & state.resolved and not mask & state.nag and not mask & state.grave:
        return False, ""
    if whole.label is Label.REPAIR or (whole.label is Label.COMPLAINT and mask & state.grave):
        reasons = [phrase.reason for _, phrase in phrases if phrase.reason]
        return True, reasons[0] if reasons else ""
    return False, ""


def _sentiment(words: Words, whole: Score) -> float:
    """-1 (angry) to 1 (glad), from the words' own tone."""
    total = 0.0
    for _, groups in words:
        for group in groups:
            total += group.sentiment
    if whole.label is Label.COMPLAINT:
        total = min(total, 0.0) - 0.3
    return round(max(-1.0, min(1.0, total)), 2)


def _matters(
    flat: str, tokens: list[str], phrases: Phrases, whole: Score, state: _Loaded, now: datetime | None
) -> tuple[Matter, ...]:
    """The several things wanted, or nothing when it is only one.

    A sentence that merely explains stays with its neighbour: unless a word like 另外 parts them, only parcels and
    other things are told apart.
    """
    pieces = _pieces(flat)
    if len(pieces) < 2:
        return ()
    found: list[tuple[bool, Matter]] = []
    place = 0
    spans: list[tuple[int, str]] = []
    for token in tokens:
        place = flat.find(token, place)
        spans.append((place, token))
        place += len(token)
    parted = False
    for start, end, strong in pieces:
        piece = flat[start:end].strip(" ,。!?;\n")
        parted = parted or strong
        inside = [token for at, token in spans if start <= at < end]
        words = find_words(inside, state.lexicon)
        own = [(match.group(), phrase) for _, phrase in phrases if (match := phrase.regex.search(piece))]
        part = score(gather(words, own), state.lexicon)
        if part.label in _ACTS and part.total >= _WORTH and part.confidence >= 0.5:
            slots = _slots(piece, part, part.intent, words, own, state, now)
            subject = slots.object or slots.place or ""
            matter = Matter(piece, part.label, part.intent, subject, part.confidence, part.words, slots)
            found.append((parted, matter))
            parted = False
    return _joined(found)


def _pieces(flat: str) -> list[tuple[int, int, bool]]:
    """Where the parts of a text stand, and whether a word like 另外 opens them."""
    pieces, start, strong = [], 0, False
    for found in _BREAK.finditer(flat):
        if found.start() > start:
            pieces.append((start, found.start(), strong))
            strong = False
        start = found.end()
        strong = strong or any(word in found.group() for word in _STRONG)
    if start < len(flat):
        pieces.append((start, len(flat), strong))
    return pieces


def _joined(found: list[tuple[bool, Matter]]) -> tuple[Matter, ...]:
    """Neighbours that are one matter put together; empty when only one is left."""
    matters: list[Matter] = []
    for parted, matter in found:
        last = matters[-1] if matters else None
        apart = last is not None and (
            (parted and (last.label is not matter.label or last.subject != matter.subject))
            or (last.label is not matter.label and Label.PARCEL in (last.label, matter.label))
        )
        if last is None or apart:
            matters.append(matter)
        elif _weight(matter) > _weight(last):
            matters[-1] = replace(matter, text=f"{last.text},{matter.text}")
        else:
            matters[-1] = replace(last, text=f"{last.text},{matter.text}")
    return tuple(matters[:MOST]) if len(matters) > 1 else ()


__all__ = ["Word", "is_loaded", "load", "understand"]
