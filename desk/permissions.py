"""Who may call which route of the staff API, and what of it goes into the audit log: one table.

A route that does not stand here answers 403 to everybody, and tests/inbox/test_roles.py fails. What depends on the
thing itself (the executor of a ticket, the writer of a promise) is decided by the rule that knows it; here stands the
widest that a role can ever do. Scopes (estates, buildings) are no matter of roles: another's thing is not found (404).
"""

from __future__ import annotations

from dataclasses import dataclass

from store.staff import Role

EVERYBODY = frozenset(Role)
SUPERVISING = frozenset({Role.SUPERVISOR, Role.MANAGER, Role.ADMIN})
DESK = SUPERVISING | {Role.FRONTDESK}
MANAGING = frozenset({Role.MANAGER, Role.ADMIN})


@dataclass(frozen=True, slots=True)
class Permit:
    """What stands in the table about one route."""

    roles: frozenset[Role]
    action: str = ""
    """Under which name it goes into the audit log; empty: it shows or changes nothing that belongs there."""
    subject: str = ""
    """What it is about, with parts of the address or of the answer in braces: ``ticket:{number}``."""
    when: tuple[str, ...] = ()
    """Logged only when one of these parameters was given: a search shows more than a list."""
    but: tuple[str, str] | None = None
    """Not logged when this parameter has this value."""


def _all(
    *lines: tuple[str, frozenset[Role]] | tuple[str, frozenset[Role], str] | tuple[str, frozenset[Role], str, str],
) -> dict[str, Permit]:
    return {line[0]: Permit(*line[1:]) for line in lines}


TICKET, CHAT = "ticket:{number}", "conversation:{id}"

PERMITS: dict[str, Permit] = {
    # -- oneself --
    **_all(
        ("POST /logout", EVERYBODY, "session.ended", "staff:{me}"),
        ("POST /logout-everywhere", EVERYBODY, "session.all_ended", "staff:{me}"),
        ("GET /me", EVERYBODY),
        ("GET /me/sessions", EVERYBODY),
        ("POST /me/sessions/{id}/end", EVERYBODY, "session.ended", "staff:{me}"),
        ("POST /me/password", EVERYBODY, "password.changed", "staff:{me}"),
        ("GET /me/wechat", EVERYBODY),
        ("POST /me/wechat/code", EVERYBODY, "wechat.code_made", "staff:{me}"),
        ("POST /me/wechat/unlink", EVERYBODY, "wechat.unlinked", "staff:{me}"),
        ("GET /alerts", EVERYBODY),
        ("POST /alerts/{id}/seen", EVERYBODY),
        ("GET /events", EVERYBODY),
        ("GET /events/since", EVERYBODY),
    ),
    # -- colleagues --
    **_all(
        ("GET /staff", EVERYBODY),
        ("POST /staff/{username}/duty", EVERYBODY, "staff.duty_set", "staff:{username}"),
        ("POST /staff/{username}/contract", SUPERVISING, "staff.contract_set", "staff:{username}"),
        ("GET /staff/accounts", MANAGING),
        ("POST /staff", MANAGING, "staff.added", "staff:{username}"),
        ("GET /staff/{username}/account", MANAGING),
        ("POST /staff/{username}/account", MANAGING, "staff.changed", "staff:{username}"),
        ("POST /staff/{username}/password", MANAGING, "password.reset", "staff:{username}"),
        ("POST /staff/{username}/deactivate", MANAGING, "staff.deactivated", "staff:{username}"),
        ("POST /staff/{username}/activate", MANAGING, "staff.activated", "staff:{username}"),
        ("POST /staff/{username}/sign-out", MANAGING, "session.all_ended", "staff:{username}"),
        ("GET /audit", MANAGING, "audit.searched", "audit"),
        ("GET /audit/actions", MANAGING),
        ("GET /teams", EVERYBODY),
        ("POST /teams", SUPERVISING, "team.added", "team:{id}"),
        ("POST /teams/{id}", SUPERVISING, "team.changed", "team:{id}"),
        ("GET /teams/{id}/on-shift", EVERYBODY),
        ("GET /teams/{id}/shifts", EVERYBODY),
        ("POST /teams/{id}/shifts", SUPERVISING, "shift.planned", "team:{id}"),
        ("POST /teams/{id}/shifts/{shift}/remove", SUPERVISING, "shift.removed", "team:{id}"),
        ("GET /dispatch/problems", DESK),
    ),
    # -- tickets --
    **_all(
        ("GET /tickets/counts", EVERYBODY),
        ("GET /tickets/columns", EVERYBODY),
        ("GET /tickets/export", DESK, "tickets.exported", "tickets"),
        ("POST /tickets", DESK, "ticket.opened", TICKET),
        ("GET /tickets/{number}", EVERYBODY, "ticket.seen", TICKET),
        ("GET /tickets/{number}/print", EVERYBODY, "ticket.printed", TICKET),
        ("POST /tickets/{number}/transitions", EVERYBODY, "ticket.moved", TICKET),
        ("POST /tickets/{number}/assign", EVERYBODY, "ticket.assigned", TICKET),
        ("POST /tickets/{number}/handover", EVERYBODY, "ticket.handed_over", TICKET),
        ("POST /tickets/{number}/classification", DESK, "ticket.classified", TICKET),
        ("POST /tickets/{number}/severity", SUPERVISING, "ticket.severity_set", TICKET),
        ("POST /tickets/{number}/about", SUPERVISING, "ticket.about_set", TICKET),
        ("POST /tickets/{number}/notes", EVERYBODY, "ticket.noted", TICKET),
        ("POST /tickets/{number}/tags", EVERYBODY, "ticket.tagged", TICKET),
        ("POST /tickets/{number}/split", DESK, "ticket.split", TICKET),
        ("POST /tickets/{number}/links", EVERYBODY, "ticket.linked", TICKET),
        ("POST /tickets/{number}/links/remove", EVERYBODY, "ticket.unlinked", TICKET),
        ("POST /tickets/{number}/photos", EVERYBODY, "ticket.photo_added", TICKET),
        ("POST /tickets/{number}/photos/{id}/remove", EVERYBODY, "ticket.photo_removed", TICKET),
        ("GET /tickets/{number}/charges", EVERYBODY),
        ("POST /tickets/{number}/charges", EVERYBODY, "charge.proposed", TICKET),
        ("POST /charges/{id}/answer", EVERYBODY, "charge.answered", "charge:{id}"),
        ("POST /charges/{id}/withdraw", EVERYBODY, "charge.withdrawn", "charge:{id}"),
        ("POST /charges/{id}/bill", DESK, "charge.billed", "charge:{id}"),
        ("POST /tickets/{number}/revisit-call", DESK, "revisit.called", TICKET),
        ("POST /tickets/{number}/problem", DESK, "problem.opened", TICKET),
        ("POST /tickets/{number}/problem/settle", SUPERVISING, "problem.settled", TICKET),
        ("POST /tickets/{number}/quality", DESK, "ticket.checked", TICKET),
        ("GET /tickets/{number}/presence", EVERYBODY),
        ("POST /tickets/{number}/presence", EVERYBODY),
        ("GET /board", DESK),
    ),
    # -- promises, questions, incidents --
    **_all(
        ("GET /promises", DESK),
        ("GET /tickets/{number}/promises", EVERYBODY),
        ("POST /tickets/{number}/promises", EVERYBODY, "promise.given", TICKET),
        ("POST /conversations/{id}/promises", DESK, "promise.given", CHAT),
        ("POST /promises/{id}/confirm", EVERYBODY, "promise.confirmed", "promise:{id}"),
        ("POST /promises/{id}/dismiss", EVERYBODY, "promise.dismissed", "promise:{id}"),
        ("POST /promises/{id}/move", EVERYBODY, "promise.moved", "promise:{id}"),
        ("POST /promises/{id}/kept", EVERYBODY, "promise.kept", "promise:{id}"),
        ("POST /promises/{id}/withdraw", EVERYBODY, "promise.withdrawn", "promise:{id}"),
        ("POST /promises/{id}/reason", EVERYBODY, "promise.explained", "promise:{id}"),
        ("POST /conversations/{id}/forward", DESK, "question.passed_on", CHAT),
        ("GET /questions", EVERYBODY),
        ("GET /questions/{id}", EVERYBODY, "question.seen", "question:{id}"),
        ("POST /questions/{id}/answer", EVERYBODY, "question.answered", "question:{id}"),
        ("POST /questions/{id}/withdraw", EVERYBODY, "question.withdrawn", "question:{id}"),
        ("GET /incidents", DESK),
        ("GET /incidents/{number}", DESK, "incident.seen", "incident:{number}"),
        ("POST /incidents", SUPERVISING, "incident.declared", "incident:{number}"),
        ("POST /incidents/{number}/confirm", SUPERVISING, "incident.confirmed", "incident:{number}"),
        ("POST /incidents/{number}/dismiss", SUPERVISING, "incident.dismissed", "incident:{number}"),
        ("POST /incidents/{number}/updates", DESK, "incident.updated", "incident:{number}"),
        ("POST /incidents/{number}/close", SUPERVISING, "incident.closed", "incident:{number}"),
        ("POST /incidents/{number}/members", DESK, "incident.members_added", "incident:{number}"),
        ("POST /incidents/{number}/members/{ticket}/remove", DESK, "incident.member_removed", "incident:{number}"),
    ),
    # -- conversations --
    **_all(
        ("GET /conversations/counts", DESK),
        ("GET /conversations/tags", DESK),
        ("POST /conversations/bulk", DESK, "conversation.bulk_changed", "conversations"),
        ("GET /conversations/{id}", DESK, "conversation.seen", CHAT),
        ("GET /conversations/{id}/messages", DESK, "conversation.seen", CHAT),
        ("POST /conversations/{id}/messages", DESK, "conversation.replied", CHAT),
        ("POST /conversations/{id}/media", DESK, "conversation.picture_added", CHAT),
        ("POST /conversations/{id}/notes", DESK, "conversation.noted", CHAT),
        ("POST /conversations/{id}/take", DESK, "conversation.taken", CHAT),
        ("POST /conversations/{id}/hand-back", DESK, "conversation.handed_back", CHAT),
        ("POST /conversations/{id}/hand-over", DESK, "conversation.handed_over", CHAT),
        ("POST /conversations/{id}/assign", DESK, "conversation.assigned", CHAT),
        ("POST /conversations/{id}/tags", DESK, "conversation.tagged", CHAT),
        ("POST /conversations/{id}/snooze", DESK, "conversation.snoozed", CHAT),
        ("POST /conversations/{id}/wake", DESK, "conversation.woken", CHAT),
        ("POST /conversations/{id}/resolve", DESK, "conversation.resolved", CHAT),
        ("POST /conversations/{id}/read", DESK),
        ("POST /conversations/{id}/unread", DESK),
        ("POST /conversations/{id}/macros/{macro}", DESK, "conversation.macro_run", CHAT),
        ("GET /conversations/{id}/presence", DESK),
        ("POST /conversations/{id}/presence", DESK),
        ("POST /messages/{id}/correction", DESK, "message.corrected", "message:{id}"),
        ("GET /messages/set-aside", DESK),
        ("GET /views", DESK),
        ("POST /views", DESK),
        ("POST /views/{id}", DESK),
        ("DELETE /views/{id}", DESK),
        ("GET /canned", DESK),
        ("POST /canned", DESK, "canned.added", "canned:{id}"),
        ("POST /canned/{id}", DESK, "canned.changed", "canned:{id}"),
        ("DELETE /canned/{id}", DESK, "canned.removed", "canned:{id}"),
        ("GET /macros", DESK),
        ("POST /macros", DESK, "macro.added", "macro:{id}"),
        ("POST /macros/{id}", DESK, "macro.changed", "macro:{id}"),
        ("DELETE /macros/{id}", DESK, "macro.removed", "macro:{id}"),
    ),
    "GET /tickets": Permit(EVERYBODY, "ticket.searched", "tickets", when=("q",)),
    # Small pictures come with what was looked at, and that is on record already.
    "GET /media/{id}": Permit(EVERYBODY, "media.seen", "media:{id}", but=("size", "small")),
    "GET /conversations": Permit(DESK, "conversation.searched", "conversations", when=("q",)),
    "GET /search": Permit(DESK, "conversation.searched", "conversations"),
    # -- deliveries, calls, duty, figures --
    **_all(
        ("GET /deliveries/attention", DESK),
        ("POST /deliveries/{id}/checked", DESK, "delivery.checked", "delivery:{id}"),
        ("POST /deliveries/{id}/schedule", DESK, "delivery.rescheduled", "delivery:{id}"),
        ("DELETE /deliveries/{id}", DESK, "delivery.cancelled", "delivery:{id}"),
        ("GET /calls", DESK),
        ("POST /calls/{id}/take", DESK, "call.taken", "call:{id}"),
        ("POST /calls/{id}/release", DESK, "call.released", "call:{id}"),
        ("POST /calls/{id}/phone", DESK, "call.phone_seen", "call:{id}"),
        ("POST /calls/{id}/outcome", DESK, "call.made", "call:{id}"),
        ("GET /duty", DESK),
        ("GET /duty/current", DESK),
        ("POST /duty", DESK, "duty.opened", "duty:{id}"),
        ("GET /duty/{id}", DESK),
        ("POST /duty/{id}/points", DESK, "duty.noted", "duty:{id}"),
        ("POST /duty/{id}/handover", DESK, "duty.handed_over", "duty:{id}"),
        ("POST /duty/{id}/sign", DESK, "duty.signed", "duty:{id}"),
        ("POST /duty/{id}/remarks", SUPERVISING, "duty.remarked", "duty:{id}"),
        ("GET /dashboard", SUPERVISING),
        ("GET /dashboard/export", SUPERVISING, "dashboard.exported", "dashboard"),
    ),
    # -- parcels --
    **_all(
        ("GET /parcels/{id}", DESK, "parcel.seen", "parcel:{id}"),
        ("POST /parcels", DESK, "parcel.logged", "parcel:{id}"),
        ("POST /parcels/{id}/hand-over", DESK, "parcel.handed_over", "parcel:{id}"),
        ("POST /parcels/{id}/mark", DESK, "parcel.marked", "parcel:{id}"),
        ("POST /parcels/{id}/shelf", DESK, "parcel.moved", "parcel:{id}"),
    ),
    "GET /parcels": Permit(DESK, "parcel.searched", "parcels", when=("q", "room")),
    # -- notices --
    **_all(
        ("GET /notices", DESK),
        ("GET /notices/places", DESK),
        ("POST /notices/preview", DESK),
        ("POST /notices", DESK, "notice.written", "notice:{number}"),
        ("GET /notices/{number}", DESK),
        ("GET /notices/{number}/results", DESK, "notice.results_seen", "notice:{number}"),
        ("POST /notices/{number}/edit", DESK, "notice.edited", "notice:{number}"),
        ("POST /notices/{number}/submit", DESK, "notice.submitted", "notice:{number}"),
        ("POST /notices/{number}/return", DESK, "notice.returned", "notice:{number}"),
        ("POST /notices/{number}/approve", MANAGING, "notice.approved", "notice:{number}"),
        ("POST /notices/{number}/withdraw", DESK, "notice.withdrawn", "notice:{number}"),
    ),
    # -- knowledge, settings --
    **_all(
        ("GET /knowledge/articles", DESK),
        ("GET /knowledge/subjects", DESK),
        ("GET /knowledge/articles/{id}", DESK),
        ("GET /knowledge/articles/{id}/versions", DESK),
        ("POST /knowledge/articles", DESK, "article.added", "article:{id}"),
        ("POST /knowledge/articles/{id}/versions", DESK, "article.changed", "article:{id}"),
        ("POST /knowledge/articles/{id}/publish", SUPERVISING, "article.published", "article:{id}"),
        ("POST /knowledge/articles/{id}/retire", SUPERVISING, "article.retired", "article:{id}"),
        ("POST /knowledge/preview", DESK),
        ("POST /knowledge/shown", DESK),
        ("GET /knowledge/gaps", DESK),
        ("GET /knowledge/gaps/most-asked", DESK),
        ("POST /knowledge/gaps/{id}/close", DESK, "gap.closed", "gap:{id}"),
        ("GET /settings", SUPERVISING),
        ("GET /settings/fields", SUPERVISING),
        ("GET /settings/versions", SUPERVISING),
        ("GET /settings/calendar", SUPERVISING),
        ("POST /settings", MANAGING, "settings.changed", "settings"),
        ("POST /settings/check", SUPERVISING),
        ("POST /settings/rollback", MANAGING, "settings.rolled_back", "settings"),
        ("GET /texts", SUPERVISING),
        ("POST /texts", MANAGING, "text.changed", "texts"),
        ("POST /texts/preview", SUPERVISING),
    ),
    # -- the dictionary lab --
    **_all(
        ("GET /lab", SUPERVISING),
        ("GET /lab/versions/{version}", SUPERVISING),
        ("GET /lab/versions/{version}/difference", SUPERVISING),
        ("POST /lab/check", SUPERVISING),
        ("POST /lab/replay", SUPERVISING, "lexicon.replayed", "lexicon"),
        ("POST /lab/publish", MANAGING, "lexicon.published", "lexicon:{version}"),
        ("POST /lab/rollback", MANAGING, "lexicon.rolled_back", "lexicon:{version}"),
        ("GET /lab/corrections", SUPERVISING, "lexicon.corrections_seen", "lexicon"),
    ),
}  # fmt: skip


def permit(route: str) -> Permit | None:
    """What the table says of ``POST /tickets/{number}/assign``; None: nothing, so nobody may."""
    return PERMITS.get(route)


def may(role: Role | None, route: str) -> bool:
    """Whether this role may ever call the route."""
    found = PERMITS.get(route)
    return found is not None and role in found.roles


def routes_of(role: Role) -> list[str]:
    """The routes that a role may call, for a page that hides the rest."""
    return sorted(route for route, found in PERMITS.items() if role in found.roles)
