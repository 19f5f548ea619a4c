"""Photos, recordings and films for staff: the bytes, with the headers that keep a browser from guessing."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from desk.actors import Actor
from desk.api.calls import Call, Routes
from desk.api.files import File

routes: Routes[Actor] = Routes("inbox: media")


class MediaQuery(BaseModel):
    """Which size."""

    model_config = ConfigDict(extra="forbid")

    size: Literal["full", "small"] = "full"


@routes.get("/media/{id}")
async def media(call: Call[Actor], query: MediaQuery) -> File:
    """One photo, recording or film, if the caller may see its conversation or a ticket that holds it."""
    opened = await call.desk.media.open_for_staff(call.path("id"), call.who, small=query.size == "small")
    return File(content=opened.content, content_type=opened.content_type, name=opened.name)
