"""One process's parts without its loops: several of them race in one test."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from bot.answers import OpenAnswers
from bot.journal import Journal
from bot.pipeline import Pipeline
from bot.spool import Spool
from bot.sweeper import Sweeper
from bot.tasks import Tasks
from bot.wechat.push import Push
from desk.desk import Desk
from store.messages import Answer
from tests.test_pipeline import echo


class Machine:
    """One process's parts, without its loops."""

    running: ClassVar[list[Machine]] = []

    def __init__(self, desk: Desk, folder: Path, name: str, respond: Any = echo) -> None:
        self.desk = desk
        self.pipeline = Pipeline(desk, respond, process=name, tasks=Tasks())
        self.journal = Journal(folder / "run" / "answers", name)
        self.spool = Spool(folder / "spool", name)
        self.answers = OpenAnswers(desk, self.journal, name)
        self.sweeper = Sweeper(desk, self.pipeline, self.answers, self.spool)
        self.running.append(self)

    def dies(self) -> None:
        """The system closes its files, and with them its locks."""
        self.journal._file.close()
        if self.spool._file is not None:
            self.spool._file.close()

    async def answer(self, push: Push) -> Answer:
        kept = await self.pipeline.keep(push)
        return kept if isinstance(kept, Answer) else await kept
