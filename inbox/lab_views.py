"""What staff read of the dictionary lab: versions, documents, what a trial found, corrections."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from desk.replay import Changed, Replay
from inbox.views import View
from nlp.meaning import Understanding
from nlp.overlay import Overlay, as_text
from nlp.trial import Reason
from store.examples import Example
from store.lexicons import Found, LexiconVersion, Standing


class FoundView(View):
    """What a trial found."""

    read: int
    concerned: int
    changed: int
    lost: int
    gained: int
    unmet: int
    at: datetime

    @classmethod
    def of(cls, found: Found) -> FoundView:
        """As the page shows it."""
        return cls.showing(found)


class WordView(View):
    """One word of a document."""

    word: str
    like: str | None
    weights: dict[str, float]
    urgent: float | None


class VersionView(View):
    """A published version."""

    version: str
    at: datetime
    by: str
    by_name: str
    note: str
    state: Literal["published", "rolled_back"]
    holds: bool
    words: int
    found: FoundView | None


class VersionList(View):
    """What holds, and the versions, newest first. ``holds``: empty for the package's own words."""

    holds: str
    here: str
    """What this process understands by: for a moment another version than ``holds``."""
    items: list[VersionView]
    next: str | None


class DocumentView(View):
    """What a document says. ``document``: in its one form, without notes in between."""

    version: str
    note: str
    words: list[WordView]
    drop: list[str]
    document: str


class ProblemView(View):
    """What speaks against a document: the line (0: the whole) and what to do."""

    line: int
    word: str
    message: str


class CheckedView(View):
    """A document that was looked over; what is wrong leaves the rest empty."""

    problems: list[ProblemView]
    note: str
    words: list[WordView]
    drop: list[str]
    document: str


class MeaningView(View):
    """What a message means."""

    label: str
    intent: str
    urgent: bool
    confidence: float


class ReasonView(View):
    """A word that weighs otherwise: by how much for which label, and as what it was read before."""

    word: str
    was: list[str]
    weights: dict[str, float]
    urgent: float


class ChangedView(View):
    """One message that would be understood otherwise; its text without numbers, rooms and names."""

    message: str
    conversation: str
    at: datetime
    text: str
    times: int
    was: MeaningView
    becomes: MeaningView
    reasons: list[ReasonView]
    emergency_lost: bool


class MoveView(View):
    """How many messages go from one label to another (or stay and change in another way)."""

    was: str
    becomes: str
    count: int


class ReplayView(View):
    """What a document would change. ``against``: the version that holds now; empty: the package's own words."""

    against: str
    publishable: bool
    """Whether it was tried on the messages of all estates."""
    found: FoundView
    moves: list[MoveView]
    changed: list[ChangedView]
    """The first of them; emergencies that would be lost stand first."""
    unmet: list[str]


class BackView(View):
    """What holds now, and what held before."""

    version: str
    was: str


class WordDifferenceView(View):
    """One word that is another now; null: nothing was said of it."""

    word: str
    was: str | None
    becomes: str | None


class DifferenceView(View):
    """What one version says otherwise than another."""

    since: str
    items: list[WordDifferenceView]


class CorrectionView(View):
    """What a colleague corrected."""

    id: str
    conversation: str
    at: datetime
    text: str
    was: str
    label: str
    intent: str
    confidence: float
    by: str
    by_name: str
    learnt: bool


class CorrectionPage(View):
    """A page of corrections, newest first."""

    items: list[CorrectionView]
    next: str | None


def version_view(one: LexiconVersion, now: Standing, names: Mapping[str, str]) -> VersionView:
    """A version as the list shows it."""
    return VersionView(
        version=one.id,
        at=one.at,
        by=one.by,
        by_name=names.get(one.by.removeprefix("staff:"), one.by),
        note=one.note,
        state=one.state.value,
        holds=one.number == now.version,
        words=one.words,
        found=FoundView.of(one.found) if one.found is not None else None,
    )


def document_fields(overlay: Overlay) -> dict[str, Any]:
    """The fields of a document."""
    words = [WordView(word=one.word, like=one.like, weights=one.by_label, urgent=one.urgent) for one in overlay.words]
    return {"note": overlay.note, "words": words, "drop": list(overlay.drop), "document": as_text(overlay)}


def replay_view(found: Replay) -> ReplayView:
    """What a trial found, as the page shows it."""
    moves = sorted(found.moves.items(), key=lambda item: -item[1])
    return ReplayView(
        against=found.against,
        publishable=found.whole,
        found=FoundView.of(found.found),
        moves=[MoveView(was=was, becomes=becomes, count=count) for (was, becomes), count in moves],
        changed=[_changed(one) for one in found.changed],
        unmet=list(found.unmet[:100]),
    )


def _changed(one: Changed) -> ChangedView:
    return ChangedView(
        message=one.message,
        conversation=one.conversation,
        at=one.at,
        text=one.text,
        times=one.times,
        was=_meaning(one.was),
        becomes=_meaning(one.becomes),
        reasons=[_reason(reason) for reason in one.reasons],
        emergency_lost=one.emergency_lost,
    )


def _meaning(said: Understanding) -> MeaningView:
    return MeaningView(label=said.label.value, intent=said.intent.value, urgent=said.urgent, confidence=said.confidence)


def _reason(reason: Reason) -> ReasonView:
    return ReasonView(word=reason.word, was=list(reason.was), weights=reason.weights, urgent=reason.urgent)


def correction_view(row: Example, names: Mapping[str, str]) -> CorrectionView:
    """A correction as the list shows it."""
    return CorrectionView(
        id=row.id,
        conversation=row.conversation_id,
        at=row.at,
        text=row.text,
        was=row.was_label,
        label=row.label,
        intent=row.intent,
        confidence=row.was_confidence,
        by=row.by,
        by_name=names.get(row.by.removeprefix("staff:"), row.by),
        learnt=row.learnt,
    )
