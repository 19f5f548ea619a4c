"""What came with an owner's message besides words, as staff see it."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict

from store.media import Medium
from store.messages import Message


class MediaView(BaseModel):
    """A photo, recording or film, and whether it can be had: at `media/{id}` when its state is kept."""

    model_config = ConfigDict(extra="forbid")

    id: str
    kind: str
    state: str
    """wanted | kept | gone | refused | unknown"""
    reason: str
    content_type: str
    size: int
    width: int
    height: int
    small: bool
    """Whether there is a small picture of it: `media/{id}?size=small`."""
    text: str
    """What the platform heard in a recording."""

    @classmethod
    def of(cls, id: str, medium: Medium | None) -> Self:
        """The row of this id; what came before media were kept has none."""
        if medium is None:
            return cls(
                id=id,
                kind="",
                state="unknown",
                reason="",
                content_type="",
                size=0,
                width=0,
                height=0,
                small=False,
                text="",
            )
        return cls(
            id=id,
            kind=medium.kind,
            state=medium.state.value,
            reason=medium.reason,
            content_type=medium.content_type,
            size=medium.size,
            width=medium.width,
            height=medium.height,
            small=medium.thumb,
            text=medium.text,
        )


class PlaceView(BaseModel):
    """Where an owner said that it is."""

    model_config = ConfigDict(extra="forbid")

    label: str
    latitude: float | None
    longitude: float | None


def place_of(message: Message) -> PlaceView | None:
    """The place that a location message names."""
    fields = (message.push or {}).get("fields") or {}
    if message.kind != "location":
        return None
    return PlaceView(
        label=str(fields.get("Label") or ""),
        latitude=_degrees(fields.get("Location_X"), 90),
        longitude=_degrees(fields.get("Location_Y"), 180),
    )


def _degrees(text: object, most: int) -> float | None:
    try:
        degrees = float(str(text))
    except ValueError:
        return None
    return degrees if abs(degrees) <= most else None
