"""What an owner sent, and what is on their tickets."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from desk.api.calls import Call, Routes
from desk.api.files import File
from miniprogram_api.sessions import Person

routes: Routes[Person] = Routes("mp: media")


class MediaQuery(BaseModel):
    """Which size."""

    model_config = ConfigDict(extra="forbid")

    size: Literal["full", "small"] = "full"


@routes.get("/media/{id}")
async def media(call: Call[Person], query: MediaQuery) -> File:
    """One of my photos, recordings or films, or one on a ticket of mine."""
    opened = await call.desk.media.open_for_owner(call.path("id"), call.who.id, small=query.size == "small")
    return File(content=opened.content, content_type=opened.content_type, name=opened.name)
