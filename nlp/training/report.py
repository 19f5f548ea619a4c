"""The figures of the understanding as lines to read and as drawings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nlp.training.corpus import LABELS, Example
from nlp.training.judge import Answer, judge, reliability
from nlp.understanding import understand

_SIZE, _EDGE = 360, 48


def answers(examples: Sequence[Example]) -> list[Answer]:
    """What the program says about each example."""
    meanings = (understand(one.text) for one in examples)
    return [Answer(one.label.value, one.confidence, one.urgent, one.unsure) for one in meanings]


def report(examples: Sequence[Example], said: Sequence[Answer], worst: int = 20) -> Iterator[str]:
    """The figures, line by line; the worst mistakes are the surest."""
    verdict = judge(examples, said)
    yield f"messages             {verdict.count}"
    yield f"accuracy             {verdict.accuracy:.4f}   (without `also`: {verdict.strict:.4f})"
    yield f"macro F1             {verdict.macro_f1:.4f}   " + "  ".join(
        f"{label} {value:.3f}" for label, value in verdict.f1.items()
    )
    yield f"urgent               recall {verdict.urgent_recall:.4f}  precision {verdict.urgent_precision:.4f}  ({verdict.urgent_count} urgent)"  # noqa: E501
    yield f"sure enough          {verdict.coverage:.4f} of all, {verdict.sure_accuracy:.4f} of them right"
    yield ""
    yield "is \\ said".ljust(12) + "".join(label.rjust(11) for label in LABELS)
    for truth in LABELS:
        yield truth.ljust(12) + "".join(str(verdict.confusion.get((truth, one), 0)).rjust(11) for one in LABELS)
    yield ""
    yield "confidence   right   messages"
    for one in reliability(examples, said):
        yield f"{one.confidence:10.3f} {one.accuracy:7.3f} {one.count:10d}"
    wrong = [pair for pair in zip(examples, said, strict=True) if pair[1].label not in pair[0].right]
    wrong.sort(key=lambda pair: -pair[1].confidence)
    if wrong and worst:
        yield ""
        yield "the surest mistakes"
    for example, answer in wrong[:worst]:
        text = example.text.replace("\n", " ")[:60]
        yield f"{answer.confidence:.3f}  {example.label} -> {answer.label}  {text}"


def drawings(examples: Sequence[Example], said: Sequence[Answer]) -> dict[str, str]:
    """SVG drawings by file name: the reliability curve and the confusion table."""
    return {"reliability.svg": _curve(examples, said), "confusion.svg": _table(examples, said)}


def _curve(examples: Sequence[Example], said: Sequence[Answer]) -> str:
    span = _SIZE - 2 * _EDGE

    def at(confidence: float, accuracy: float) -> tuple[float, float]:
        return round(_EDGE + confidence * span, 1), round(_SIZE - _EDGE - accuracy * span, 1)

    bins = reliability(examples, said)
    most = max((one.count for one in bins), default=1)
    parts = [_line(at(0, 0), at(1, 1), "#bbb"), _line(at(0, 0), at(1, 0)), _line(at(0, 0), at(0, 1))]
    points = [at(one.confidence, one.accuracy) for one in bins]
    parts.append(f'<polyline points="{" ".join(f"{x},{y}" for x, y in points)}" fill="none" stroke="#07c160"/>')
    for one, (x, y) in zip(bins, points, strict=True):
        parts.append(
            f'<circle cx="{x}" cy="{y}" r="{2 + 6 * (one.count / most) ** 0.5:.1f}" fill="#07c160">'
            f"<title>{one.count} messages: {one.confidence:.2f} sure, {one.accuracy:.2f} right</title></circle>"
        )
    parts.append(_text(_SIZE / 2, _SIZE - 14, "confidence"))
    parts.append(_text(_EDGE, _EDGE - 16, "right"))
    for step in (0.0, 0.5, 1.0):
        parts.append(_text(at(step, 0)[0], _SIZE - _EDGE + 16, f"{step:g}"))
        parts.append(_text(_EDGE - 18, at(0, step)[1] + 4, f"{step:g}"))
    return _svg(_SIZE, _SIZE, parts)


def _table(examples: Sequence[Example], said: Sequence[Answer]) -> str:
    confusion = judge(examples, said).confusion
    cell, left = 72, 96
    parts = []
    for row, truth in enumerate(LABELS):
        whole = sum(confusion.get((truth, one), 0) for one in LABELS) or 1
        parts.append(_text(left - 44, 60 + row * cell + cell / 2, truth))
        parts.append(_text(left + row * cell + cell / 2, 44, truth))
        for column, one in enumerate(LABELS):
            count = confusion.get((truth, one), 0)
            colour = "#07c160" if truth == one else "#fa5151"
            x, y = left + column * cell, 56 + row * cell
            parts.append(
                f'<rect x="{x}" y="{y}" width="{cell - 2}" height="{cell - 2}" fill="{colour}"'
                f' fill-opacity="{0.06 + 0.9 * count / whole:.2f}"/>'
            )
            parts.append(_text(x + cell / 2, y + cell / 2 + 4, str(count)))
    return _svg(left + cell * len(LABELS) + 16, 64 + cell * len(LABELS), parts)


def _line(one: tuple[float, float], two: tuple[float, float], colour: str = "#333") -> str:
    return f'<line x1="{one[0]}" y1="{one[1]}" x2="{two[0]}" y2="{two[1]}" stroke="{colour}"/>'


def _text(x: float, y: float, said: str) -> str:
    return f'<text x="{x}" y="{y}" text-anchor="middle" font-family="sans-serif" font-size="12">{said}</text>'


def _svg(width: float, height: float, parts: Sequence[str]) -> str:
    inside = "\n".join(parts)
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">\n{inside}\n</svg>\n'
