"""Wires handlers to what they answer: a router per subject, joined into one. Wiring the same thing twice is refused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, Literal

from handlers.context import Context, Reply
from nlp import Intent


class Unhandled:
    """Said by a dialogue that a message is not for it; different from a reply that says nothing."""


UNHANDLED: Final = Unhandled()

Handler = Callable[[Context], Awaitable[Reply]]
DialogueHandler = Callable[[Context], Awaitable[Reply | Unhandled]]


class Router:
    """Handlers of one subject."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.intents: dict[Intent, Handler] = {}
        self.events: dict[str, Handler] = {}
        self.kinds: dict[str, Handler] = {}
        self.dialogues: dict[str, tuple[DialogueHandler, int]] = {}

    def on(self, *intents: Intent) -> Callable[[Handler], Handler]:
        """Answer messages that mean one of these."""

        def wire(handler: Handler) -> Handler:
            for intent in intents:
                self._free("intent", intent in self.intents, intent)
                self.intents[intent] = handler
            return handler

        return wire

    def on_event(self, *events: str) -> Callable[[Handler], Handler]:
        """Answer these events (lower case)."""

        def wire(handler: Handler) -> Handler:
            for event in events:
                self._free("event", event in self.events, event)
                self.events[event] = handler
            return handler

        return wire

    def on_kind(self, *kinds: str) -> Callable[[Handler], Handler]:
        """Answer messages of these kinds that carry no text to understand (image, location, ...)."""

        def wire(handler: Handler) -> Handler:
            for kind in kinds:
                self._free("kind", kind in self.kinds, kind)
                self.kinds[kind] = handler
            return handler

        return wire

    def dialogue(self, kind: str, *, version: int = 1) -> Callable[[DialogueHandler], DialogueHandler]:
        """Take the answers to this router's questions. Raise ``version`` when the shape of the data changes."""

        def wire(handler: DialogueHandler) -> DialogueHandler:
            self._free("dialogue", kind in self.dialogues, kind)
            self.dialogues[kind] = (handler, version)
            return handler

        return wire

    def include(self, *routers: Router) -> None:
        """Join other routers into this one."""
        for router in routers:
            for what in ("intents", "events", "kinds", "dialogues"):
                mine, theirs = getattr(self, what), getattr(router, what)
                for name, handler in theirs.items():
                    self._free(what, name in mine, name)
                    mine[name] = handler

    def _free(self, what: Literal["intent", "event", "kind", "dialogue"] | str, taken: bool, name: object) -> None:
        if taken:
            raise ValueError(f"router {self.name}: {what} {name} is wired twice")
