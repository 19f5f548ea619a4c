"""How good answers are: accuracy, F1, confusion, urgency, calibration. Plain numbers, no libraries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nlp.training.corpus import LABELS, Example


@dataclass(frozen=True, slots=True)
class Answer:
    """What the program said about an example."""

    label: str
    confidence: float
    urgent: bool = False
    unsure: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """The figures of one set of answers. A label named in ``also`` counts as right, in F1 as the label itself."""

    count: int
    accuracy: float
    strict: float
    macro_f1: float
    f1: dict[str, float]
    confusion: dict[tuple[str, str], int]
    urgent_recall: float
    urgent_precision: float
    urgent_count: int
    coverage: float
    sure_accuracy: float


def judge(examples: Sequence[Example], answers: Sequence[Answer]) -> Verdict:
    """The figures for ``answers`` to ``examples``."""
    confusion: dict[tuple[str, str], int] = {}
    right = exact = sure = sure_right = 0
    for example, answer in zip(examples, answers, strict=True):
        good = answer.label in example.right
        right += good
        exact += answer.label == example.label
        if not answer.unsure:
            sure += 1
            sure_right += good
        said = example.label if good else answer.label
        confusion[example.label, said] = confusion.get((example.label, said), 0) + 1
    f1 = {}
    for label in LABELS:
        hits = confusion.get((label, label), 0)
        gold = sum(count for (truth, _), count in confusion.items() if truth == label)
        said_so = sum(count for (_, said), count in confusion.items() if said == label)
        if gold + said_so:
            f1[label] = 2 * hits / (gold + said_so)
    alarms = [(example.urgent, answer.urgent) for example, answer in zip(examples, answers, strict=True)]
    caught = sum(truth and said for truth, said in alarms)
    urgent = sum(truth for truth, _ in alarms)
    raised = sum(said for _, said in alarms)
    count = len(examples)
    return Verdict(
        count,
        right / count if count else 0.0,
        exact / count if count else 0.0,
        sum(f1.values()) / len(f1) if f1 else 0.0,
        f1,
        confusion,
        caught / urgent if urgent else 1.0,
        caught / raised if raised else 1.0,
        urgent,
        sure / count if count else 0.0,
        sure_right / sure if sure else 1.0,
    )


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers of about one confidence: how sure they were and how often right."""

    confidence: float
    accuracy: float
    count: int


def reliability(examples: Sequence[Example], answers: Sequence[Answer], bins: int = 10) -> list[Bin]:
    """Confidence against accuracy, in ``bins`` equal steps; empty ones are left out."""
    filed: dict[int, list[tuple[float, bool]]] = {}
    for example, answer in zip(examples, answers, strict=True):
        place = min(int(answer.confidence * bins), bins - 1)
        filed.setdefault(place, []).append((answer.confidence, answer.label in example.right))
    return [
        Bin(sum(one for one, _ in found) / len(found), sum(good for _, good in found) / len(found), len(found))
        for _, found in sorted(filed.items())
    ]


def threshold(shares: Sequence[float], right: Sequence[bool], wanted: float) -> float:
    """The lowest share from which on answers are right as often as ``wanted``; 1.0 when none is."""
    found, good = 1.0, 0
    for number, (share, one) in enumerate(sorted(zip(shares, right, strict=True), reverse=True), 1):
        good += one
        if number >= 50 and good / number >= wanted:
            found = share
    return found


def rising(shares: Sequence[float], right: Sequence[bool], points: int = 12) -> list[tuple[float, float]]:
    """A rising table from share to accuracy (pool adjacent violators over ``points`` groups of equal size)."""
    ordered = sorted(zip(shares, right, strict=True))
    size = max(len(ordered) // points, 1)
    groups: list[tuple[float, float, int]] = []
    for at in range(0, len(ordered), size):
        part = ordered[at : at + size]
        groups.append((sum(one for one, _ in part) / len(part), sum(good for _, good in part) / len(part), len(part)))
        while len(groups) > 1 and groups[-2][1] > groups[-1][1]:
            (left, low, few), (share, high, many) = groups[-2:]
            whole = few + many
            groups[-2:] = [((left * few + share * many) / whole, (low * few + high * many) / whole, whole)]
    return [(round(share, 4), round(good, 4)) for share, good, _ in groups]
