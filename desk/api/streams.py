"""An answer that is not one body: the endpoint has written it itself, piece by piece, until it ended."""

from __future__ import annotations

from aiohttp import web
from pydantic import BaseModel, ConfigDict


class EventStream(BaseModel):
    """Server-sent events."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)

    response: web.StreamResponse
