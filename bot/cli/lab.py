"""``guanjia lab``: words of one's own for the understanding, tried on stored messages before they hold."""

from __future__ import annotations

import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from bot.cli.ending import FAILED, refuse, run

if TYPE_CHECKING:
    from bot.runtime import Runtime
    from desk.replay import Changed, Replay
    from nlp.meaning import Understanding
    from nlp.overlay import Overlay
    from store.lexicons import LexiconVersion

app = typer.Typer(help="The dictionary lab: try, publish and take back words of one's own.", no_args_is_help=True)
LEXICON = typer.Option(..., "--lexicon", help="A change document (YAML); -: standard input. docs/understanding.md.")
SHOWN = 50


@app.command()
def replay(
    lexicon: Path = LEXICON,
    limit: int = typer.Option(5000, "--limit", min=1, max=20_000, help="So many messages, the newest first."),
    as_json: bool = typer.Option(False, "--json", help="Everything, as JSON."),
) -> None:
    """Which stored messages would be understood otherwise, and by which words. Publishes nothing."""

    async def work(runtime: Runtime) -> None:
        from desk.actors import SYSTEM

        overlay = _read(runtime, lexicon)
        found = await runtime.desk.lab.replay(overlay, SYSTEM, limit=limit)
        if as_json:
            print(json.dumps(_as_json(found), ensure_ascii=False, indent=2))
        else:
            _print(found)

    _with_runtime(work)


@app.command()
def publish(
    lexicon: Path = LEXICON, note: str = typer.Option(..., "--note", help="Why; stands in the list of versions.")
) -> None:
    """Let a document hold, as a new version. It has to be replayed first."""

    async def work(runtime: Runtime) -> None:
        from desk.actors import SYSTEM

        overlay = _read(runtime, lexicon)
        version = await runtime.desk.lab.publish(overlay, SYSTEM, note=note)
        await _audit(runtime, "lexicon.published", version.id)
        print(f"{version.id} holds now; all processes follow within seconds")

    _with_runtime(work)


@app.command()
def rollback(
    version: str = typer.Argument("", help="Like v2, or default: the package's own. None: the one before."),
) -> None:
    """Let an earlier version hold again."""

    async def work(runtime: Runtime) -> None:
        from desk.actors import SYSTEM
        from store.errors import NotFound

        lab = runtime.desk.lab
        try:
            to = version or await lab.before()
        except NotFound:
            refuse("nothing is published, so there is nothing to take back")
        was = await lab.roll_back(to, SYSTEM)
        await _audit(runtime, "lexicon.rolled_back", to)
        print(f"{to} holds again instead of {was}; all processes follow within seconds")

    _with_runtime(work)


@app.command("list")
def list_(limit: int = typer.Option(30, "--limit", min=1, max=200)) -> None:
    """The versions, newest first; * marks the one that holds."""

    async def work(runtime: Runtime) -> None:
        now, versions = await runtime.desk.lab.versions(limit=limit)
        for one in versions:
            print(_line(one, holds=one.number == now.version))
        print(f"{' ' if now.version else '*'} default  the package's own words")

    _with_runtime(work)


@app.command()
def corrections(
    add: bool = typer.Option(False, "--add", help="Write them as scenarios to learn from."),
    out: Path | None = typer.Option(None, "--out", help="With --add: the corpus file, nlp/corpus/corrections.txt."),
    limit: int = typer.Option(1000, "--limit", min=1, max=5000),
) -> None:
    """What colleagues corrected in the bot's understanding, newest first."""
    if add and out is None:
        refuse("--add needs --out FILE, for example nlp/corpus/corrections.txt")
    if out is not None and not add:
        refuse("--out goes with --add")

    async def work(runtime: Runtime) -> None:
        from desk.actors import SYSTEM

        examples = await runtime.desk.lessons.listed(SYSTEM, limit=limit)
        if out is None:
            for one in examples:
                words = " ".join(one.text.split())
                learnt = "  (in the corpus)" if one.learnt else ""
                print(f"{one.at:%Y-%m-%d %H:%M}  {one.was_label or '?'} -> {one.label}  {words}{learnt}")
            print(f"{len(examples)} corrections")
            return
        await _add(runtime, examples, out)

    _with_runtime(work)


async def _add(runtime: Runtime, examples: list[Any], out: Path) -> None:
    from desk.lessons import HEADING, scenario_of

    try:
        there = out.read_text(encoding="utf-8") if out.exists() else ""
    except (OSError, ValueError) as error:
        refuse(f"cannot read {out}: {error}")
    more = await runtime.desk.lessons.scenarios(examples, there=there)
    start = there if there.endswith("\n") or not there else f"{there}\n"
    try:
        out.write_text((start or f"{HEADING}\n") + more, encoding="utf-8")
    except OSError as error:
        refuse(f"cannot write {out}: {error.strerror}")
    written = {line.removeprefix("## ").partition(":")[0] for line in more.splitlines() if line.startswith("## ")}
    await runtime.stores.examples.mark_learnt([one.id for one in examples if scenario_of(one) in written])
    await runtime.desk.audit.did("system:cli", "lexicon.corrections_exported", "lexicon", details={"n": len(written)})
    print(f"{len(written)} corrections added to {out}, {len(examples) - len(written)} were there or say nothing")
    print("look them over, then learn from them: guanjia nlp train")


def _with_runtime(work: Callable[[Runtime], Awaitable[None]]) -> None:
    async def opened() -> None:
        from bot.cli.environment import settings_of_here
        from bot.runtime import open_runtime
        from desk.errors import DeskError
        from store.errors import Conflict, NotFound

        async with open_runtime(settings_of_here()) as runtime:
            try:
                await work(runtime)
            except DeskError as refused:
                refuse(refused.message)
            except NotFound as missing:
                refuse(f"no version {missing}; `guanjia lab list` shows them")
            except Conflict:
                refuse("another version was published meanwhile; nothing was changed, replay again", code=FAILED)

    run(opened)


def _read(runtime: Runtime, path: Path) -> Overlay:
    from desk.lab import Unfit

    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8")
    except OSError as error:
        refuse(f"cannot read {path}: {error.strerror}")
    except UnicodeDecodeError:
        refuse(f"{path} is not UTF-8 text")
    try:
        return runtime.desk.lab.read(text)
    except Unfit as wrong:
        refuse(*(f"{path}: {line}" for line in wrong.lines))


async def _audit(runtime: Runtime, action: str, version: str) -> None:
    await runtime.desk.audit.did("system:cli", action, f"lexicon:{version}")


def _line(one: LexiconVersion, *, holds: bool) -> str:
    found = one.found
    tried = f"{found.changed} of {found.read} messages changed" if found is not None else "not tried"
    lost = f", {found.lost} EMERGENCIES LOST" if found is not None and found.lost else ""
    state = "" if one.state == "published" else "  (rolled back)"
    mark = "*" if holds else " "
    return (
        f"{mark} {one.id:8} {one.at:%Y-%m-%d %H:%M}  {one.by:16} {one.words:5} words  {tried}{lost}  {one.note}{state}"
    )


def _print(replay: Replay) -> None:
    found = replay.found
    print(f"{found.read} messages read, {found.concerned} hold one of the words, {found.changed} would change")
    for (was, becomes), count in sorted(replay.moves.items(), key=lambda item: -item[1]):
        print(f"  {was:10} -> {becomes:10} {count:6}")
    if replay.unmet:
        print(f"in none of the messages: {'、'.join(replay.unmet[:20])}{'…' if len(replay.unmet) > 20 else ''}")
    if found.lost:
        print(f"\n!!! {found.lost} EMERGENCIES WOULD NO LONGER BE URGENT. They stand first: look at each of them.")
    for one in replay.changed[:SHOWN]:
        mark = "!!! " if one.emergency_lost else ""
        print(f"\n{mark}{' '.join(one.text.split())}" + (f"  (x{one.times})" if one.times > 1 else ""))
        print(f"    {_meaning(one.was)}  ->  {_meaning(one.becomes)}")
        for reason in one.reasons:
            weights = ", ".join(f"{label} {weight:+.2f}" for label, weight in reason.weights.items())
            urgent = f", urgent {reason.urgent:+.2f}" if abs(reason.urgent) >= 0.01 else ""
            was = "" if reason.was == (reason.word,) else f" (was {' | '.join(reason.was)})"
            print(f"    {reason.word}{was}: {weights}{urgent}")
    if len(replay.changed) > SHOWN:
        print(f"\n... and {len(replay.changed) - SHOWN} more; --json gives {len(replay.changed)} of them")


def _meaning(said: Understanding) -> str:
    return f"{said.label} ({said.intent}) {said.confidence:.2f}{' URGENT' if said.urgent else ''}"


def _as_json(replay: Replay) -> dict[str, Any]:
    counts = replay.found.model_dump(mode="json")
    moves = [{"was": was, "becomes": becomes, "count": count} for (was, becomes), count in sorted(replay.moves.items())]
    changed = [_changed(one) for one in replay.changed]
    return {"against": replay.against or "default", **counts, "moves": moves, "unmet_words": list(replay.unmet)} | {
        "changed_messages": changed
    }


def _changed(one: Changed) -> dict[str, Any]:
    def meaning(said: Understanding) -> dict[str, Any]:
        plain = {"label": said.label.value, "intent": said.intent.value}
        return plain | {"urgent": said.urgent, "confidence": said.confidence}

    return {
        "message": one.message,
        "at": one.at.isoformat(),
        "text": one.text,
        "times": one.times,
        "emergency_lost": one.emergency_lost,
        "was": meaning(one.was),
        "becomes": meaning(one.becomes),
        "reasons": [reason.to_dict() for reason in one.reasons],
    }
