"""What every stored document has in common."""

from __future__ import annotations

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field


class Part(BaseModel):
    """A piece of a document. Frozen; unknown fields are ignored, because a newer process may have written more."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class Document(Part):
    """A document with its ``_id``."""

    id: str = Field(alias="_id")

    @classmethod
    def of(cls, row: dict[str, Any]) -> Self:
        """The document in a row that the driver read."""
        return cls.model_validate(row)

    def row(self) -> dict[str, Any]:
        """What the driver writes. What is None is left out: a filter for None finds what is missing just as well."""
        return self.model_dump(by_alias=True, exclude_none=True)
