"""The base of everything that comes in: a field that we do not know is refused (the contract, section 8)."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Input(BaseModel):
    """Base of what comes in."""

    model_config = ConfigDict(extra="forbid")
