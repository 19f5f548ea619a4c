"""Every query that a repository makes uses an index, so that its cost does not grow with the collection."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from store.client import connect
from store.conversations import Allowance, ParkedText
from store.deliveries import Attempt, DeliveryState, Rung
from store.indexes import INDEXES, ensure_indexes
from store.messages import Answer, AnswerState
from store.sessions import Session
from store.stores import Stores
from tests.clock import FixedClock
from tests.store.calls import all_calls
from tests.store.conftest import SEALER
from tests.store.samples import (
    LIN,
    NOW,
    SECOND,
    a_brief,
    a_colleague,
    a_conversation,
    a_delivery,
    a_message,
    a_ticket,
    a_timer,
    an_event,
)

SMALL = {"estates", "staff", "teams", "settings", "articles", "stamps", "counters", "migrations", "tags"}
"""Collections of a few documents, read whole or not at all."""
COMBINED = ("$or", "$and", "$nor", "$expr", "$where", "$text")
"""At the top of a filter these disable the index on the embedded server (stores.md, rule 3)."""


class Commands(CommandListener):
    """What went over the wire: command, collection, filter, and the call that made it."""

    def __init__(self) -> None:
        self.call = ""
        self.queries: list[tuple[str, str, str, dict[str, Any], dict[str, Any]]] = []

    def started(self, event: CommandStartedEvent) -> None:
        name, command = event.command_name, event.command
        collection = str(command.get(name))
        if name == "find":
            self._add(name, collection, command["filter"], dict(command.get("sort", {})))
        elif name in ("findAndModify", "findandmodify"):
            self._add("find_one_and_update", collection, command["query"])
        elif name == "update":
            for one in command["updates"]:
                self._add("upsert" if one.get("upsert") else name, collection, one["q"])
        elif name == "delete":
            for one in command["deletes"]:
                self._add(name, collection, one["q"])
        elif name not in ("insert", "ping"):
            self._add(name, collection, {})

    def _add(self, name: str, collection: str, filter: Any, sort: dict[str, Any] | None = None) -> None:
        if self.call:
            self.queries.append((self.call, name, collection, dict(filter), sort or {}))

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Nothing to note."""

    def failed(self, event: CommandFailedEvent) -> None:
        """The call itself raises."""


async def filled(stores: Stores) -> None:
    """A few rows of everything, so that each call goes all its way."""
    later = NOW + timedelta(hours=1)
    parked = ParkedText(delivery_id="d0", text="一")
    for n in range(20):
        person = f"wx1:p{n}" if n else LIN
        await stores.conversations.create(
            a_conversation(
                person,
                resident_id="lin" if n < 2 else f"r{n}",
                last_at=NOW + n * SECOND,
                settle=n < 2,
                allowance=Allowance(left=3, until=later),
                parked=(parked,),
                released=("d1",),
                tickets=(a_brief(version=2),),
            )
        )
    stored = Answer(text="好", state=AnswerState.STORED, by="p1")
    await stores.messages.add(
        [a_message("m1"), *(a_message(f"m{n}", f"wx1:p{n}", answer=stored, handled_at=NOW) for n in range(2, 20))]
    )
    await stores.tickets.add(a_ticket(events=(an_event("e0"),)))
    for n in range(2, 20):
        await stores.tickets.add(a_ticket(f"t{n}", f"R20260310-00{n:02}", owner_id=f"r{n}", effects=(1,)))
    attempt = Attempt(rung=Rung.TEMPLATE, at=NOW, msgid="42")
    states = list(DeliveryState)
    await stores.deliveries.add(
        [
            a_delivery("d1", ticket_id="t1"),
            *(
                a_delivery(f"d{n}", n, state=states[n % 9], attempts=(attempt,), attention=n < 4, changed_at=NOW)
                for n in range(2, 20)
            ),
        ]
    )
    await stores.timers.plan([a_timer(), *(a_timer(f"x{n}", state="running", running_until=NOW) for n in range(20))])
    await stores.staff.add(a_colleague())
    for n in range(9):
        await stores.sessions.add(
            Session(id=f"h{n}", kind="mp", subject=f"s{n}", created_at=NOW, expires_at=later, ends_at=later)
        )
    await stores.settings.put("hy", {}, version=0)


def covered(collection: str, filter: dict[str, Any]) -> dict[str, Any]:
    """The part of the filter that the best of our indexes serves; empty when none does.

    Equality on the fields from the left, then at most one range. A range in first place has to be a window (two ends),
    and a partial index serves only filters that name its condition.
    """
    best: dict[str, Any] = {}
    for keys, options in [([("_id", 1)], {}), *INDEXES.get(collection, [])]:
        condition = options.get("partialFilterExpression", {})
        assert isinstance(condition, dict)
        if any(filter.get(field) != value for field, value in condition.items()):
            continue
        part: dict[str, Any] = {}
        for field, _ in keys:
            if field not in filter:
                break
            wanted = filter[field]
            if isinstance(wanted, dict) and set(wanted) != {"$in"}:
                if set(wanted) <= {"$gt", "$gte", "$lt", "$lte"} and (part or len(wanted) == 2):
                    part[field] = wanted
                break
            part[field] = wanted
        if len(part) > len(best):
            best = part
    # An index serves each value of ``$in`` as it serves one.
    return {
        field: wanted["$in"][0] if isinstance(wanted, dict) and "$in" in wanted else wanted
        for field, wanted in best.items()
    }


def stages(plan: Any) -> Iterator[str]:
    """The names of all stages in a plan, of either server."""
    if isinstance(plan, dict):
        if isinstance(plan.get("stage"), str):
            yield plan["stage"]
        for value in plan.values():
            yield from stages(value)
    elif isinstance(plan, list):
        for value in plan:
            yield from stages(value)


async def test_every_query_uses_an_index(mongodb_uri: str, database_name: str, clock: FixedClock) -> None:
    commands = Commands()
    connection = connect(mongodb_uri, database_name, listeners=[commands])
    stores = Stores(connection, None, sealer=SEALER, name=database_name)
    try:
        await stores.migrate(holder="test", clock=clock)
        await filled(stores)
        for name, call in all_calls(stores).items():
            commands.call = name
            await call()
        commands.call = ""
        uncovered = [query for query in commands.queries if query[2] not in SMALL and not covered(query[2], query[3])]
        assert uncovered == []
        scans = []
        for call_name, kind, collection, filter, _ in commands.queries:
            # The embedded server's explain names an index only when it covers all of the filter.
            for asked in (filter, covered(collection, filter)):
                explained = await connection.database.command(
                    "explain", {"find": collection, "filter": asked}, verbosity="queryPlanner"
                )
                found = set(stages(explained["queryPlanner"]["winningPlan"]))
                if "COLLSCAN" not in found and found & {
                    "IXSCAN",
                    "IDHACK",
                    "EXPRESS_IXSCAN",
                    "EXPRESS_CLUSTERED_IXSCAN",
                }:
                    break
            else:
                if collection not in SMALL:
                    scans.append((call_name, kind, collection, filter, sorted(found)))
        assert scans == []
        assert len(commands.queries) > 90, "the listener saw the queries"

        combined = [query for query in commands.queries if any(operator in query[3] for operator in COMBINED)]
        assert combined == [], "stores.md, rule 3"
        whole = {query[2] for query in commands.queries if query[1] == "find_one_and_update"}
        assert whole <= {"counters"}, "stores.md, rule 1: it scans the whole collection there"
        assert [query for query in commands.queries if query[1] == "upsert"] == [], "stores.md, rule 2"
        ranges = [q for q in commands.queries if isinstance(q[3].get("_id"), dict) and set(q[3]["_id"]) != {"$in"}]
        assert ranges == [], "stores.md, rule 7: a range on _id scans there"
        others = {query[1] for query in commands.queries} - {
            "find",
            "update",
            "delete",
            "find_one_and_update",
            "upsert",
        }
        assert others == set()
    finally:
        await stores.close()


async def test_what_is_sorted_is_bounded(mongodb_uri: str, database_name: str, clock: FixedClock) -> None:
    """A sort decodes every match on the embedded server (stores.md, rule 4): equality or a window narrows it first."""
    commands = Commands()
    stores = Stores(connect(mongodb_uri, database_name, listeners=[commands]), None, sealer=SEALER, name=database_name)
    try:
        await stores.migrate(holder="test", clock=clock)
        await filled(stores)
        for name, call in all_calls(stores).items():
            commands.call = name
            await call()
        sorted_queries = [query for query in commands.queries if query[4] and query[2] not in SMALL]
        assert len(sorted_queries) > 10
        assert [query for query in sorted_queries if not query[3]] == []
    finally:
        await stores.close()


async def test_making_the_indexes_again_changes_nothing(mongodb_uri: str, database_name: str) -> None:
    connection = connect(mongodb_uri, database_name)
    try:
        for _ in range(2):
            await ensure_indexes(connection.database)
        for collection, indexes in INDEXES.items():
            listed = await connection.database.command({"listIndexes": collection})
            assert len(listed["cursor"]["firstBatch"]) == len(indexes) + 1, collection
    finally:
        await connection.close()
