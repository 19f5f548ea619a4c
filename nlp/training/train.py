"""From the corpus to the weights file: ``guanjia nlp train``."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nlp import features
from nlp.lexicon import Lexicon, read_default
from nlp.meaning import LABEL_OF, Intent, Label
from nlp.model import STEP, Model, between, family_of, pack, warmth, write
from nlp.table import choosing
from nlp.training import frames
from nlp.training.corpus import LABELS, Example, read_corpus
from nlp.training.fit import fit
from nlp.training.inputs import NLP, fingerprint
from nlp.training.judge import rising, threshold
from nlp.training.matrix import Matrix, build, damped, features_of
from nlp.training.seldom import note_seldom
from nlp.vocabulary import tokenizer

STRENGTH = 0.12
URGENT_STRENGTH = 1.2
INTENT_STRENGTH = 0.5
SHARED = 0.3
"""How much of a message counts for the labels that are right *too*."""
LEAN = {"other": -0.2}
"""What is added to the start of a label: our writers wrote more talk than a service desk gets.

Of what strangers wrote five of 870 more are right, two of 640 and, in a set looked at for this alone, six of 466.
"""
DOUBT = 0.05
"""How much of every message counts for all labels alike: who is never quite sure does not bet on one odd word."""
EVEN = 0.3
"""Rare labels count more, by their frequency to this power: nobody knows how often they come elsewhere."""
FOLDS = 5
MOST = 145_000
"""So many features the labels' file holds: with those of the intents it stays under 5 MB."""
MOST_INTENT = {Label.OTHER: 14_000, Label.PARCEL: 5_000}
"""The same for the files of intents, of which the labels with several have one each."""
REACH = 0.25
"""Kept is what weighs most, times how often it stands (to this power): a rare odd word moves few messages."""
URGENT_REACH = 0.25
"""What a weight for urgency counts in this beside one for a label: these are larger, and move one answer of two."""
SURE = 0.97
"""So often an answer should be right that is given without asking."""
MISSED = 2.0
"""An emergency that is not seen counts as so many false alarms."""
LABEL_FAMILIES = frozenset("wbtn")
INTENT_FAMILIES = frozenset("wgtn")

GRAVE = ("repair", "complaint")
"""Only of these labels it is asked whether they are urgent, so only these teach it."""

Said = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Made:
    """The files that were made, and what cross-validation said."""

    files: dict[str, str]
    accuracy: float


def train(said: Said, *, held_out: bool = True) -> Made:
    """Learn everything and return the files' texts; with ``held_out`` the test part is not learnt from."""
    lexicon = read_default()
    corpus = read_corpus()
    held = [one.text for one in corpus if held_out and one.part == "test"]
    written = [one for one in corpus if not held_out or one.part != "test"]
    framed = frames.made(without=held)
    note_seldom([one.text for one in corpus], lexicon)
    from_what = _about(lexicon)
    cut = tokenizer(lexicon.words)
    examples = [*written, *framed]
    said(f"{len(written)} messages, {len({(one.source, one.scenario) for one in written})} scenarios")
    said(f"{len(framed)} messages made of frames")
    found = [features_of(one.text, lexicon, cut) for one in examples]
    matrix = build(examples, [{name for name in own if _counts_for_label(name)} for own in found], least=1)
    said(f"{len(matrix.names)} features")
    scores, alarm = _cross(examples, matrix, said)
    count = len(written)
    about = from_what | _calibrated(written, scores[:count], alarm[:count], said)
    label = _label(examples, matrix, about)
    said(f"{sum(map(len, label.rows.values()))} features kept")
    files = {"label": write(label)}
    for name in choosing():
        files[name] = write(_intent(name, examples, found, from_what))
    right = [LABELS[row.argmax()] in one.right for one, row in zip(written, scores[:count], strict=True)]
    return Made(files, sum(right) / len(right))


def store(made: Made) -> None:
    """Put the files where they are read from."""
    folder = NLP / "weights"
    folder.mkdir(exist_ok=True)
    for name, text in made.files.items():
        (folder / f"{name}.json").write_text(text, encoding="utf-8")


def targets(examples: Sequence[Example]) -> Any:
    """One row a message: its label, and a share for those that are right too."""
    made = np.zeros((len(examples), len(LABELS)))
    for row, one in zip(made, examples, strict=True):
        row[LABELS.index(one.label)] = 1 - SHARED if one.also else 1.0
        for name in one.also:
            row[LABELS.index(name)] += SHARED / len(one.also)
    return made


def evened(wanted: Any) -> Any:
    """A weight for each message, so that rare labels are not drowned."""
    often = wanted.sum(axis=0) / len(wanted)
    made = (1 / np.maximum(often, 1e-9) ** EVEN)[wanted.argmax(axis=1)]
    return made / made.mean()


def fold_of(example: Example) -> int:
    """A part for cross-validation, by scenario."""
    return int(hashlib.sha256(f"fold {example.source}/{example.scenario}".encode()).hexdigest()[:8], 16) % FOLDS


def learn_labels(rows: Any, examples: Sequence[Example], scales: Any) -> tuple[Any, Any]:
    """Weights and starting values of the labels."""
    wanted = targets(examples)
    doubted = wanted * (1 - DOUBT) + DOUBT / len(LABELS)
    counts = evened(wanted) * [one.counts for one in examples]
    weights, start = fit(rows, doubted, counts / counts.mean(), STRENGTH, scales)
    return weights, start + np.array([LEAN.get(label, 0.0) for label in LABELS])


def learn_urgent(rows: Any, examples: Sequence[Example], scales: Any) -> tuple[Any, Any]:
    """Weights and starting value of urgency, as one column."""
    places = [place for place, one in enumerate(examples) if one.label in GRAVE]
    wanted = np.array([[not examples[place].urgent, examples[place].urgent] for place in places], dtype=float)
    weights, start = fit(rows[places], wanted, evened(wanted), URGENT_STRENGTH, scales)
    return weights[:, 1:] - weights[:, :1], start[1:] - start[:1]


def _cross(examples: Sequence[Example], matrix: Matrix, said: Said) -> tuple[Any, Any]:
    """Scores of every message by weights that never saw its scenario."""
    scores = np.zeros((len(examples), len(LABELS)))
    alarm = np.zeros(len(examples))
    folds = np.array([fold_of(one) for one in examples])
    for fold in range(FOLDS):
        other, own = np.where(folds != fold)[0], np.where(folds == fold)[0]
        known = [examples[place] for place in other]
        weights, start = learn_labels(matrix.rows[other], known, matrix.scales)
        scores[own] = matrix.rows[own] @ weights + start
        weights, start = learn_urgent(matrix.rows[other], known, matrix.scales)
        alarm[own] = (matrix.rows[own] @ weights + start)[:, 0]
        said(f"fold {fold + 1} of {FOLDS}")
    return scores, alarm


def _calibrated(examples: Sequence[Example], scores: Any, alarm: Any, said: Said) -> dict[str, str]:
    """Temperature, reliability and thresholds from the scores of cross-validation."""
    right = [LABELS[row.argmax()] in one.right for one, row in zip(examples, scores, strict=True)]
    gold = np.array([LABELS.index(one.label) for one in examples])
    scores = scores / np.array([[warmth(damped(one.text))] for one in examples])

    def off(temperature: float) -> float:
        scaled = scores / temperature
        scaled = scaled - scaled.max(axis=1, keepdims=True)
        return float(-(scaled[np.arange(len(gold)), gold] - np.log(np.exp(scaled).sum(axis=1))).sum())

    temperature = min((step / 20 for step in range(8, 60)), key=off)
    scaled = np.exp((scores - scores.max(axis=1, keepdims=True)) / temperature)
    shares = [float(one) for one in 1 / scaled.sum(axis=1)]
    table = rising(shares, right)
    sure_share = threshold(shares, right, SURE)
    sure = between(table, sure_share)
    asked = np.isin(scores.argmax(axis=1), [LABELS.index(label) for label in GRAVE])
    chances = np.where(asked, 1 / (1 + np.exp(-alarm)), 0.0)
    urgent = _urgent_from(examples, chances)
    coverage = sum(share >= sure_share for share in shares) / len(shares)
    said(
        f"cross-validation: {sum(right) / len(right):.4f} right, {SURE} from share {sure_share:.3f} on: {coverage:.3f}"
    )
    raised, truth = chances >= urgent, np.array([one.urgent for one in examples])
    caught = (raised & truth).sum()
    said(f"urgent from {urgent}: recall {caught / truth.sum():.3f}, precision {caught / max(raised.sum(), 1):.3f}")
    return {
        "cross-validated accuracy": f"{sum(right) / len(right):.4f}",
        "temperature": f"{temperature:.2f}",
        "reliability": " ".join(f"{share:g}={good:g}" for share, good in table),
        "sure from": f"{sure:.3f}",
        "urgent from": f"{urgent:.3f}",
    }


def _urgent_from(examples: Sequence[Example], chances: Any) -> float:
    """The chance from which on a message is urgent: where misses (``MISSED`` times) and false alarms are fewest."""
    truth = np.array([one.urgent for one in examples])

    def off(step: float) -> float:
        raised = chances >= step
        return float(MISSED * (truth & ~raised).sum() + (raised & ~truth).sum())

    return min((step / 100 for step in range(4, 90)), key=off)


def _about(lexicon: Lexicon) -> dict[str, str]:
    return {
        "what": "weights in steps of 0.03, learnt from nlp/corpus by `guanjia nlp train`; not edited by hand",
        "lexicon": lexicon.version,
        "features": features.VERSION,
        "inputs": fingerprint(),
    }


def _label(examples: Sequence[Example], matrix: Matrix, about: dict[str, str]) -> Model:
    """The labels and urgency: learnt once to see what counts, then once more with that alone, which takes over."""
    weights, _ = _learn(examples, matrix)
    fewer = _weightiest(matrix, weights * [*(1.0 for _ in LABELS), URGENT_REACH], MOST)
    weights, start = _learn(examples, fewer)
    return _model((*LABELS, "urgent"), start, weights, fewer, about)


def _weightiest(matrix: Matrix, weights: Any, most: int) -> Matrix:
    """The matrix with the columns that decide most."""
    reach = np.abs(weights).max(axis=1) * np.maximum(matrix.often, 1) ** REACH
    return matrix.only(np.sort(np.argsort(-reach, kind="stable")[:most]))


def _learn(examples: Sequence[Example], matrix: Matrix) -> tuple[Any, Any]:
    weights, start = learn_labels(matrix.rows, examples, matrix.scales)
    alarms, alarm_start = learn_urgent(matrix.rows, examples, matrix.scales)
    return np.hstack([weights, alarms]), np.concatenate([start, alarm_start])


def _intent(label: Label, examples: Sequence[Example], found: Sequence[set[str]], about: dict[str, str]) -> Model:
    """The intents of a label, learnt twice like the labels."""
    places = [place for place, one in enumerate(examples) if one.label == label and one.intent]
    own = [examples[place] for place in places]
    matrix = build(own, [{name for name in found[place] if _counts_for_intent(name)} for place in places])
    intents = [str(i) for i in Intent if LABEL_OF[i] == label and any(_named(one) == i for one in own)]
    wanted = np.array([[_named(one) == name for name in intents] for one in own], dtype=float)
    even = np.ones(len(own))
    weights, _ = fit(matrix.rows, wanted, even, INTENT_STRENGTH, matrix.scales)
    fewer = _weightiest(matrix, weights, MOST_INTENT[label])
    weights, start = fit(fewer.rows, wanted, even, INTENT_STRENGTH, fewer.scales)
    return _model(tuple(intents), start, weights, fewer, about)


def _named(example: Example) -> str:
    return f"parcel_{example.intent}" if example.label == "parcel" else example.intent


def _counts_for_label(name: str) -> bool:
    return name[1] in LABEL_FAMILIES if name.startswith(features.MARK) else True


def _counts_for_intent(name: str) -> bool:
    return name[1] in INTENT_FAMILIES if name.startswith(features.MARK) else True


def _model(columns: tuple[str, ...], start: Any, weights: Any, matrix: Matrix, about: dict[str, str]) -> Model:
    """Rounded, small ones left out; what most messages hold comes first, and so lies together in memory."""
    thousandths = np.round(weights * (1000 / STEP)).astype(int) * STEP
    rows: dict[str, dict[str, int]] = {}
    kept = np.where(np.abs(thousandths).max(axis=1) > 0)[0]
    for place in sorted(kept, key=lambda place: (-matrix.often[place], matrix.names[place])):
        family, name = family_of(matrix.names[place])
        rows.setdefault(family, {})[name] = pack([int(one) for one in thousandths[place]])
    return Model(columns, pack([round(float(one) * 1000 / STEP) * STEP for one in start]), rows, about)
