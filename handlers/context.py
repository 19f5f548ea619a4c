"""What a handler gets and gives. It decides; it knows no XML, no HTTP and no database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from desk.actors import Actor, owner_actor
from desk.desk import Desk
from desk.media import KINDS, media_id
from desk.rulebook import Rules
from desk.wording import say_time
from nlp import Understanding
from store.conversations import Conversation, Dialogue, OpenTicket


@dataclass(frozen=True, slots=True)
class Inbound:
    """One message or event of an owner."""

    key: str
    kind: str
    """text image voice video location link event ..."""
    text: str
    understanding: Understanding
    at: datetime
    event: str = ""
    event_key: str = ""
    scene: str = ""
    menu_id: str = ""
    """The id of the tapped choice of a msgmenu."""
    media_id: str = ""
    place_label: str = ""
    """What a location message calls the place."""
    latitude: float | None = None
    longitude: float | None = None
    first_time: bool = False
    """The caller knows that nobody began to handle this before: no trace of an earlier try need be looked for."""

    @property
    def media(self) -> tuple[str, ...]:
        """The id under which we keep what came with the message; empty when nothing did."""
        return (media_id(self.key),) if self.media_id and self.kind in KINDS else ()

    @property
    def recording(self) -> tuple[str, ...]:
        """The same of a voice message whose words were recognised: the recording stays beside them."""
        return self.media if self.kind == "voice" else ()


@dataclass(frozen=True, slots=True)
class Reply:
    """What to say and what the conversation remembers. ``text`` None: say nothing.

    ``dialogue`` is the question that now waits for its answer; None ends a dialogue that was open.
    """

    text: str | None
    dialogue: Dialogue | None = None
    changes: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the conversation to set (mode, facts, homes, ...)."""
    tickets: tuple[OpenTicket, ...] = ()
    """New tickets to show in the conversation."""


@dataclass(frozen=True, slots=True)
class Context:
    """The desk, the rules of the estate, and the conversation as it is now."""

    desk: Desk
    rules: Rules
    conversation: Conversation
    message: Inbound
    now: datetime

    @property
    def owner(self) -> Actor:
        """The writer as an actor."""
        return owner_actor(self.conversation.person_id, self.conversation.name)

    @property
    def bound(self) -> bool:
        """Whether we know a home of this person."""
        return bool(self.conversation.homes)

    def say(self, text: str, /, **variables: object) -> str:
        """A text of the estate, filled."""
        return self.rules.texts.say(text, **variables)

    def time(self, at: datetime | None) -> str:
        """A time as people say it, in the estate's zone; empty for None."""
        return "" if at is None else say_time(at, self.now, self.rules.zone)

    def ask(
        self,
        kind: str,
        step: str,
        question: str,
        *,
        data: Mapping[str, Any] | None = None,
        version: int = 1,
        changes: Mapping[str, Any] | None = None,
        tickets: tuple[OpenTicket, ...] = (),
    ) -> Reply:
        """One question; its answer comes back to the dialogue ``kind`` at ``step`` with this ``data``."""
        dialogue = Dialogue(
            kind=kind,
            step=step,
            version=version,
            data=dict(data or {}),
            expires_at=self.now + self.rules.settings.dialogue_expires_after,
        )
        return Reply(question, dialogue=dialogue, changes=dict(changes or {}), tickets=tickets)
