"""Logs: structlog over the standard library; ids only, never texts, phone numbers or tokens."""

from __future__ import annotations

import logging
import sys

import structlog
from aiohttp.http_exceptions import HttpProcessingError

from bot.metrics import REJECTED
from bot.settings import Settings


class NoHttp(logging.Filter):
    """What is no proper HTTP is counted and told in a line: aiohttp would add its trace, and what it was sent with it.

    That may be anything from anywhere, also the words of a person in a push that broke on its way.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is written; changes one about a request that is no HTTP."""
        failure = record.exc_info[1] if record.exc_info else None
        if isinstance(failure, HttpProcessingError):
            REJECTED.labels("http").inc()
            record.msg, record.args = "request refused: %s", (type(failure).__name__,)
            record.exc_info = record.exc_text = None
            record.levelno, record.levelname = logging.INFO, "INFO"
        return record.levelno >= logging.getLogger().level


def set_up_logs(settings: Settings) -> None:
    """Lines for people, or JSON for machines (``LOG_FORMAT``), on stderr."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    last: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last]
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level.upper())
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)  # its lines would hold openids
    server = logging.getLogger("aiohttp.server")
    server.filters[:] = [NoHttp()]
    for noisy in ("pymongo", "asyncio", "urllib3"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
