"""What every part of the settings has in common."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Span = Annotated[timedelta, Field(ge=timedelta(0))]
"""A duration that is not negative."""


class Section(BaseModel):
    """A part of the settings: frozen, tolerant of what a newer process wrote, durations as seconds in JSON."""

    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_timedelta="float")
