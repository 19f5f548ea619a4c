"""Every index, in one place: what a screen or a timer asks for has one; tests/store/test_indexes.py sees it used."""

from __future__ import annotations

from store.client import Database, IndexModel, patiently

UP, DOWN = 1, -1

INDEXES: dict[str, list[tuple[list[tuple[str, int]], dict[str, object]]]] = {
    "conversations": [
        ([("last_at", DOWN)], {}),
        ([("resident_id", UP)], {}),
        ([("settle", UP)], {"partialFilterExpression": {"settle": True}}),
        (
            [("held", UP), ("staff_id", UP), ("mode", UP), ("last_at", DOWN)],
            {"partialFilterExpression": {"held": True}},
        ),
        ([("waiting_since", UP)], {"sparse": True}),
        ([("next_due", UP)], {"sparse": True}),
        ([("snoozed_until", UP)], {"sparse": True}),
        (
            [("marked", UP), ("marks", UP), ("last_at", DOWN)],
            {"partialFilterExpression": {"marked": True}},
        ),
    ],
    "search": [([("terms", UP), ("at", DOWN)], {})],
    "saved_views": [([("staff_id", UP)], {})],
    "canned": [([("owner", UP)], {})],
    "macros": [([("owner", UP)], {})],
    "cases": [([("kind", UP), ("at", DOWN)], {})],
    "messages": [
        ([("conversation_id", UP), ("at", DOWN)], {}),
        ([("state", UP), ("at", UP)], {}),
        ([("conversation_id", UP), ("state", UP)], {}),
        ([("answer.state", UP), ("handled_at", UP)], {}),
        ([("ticket_id", UP), ("at", UP)], {}),
    ],
    "tickets": [
        ([("number", UP)], {"unique": True}),
        ([("opened_at", DOWN)], {}),
        ([("estate_id", UP), ("opened_at", DOWN)], {}),
        ([("state", UP), ("opened_at", DOWN)], {}),
        ([("owner_id", UP), ("opened_at", DOWN)], {}),
        ([("room_id", UP), ("opened_at", DOWN)], {}),
        ([("executor", UP), ("state", UP), ("opened_at", DOWN)], {}),
        ([("terms", UP), ("opened_at", DOWN)], {}),
        ([("unfinished", UP), ("updated_at", UP)], {"partialFilterExpression": {"unfinished": True}}),
    ],
    "deliveries": [
        ([("state", UP), ("not_before", UP)], {}),
        ([("state", UP), ("changed_at", UP)], {}),
        ([("conversation_id", UP), ("state", UP), ("seq", UP)], {}),
        ([("conversation_id", UP), ("kind", UP), ("sent_at", DOWN)], {}),
        ([("ticket_id", UP), ("kind", UP), ("sent_at", DOWN)], {}),
        ([("person_id", UP), ("created_at", DOWN)], {}),
        ([("attempts.msgid", UP)], {}),
        ([("attention", UP), ("created_at", DOWN)], {"partialFilterExpression": {"attention": True}}),
        (
            [("of_notice", UP), ("notice_id", UP), ("state", UP), ("seq", UP)],
            {"partialFilterExpression": {"of_notice": True}},
        ),
    ],
    "notices": [
        ([("number", UP)], {"unique": True}),
        ([("created_at", DOWN)], {}),
        ([("state", UP), ("created_at", DOWN)], {}),
    ],
    "timers": [([("state", UP), ("due", UP)], {}), ([("ticket_id", UP)], {})],
    "promises": [
        ([("ticket_id", UP)], {}),
        ([("conversation_id", UP), ("state", UP)], {}),
        ([("state", UP), ("due", UP)], {}),
    ],
    "incidents": [
        ([("number", UP)], {"unique": True}),
        ([("state", UP), ("created_at", DOWN)], {}),
        ([("created_at", DOWN)], {}),
        ([("unfinished", UP)], {"partialFilterExpression": {"unfinished": True}}),
    ],
    "duty": [([("opened_at", DOWN)], {}), ([("state", UP), ("opened_at", DOWN)], {})],
    "charges": [([("ticket_id", UP)], {})],
    "shifts": [([("team_id", UP), ("starts_at", UP)], {})],
    "alerts": [([("state", UP), ("not_before", UP)], {}), ([("staff_id", UP), ("way", UP), ("at", DOWN)], {})],
    "identities": [([("resident_id", UP)], {}), ([("unionid", UP)], {})],
    "bindings": [([("resident_id", UP)], {}), ([("room_id", UP)], {})],
    "rooms": [([("number", UP), ("building", UP)], {}), ([("estate_id", UP), ("building", UP), ("unit", UP)], {})],
    "parcels": [
        ([("room_id", UP), ("state", UP)], {}),
        ([("terms", UP)], {}),
        ([("arrived_at", DOWN)], {}),
    ],
    "media": [([("state", UP), ("due", UP)], {})],
    "sessions": [([("subject", UP)], {}), ([("ends_at", UP)], {"expireAfterSeconds": 86_400})],
    "requests": [([("at", UP)], {"expireAfterSeconds": 86_400})],
    "texts": [([("estate_id", UP), ("name", UP)], {"unique": True})],
    "articles": [([("updated_at", DOWN)], {})],
    "article_versions": [([("article_id", UP), ("version", UP)], {})],
    "gaps": [([("estate_id", UP), ("state", UP)], {}), ([("state", UP), ("last_at", DOWN)], {})],
    "questions": [
        ([("to", UP), ("state", UP), ("asked_at", DOWN)], {}),
        ([("state", UP), ("asked_at", DOWN)], {}),
    ],
    "attempts": [([("ends_at", UP)], {})],
    "audit": [
        ([("at", DOWN)], {}),
        ([("subject", UP), ("at", DOWN)], {}),
        ([("by", UP), ("at", DOWN)], {}),
        ([("action", UP), ("at", DOWN)], {}),
    ],
}


GONE = {
    "conversations": ("staff_id_1_mode_1_last_at_-1",),
    "messages": ("answer.by_1_answer.state_1",),
    "tickets": ("category_1_opened_at_-1", "executor_1_state_1"),
}
"""Indexes of earlier versions that nothing asks any more: each costs the server time at every write."""


async def ensure_indexes(database: Database) -> None:
    """Create what is missing, with one command a collection. Repeating it changes nothing."""
    with patiently():
        for collection, indexes in INDEXES.items():
            await database[collection].create_indexes([IndexModel(keys, **options) for keys, options in indexes])


async def drop_indexes(database: Database) -> None:
    """Take away what is not asked any more. Repeating it changes nothing."""
    for collection, names in GONE.items():
        listed = await database.command({"listIndexes": collection})
        there = {index["name"] for index in listed["cursor"]["firstBatch"]}
        for name in names:
            if name in there:
                with patiently():
                    await database.command({"dropIndexes": collection, "index": name})
