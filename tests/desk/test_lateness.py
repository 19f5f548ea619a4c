"""What is late, and what is next."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from desk.lateness import lateness
from store.tickets import Ticket
from tests.store.samples import MINUTE, NOW, a_ticket

H = timedelta(hours=1)
DUE = {
    "accept_by": NOW + 10 * MINUTE,
    "first_answer_by": NOW + 2 * H,
    "on_site_by": NOW + 5 * H,
    "done_by": NOW + 8 * H,
}


def ticket(**fields: Any) -> Ticket:
    return a_ticket(**{"due": DUE} | fields)


def test_a_new_ticket_runs_against_all_of_them() -> None:
    fresh = lateness(ticket(), NOW + MINUTE)
    assert (fresh.late, fresh.next, fresh.next_by) == ((), "accept_by", NOW + 10 * MINUTE)
    forgotten = lateness(ticket(), NOW + 3 * H)
    assert forgotten.late == ("accept_by", "first_answer_by") and forgotten.next == "accept_by"


def test_what_was_met_late_stays_late_and_what_was_met_in_time_is_not() -> None:
    taken = ticket(state="accepted", accepted_at=NOW + H, answered_at=NOW + H)
    found = lateness(taken, NOW + 3 * H)
    assert (found.late, found.next) == (("accept_by",), "on_site_by")
    there = ticket(state="in_progress", progress="arrived", arrived_at=NOW + 4 * H, answered_at=NOW + H)
    assert lateness(there, NOW + 6 * H).late == () and lateness(there, NOW + 6 * H).next == "done_by"
    on_the_way = ticket(state="in_progress", progress="on_the_way", answered_at=NOW + H)
    assert lateness(on_the_way, NOW + 6 * H).late == ("on_site_by",)
    done = ticket(state="resolved", accepted_at=NOW, answered_at=NOW, arrived_at=NOW, resolved_at=NOW + 9 * H)
    assert (lateness(done, NOW + 99 * H).late, lateness(done, NOW + 99 * H).next) == (("done_by",), None)


def test_who_waits_for_the_owner_and_what_was_given_up_is_late_with_nothing() -> None:
    assert lateness(ticket(state="waiting_owner", accepted_at=NOW), NOW + 99 * H).late == ()
    assert lateness(ticket(state="cancelled"), NOW + 99 * H).late == ()
    at_once = ticket(due={"first_answer_by": NOW})
    assert lateness(at_once, NOW + H).late == (), "what is due at once was done by the answer"
