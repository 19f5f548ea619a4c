"""Every call of every repository once, with arguments that fit the sample data. A new method has to be added here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

from store.articles import Article, ArticleState
from store.bindings import Binding
from store.canned import Canned, Macro
from store.charges import Step
from store.conversations import LastReply, Mode, ParkedText
from store.deliveries import Attempt, DeliveryState, Rung
from store.duty import DutyPoint
from store.estates import Estate
from store.figures import DayFigures
from store.gaps import Gap
from store.identities import Identity
from store.incidents import IncidentState, Member
from store.messages import Answer, AnswerState, Correction, Handling
from store.parcels import Allowed, Parcel, ParcelEvent, ParcelState
from store.promises import PromiseState
from store.questions import QuestionState
from store.repo import Repo
from store.residents import Resident
from store.rooms import Room
from store.saved_views import SavedView
from store.sessions import Session
from store.setting_versions import SettingVersion
from store.shifts import Shift
from store.statistics import Case
from store.stores import Stores
from store.teams import Team
from store.tickets import Addition, State
from tests.store.desk_calls import desk_calls
from tests.store.samples import (
    LIN,
    MINUTE,
    NOW,
    a_brief,
    a_charge,
    a_colleague,
    a_conversation,
    a_delivery,
    a_finding,
    a_medium,
    a_message,
    a_parcel,
    a_promise,
    a_question,
    a_revisit,
    a_shift,
    a_ticket,
    a_timer,
    an_alert,
    an_event,
    an_example,
    an_incident,
)

Call = Callable[[], Awaitable[Any]]
WINDOW: dict[str, Any] = {"before": NOW + MINUTE, "since": NOW, "limit": 20}


def repositories(stores: Stores) -> dict[str, Repo]:
    """By the name under which ``Stores`` has them."""
    return {name: one for name, one in vars(stores).items() if isinstance(one, Repo)}


def all_calls(stores: Stores) -> dict[str, Call]:
    """``repository.method`` to a call of it."""
    s, at, wall = stores, NOW + MINUTE, NOW + MINUTE
    return {
        "estates.add": lambda: s.estates.add([Estate(id="hy", name="和园")]),
        "estates.all": lambda: s.estates.all(),
        "rooms.add": lambda: s.rooms.add(
            [Room(id="hy/3-2-1502", estate_id="hy", building="3", unit="2", number="1502", name="3栋2单元1502")]
        ),
        "rooms.get": lambda: s.rooms.get("hy/3-2-1502"),
        "rooms.of_ids": lambda: s.rooms.of_ids(["hy/3-2-1502"]),
        "rooms.of_unit": lambda: s.rooms.of_unit("hy", "3", "2"),
        "rooms.units_of": lambda: s.rooms.units_of("hy"),
        "rooms.numbered": lambda: s.rooms.numbered("3", "2", "1502"),
        "residents.add": lambda: s.residents.add([Resident(id="lin", created_at=NOW)]),
        "residents.get": lambda: s.residents.get("lin"),
        "residents.of_ids": lambda: s.residents.of_ids(["lin", "wang"]),
        "residents.change": lambda: s.residents.change("lin", {"name": "林"}),
        "identities.add": lambda: s.identities.add(
            Identity(id=LIN, app_id="wx1", openid="lin", unionid="u1", resident_id="lin", created_at=NOW)
        ),
        "identities.find": lambda: s.identities.find(LIN),
        "identities.change": lambda: s.identities.change(LIN, {"followed": True}),
        "identities.of_resident": lambda: s.identities.of_resident("lin"),
        "identities.of_residents": lambda: s.identities.of_residents(["lin", "wang"]),
        "identities.of_unionid": lambda: s.identities.of_unionid("u1"),
        "bindings.add": lambda: s.bindings.add(
            [Binding(id="b1", resident_id="lin", room_id="hy/3-2-1502", estate_id="hy", starts_at=NOW)]
        ),
        "bindings.of_resident": lambda: s.bindings.of_resident("lin", at=at),
        "bindings.of_rooms": lambda: s.bindings.of_rooms(["hy/3-2-1502", "hy/1-1-101"], at=at),
        "bindings.end": lambda: s.bindings.end("b1", at),
        "staff.add": lambda: s.staff.add(a_colleague("new")),
        "staff.find": lambda: s.staff.find("zhang"),
        "staff.get": lambda: s.staff.get("zhang"),
        "staff.change": lambda: s.staff.change("zhang", {"on_duty": True}),
        "staff.hold": lambda: s.staff.hold(a_colleague("zhang"), "t1", NOW),
        "staff.let_go": lambda: s.staff.let_go("zhang", "t1"),
        "staff.of_ids": lambda: s.staff.of_ids(["zhang", "li"]),
        "staff.all": lambda: s.staff.all(),
        "sessions.add": lambda: s.sessions.add(
            Session(id="h9", kind="inbox", subject="zhang", created_at=NOW, expires_at=at, ends_at=at)
        ),
        "sessions.find": lambda: s.sessions.find(["h1", "h2"]),
        "sessions.extend": lambda: s.sessions.extend("h1", at),
        "sessions.of_ids": lambda: s.sessions.of_ids(["h1", "h2"]),
        "sessions.of_subject": lambda: s.sessions.of_subject("zhang", "inbox"),
        "sessions.end_all (others)": lambda: s.sessions.end_all("zhang", but="h1"),
        "sessions.use_up": lambda: s.sessions.use_up("h1"),
        "sessions.end_all": lambda: s.sessions.end_all("zhang"),
        "conversations.get": lambda: s.conversations.get(LIN),
        "conversations.find": lambda: s.conversations.find(LIN),
        "conversations.create": lambda: s.conversations.create(a_conversation("wx1:new")),
        "conversations.claim": lambda: s.conversations.claim(LIN, holder="a", wall=wall, length=MINUTE),
        "conversations.claim_free": lambda: s.conversations.claim_free(LIN, holder="a", wall=wall, length=MINUTE),
        "conversations.claim_left": lambda: s.conversations.claim_left(LIN, holder="a", wall=wall, length=MINUTE),
        "conversations.mark_waiting": lambda: s.conversations.mark_waiting(LIN, wall=wall),
        "conversations.extend": lambda: s.conversations.extend(LIN, fence=1, until=at),
        "conversations.take_waiting": lambda: s.conversations.take_waiting(LIN, fence=1),
        "conversations.finish": lambda: s.conversations.finish(
            LIN, fence=1, changes={"name": "林"}, tickets=[a_brief()], release=True
        ),
        "conversations.release": lambda: s.conversations.release(LIN, fence=1),
        "conversations.claim_sending": lambda: s.conversations.claim_sending(LIN, holder="a", wall=wall, length=MINUTE),
        "conversations.keep_sending": lambda: s.conversations.keep_sending(LIN, holder="a", until=at),
        "conversations.release_sending": lambda: s.conversations.release_sending(
            LIN, holder="z", spent=1, unsettled=True
        ),
        "conversations.change": lambda: s.conversations.change(LIN, {"name": "林"}),
        "conversations.close_window": lambda: s.conversations.close_window(LIN),
        "conversations.park": lambda: s.conversations.park(LIN, ParkedText(delivery_id="d1", text="一")),
        "conversations.unpark": lambda: s.conversations.unpark(LIN, ["d1"]),
        "conversations.settled": lambda: s.conversations.settled(LIN, ["d1"]),
        "conversations.to_settle": lambda: s.conversations.to_settle(),
        "conversations.show_ticket": lambda: s.conversations.show_ticket(LIN, a_brief(version=3), open=True),
        "conversations.await_revisit": lambda: s.conversations.await_revisit(LIN, a_revisit()),
        "conversations.forget_revisit": lambda: s.conversations.forget_revisit(LIN, "t1"),
        "conversations.of_residents": lambda: s.conversations.of_residents(["lin", "wang"]),
        "conversations.of_resident": lambda: s.conversations.of_resident("lin"),
        "conversations.latest": lambda: s.conversations.latest(**WINDOW),
        "conversations.held_by": lambda: s.conversations.held_by("zhou", Mode.PERSON, **WINDOW),
        "conversations.held_by nobody": lambda: s.conversations.held_by(None, Mode.PERSON, **WINDOW),
        "conversations.marked": lambda: s.conversations.marked("repair", **WINDOW),
        "conversations.waiting_longest": lambda: s.conversations.waiting_longest(**WINDOW),
        "conversations.due_first": lambda: s.conversations.due_first(**WINDOW),
        "conversations.snoozed": lambda: s.conversations.snoozed(**WINDOW),
        "conversations.listed_of_ids": lambda: s.conversations.listed_of_ids([LIN]),
        "conversations.retag": lambda: s.conversations.retag(LIN, add=["vip"], remove=["old"]),
        "conversations.replied": lambda: s.conversations.replied(
            a_conversation(), LastReply(line="l", by="staff:zhou", at=NOW), {"unread": 0}
        ),
        "conversations.taken_back": lambda: s.conversations.taken_back(LIN, "l", {"unread": 1}),
        "conversations.mark": lambda: s.conversations.mark(LIN),
        "search.add": lambda: s.search.add([a_finding]),
        "search.put": lambda: s.search.put(a_finding.model_copy(update={"id": "person:x"})),
        "search.of_ids": lambda: s.search.of_ids(["m1"]),
        "search.lines": lambda: s.search.lines("漏水", **WINDOW),
        "search.people": lambda: s.search.people("林"),
        "search.read_mark": lambda: s.search.read_mark(),
        "search.move_mark": lambda: s.search.move_mark(NOW),
        "examples.put": lambda: s.examples.put(an_example),
        "examples.find": lambda: s.examples.find("e1"),
        "examples.listed": lambda: s.examples.listed(**WINDOW),
        "canned.add": lambda: s.canned.add(Canned(id="c1", name="好的", text="好的")),
        "canned.get": lambda: s.canned.get("c1"),
        "canned.of": lambda: s.canned.of("zhou"),
        "canned.change": lambda: s.canned.change("c1", {"text": "行"}),
        "canned.used": lambda: s.canned.used("c1"),
        "canned.remove": lambda: s.canned.remove("c1"),
        "macros.add": lambda: s.macros.add(Macro(id="m1", name="结束")),
        "macros.get": lambda: s.macros.get("m1"),
        "macros.of": lambda: s.macros.of("zhou"),
        "macros.change": lambda: s.macros.change("m1", {"name": "完"}),
        "macros.remove": lambda: s.macros.remove("m1"),
        "tags.used": lambda: s.tags.used("hy", ["vip"]),
        "tags.all": lambda: s.tags.all(),
        "saved_views.add": lambda: s.saved_views.add(SavedView(id="v1", staff_id="zhou", name="三栋")),
        "saved_views.get": lambda: s.saved_views.get("v1"),
        "saved_views.of_staff": lambda: s.saved_views.of_staff("zhou"),
        "saved_views.change": lambda: s.saved_views.change("v1", {"name": "3栋"}),
        "saved_views.remove": lambda: s.saved_views.remove("v1"),
        "messages.after": lambda: s.messages.after(LIN, NOW),
        "messages.of_ids": lambda: s.messages.of_ids(["m1"]),
        "messages.written": lambda: s.messages.written(Handling.DONE, **WINDOW),
        "messages.reword": lambda: s.messages.reword("m1", "好"),
        "messages.repeated": lambda: s.messages.repeated("m1"),
        "messages.correct": lambda: s.messages.correct(
            a_message("m1"), Correction(label="repair", by="staff:zhou", at=NOW)
        ),
        "conversations.rows_of_ids": lambda: s.conversations.rows_of_ids([LIN, "wx1:wang"]),
        "messages.keep": lambda: s.messages.keep(a_message("new")),
        "messages.add": lambda: s.messages.add([a_message("new2")]),
        "messages.get": lambda: s.messages.get("m1"),
        "messages.find": lambda: s.messages.find("m1"),
        "messages.waiting_in": lambda: s.messages.waiting_in(LIN),
        "messages.left_behind": lambda: s.messages.left_behind(before=at),
        "messages.done": lambda: s.messages.done("m1", answer=Answer(), at=at, unless_late=True),
        "messages.mark_late": lambda: s.messages.mark_late("m1"),
        "messages.failed_try": lambda: s.messages.failed_try("m1", "?", most=1),
        "messages.answers_written": lambda: s.messages.answers_written(["m1", "m2"]),
        "messages.answer_became": lambda: s.messages.answer_became("m1", AnswerState.UNKNOWN),
        "messages.answers_of": lambda: s.messages.answers_of("p1"),
        "messages.answers_in": lambda: s.messages.answers_in([AnswerState.STORED, AnswerState.UNKNOWN], limit=9),
        "messages.still_stored": lambda: s.messages.still_stored(["m1", "m2"]),
        "messages.stored_before": lambda: s.messages.stored_before(at),
        "messages.timeline": lambda: s.messages.timeline(LIN, **WINDOW),
        "messages.of_ticket": lambda: s.messages.of_ticket("t1"),
        "messages.set_aside": lambda: s.messages.set_aside(),
        "tickets.add": lambda: s.tickets.add(a_ticket("new", "R20260310-9999")),
        "tickets.get": lambda: s.tickets.get("t1"),
        "tickets.by_number": lambda: s.tickets.by_number("R20260310-0001"),
        "tickets.change": lambda: s.tickets.change(a_ticket(), an_event(), {}),
        "tickets.append": lambda: s.tickets.append("t1", "additions", Addition(id="a1", at=NOW)),
        "tickets.append_observers": lambda: s.tickets.append_observers("t1", ["li"]),
        "tickets.effects_done": lambda: s.tickets.effects_done("t1", 1),
        "tickets.unfinished": lambda: s.tickets.unfinished(before=at),
        "tickets.of_owner": lambda: s.tickets.of_owner("lin", **WINDOW),
        "tickets.of_rooms": lambda: s.tickets.of_rooms(["hy/3-2-1502", "hy/1-1-101"], **WINDOW),
        **{f"tickets.listed {tail}": _listed(s, tail) for tail in ("", "estates", "state", "category", "room")},
        "tickets.of_executor": lambda: s.tickets.of_executor("zhang", State.CLOSED, **WINDOW),
        "tickets.listed term": lambda: s.tickets.listed(estates=["hy"], terms=["hy|漏水"], **WINDOW),
        "tickets.with_words": lambda: s.tickets.with_words(since=NOW, before=at, limit=9),
        "tickets.add_terms": lambda: s.tickets.add_terms("t1", ["hy|!"]),
        "tickets.of_ids": lambda: s.tickets.of_ids(["t1", "t2"]),
        "tickets.all_open": lambda: s.tickets.all_open(),
        "tickets.executors_of_open": lambda: s.tickets.executors_of_open(),
        "tickets.mark": lambda: s.tickets.mark("t1", {"charge": None}),
        "tickets.take_out": lambda: s.tickets.take_out("t1", "links", {"id": "t2"}, an_event("e2")),
        "tickets.of_numbers": lambda: s.tickets.of_numbers(["R20260310-0001"]),
        "tickets.with_phones": lambda: s.tickets.with_phones(["t1"]),
        "tickets.of_window": lambda: s.tickets.of_window("hy", since=NOW, before=at),
        "setting_versions.add": lambda: s.setting_versions.add(
            SettingVersion(id="hy:1", version=1, at=NOW, by="staff:sun")
        ),
        "setting_versions.of_ids": lambda: s.setting_versions.of_ids(["hy:1"]),
        "texts.put": lambda: s.texts.put("hy", "push.accepted", "好"),
        "texts.remove": lambda: s.texts.remove("hy", "push.accepted"),
        "figures.put": lambda: s.figures.put(DayFigures(id="hy:2026-03-10:1", packed=b"x", count=0, made_at=NOW)),
        "figures.of_ids": lambda: s.figures.of_ids(["hy:2026-03-10:1"]),
        "figures.stamps": lambda: s.figures.stamps(["hy:2026-03-10:1"]),
        "tickets.offers": lambda: s.tickets.offers(["t1"]),
        "duty.add": lambda: s.duty.add(a_shift),
        "duty.get": lambda: s.duty.get("y1"),
        "duty.unsigned": lambda: s.duty.unsigned(),
        "duty.listed": lambda: s.duty.listed(state=None, **WINDOW),
        "duty.listed of a state": lambda: s.duty.listed(state="open", **WINDOW),
        "duty.change": lambda: s.duty.change(a_shift, {"state": "handed"}),
        "duty.append": lambda: s.duty.append(a_shift, "points", [DutyPoint(id="p1", at=NOW, by="x", text="!")]),
        "charges.add": lambda: s.charges.add(a_charge),
        "charges.get": lambda: s.charges.get("R20260310-0001-1"),
        "charges.of_ticket": lambda: s.charges.of_ticket("t1"),
        "charges.change": lambda: s.charges.change(a_charge, Step(at=NOW, by="x", kind="asked"), {"state": "asked"}),
        "tickets.answered": lambda: s.tickets.answered(["t1"], at),
        "tickets.move_owner": lambda: s.tickets.move_owner("stranger", "lin"),
        "deliveries.add": lambda: s.deliveries.add([a_delivery("new")]),
        "deliveries.get": lambda: s.deliveries.get("d1"),
        "deliveries.due": lambda: s.deliveries.due(at=at),
        "deliveries.open_of": lambda: s.deliveries.open_of(LIN),
        "deliveries.unsettled_of": lambda: s.deliveries.unsettled_of(LIN),
        "deliveries.move": lambda: s.deliveries.move(
            a_delivery("d1"), DeliveryState.QUEUED, at=at, attempt=Attempt(rung=Rung.CUSTOMER, at=at)
        ),
        "deliveries.last_sent_of_ticket": lambda: s.deliveries.last_sent_of_ticket("t1", "status", since=NOW),
        "deliveries.last_sent_to": lambda: s.deliveries.last_sent_to(LIN, "status", since=NOW),
        "deliveries.by_msgid": lambda: s.deliveries.by_msgid("42"),
        "deliveries.in_state": lambda: s.deliveries.in_state(DeliveryState.SENDING, before=at),
        "deliveries.to_look_at": lambda: s.deliveries.to_look_at(**WINDOW),
        "deliveries.of_person": lambda: s.deliveries.of_person("lin", **WINDOW),
        "deliveries.move_person": lambda: s.deliveries.move_person("stranger", "lin"),
        "deliveries.of_ids": lambda: s.deliveries.of_ids(["d1", "d2"]),
        "deliveries.of_notice": lambda: s.deliveries.of_notice("n1", limit=20, newest_first=True),
        "deliveries.tally_of_notice": lambda: s.deliveries.tally_of_notice("n1"),
        "deliveries.cancel_of_notice": lambda: s.deliveries.cancel_of_notice("n1", at=at),
        "deliveries.backlog": lambda: s.deliveries.backlog(at=at, most=100),
        "deliveries.cancel_of_ticket": lambda: s.deliveries.cancel_of_ticket("t1", ["revisit"], at=at),
        "teams.add": lambda: s.teams.add(Team(id="new", name="新班")),
        "teams.find": lambda: s.teams.find("t"),
        "teams.get": lambda: s.teams.get("new"),
        "teams.all": lambda: s.teams.all(),
        "teams.change": lambda: s.teams.change(Team(id="new", name="新班"), {"name": "班"}),
        "teams.take_turn": lambda: s.teams.take_turn(Team(id="new", name="新班"), "zhang", NOW),
        "shifts.add": lambda: s.shifts.add([Shift(id="s1", team_id="t", staff_id="z", starts_at=NOW, ends_at=at)]),
        "shifts.of_team": lambda: s.shifts.of_team("t", since=NOW, before=at),
        "shifts.running": lambda: s.shifts.running("t", at),
        "shifts.next_start": lambda: s.shifts.next_start("t", NOW, within=MINUTE),
        "shifts.remove": lambda: s.shifts.remove("s1", "t"),
        "alerts.add": lambda: s.alerts.add([an_alert]),
        "alerts.find": lambda: s.alerts.find("a1"),
        "alerts.due": lambda: s.alerts.due(at=at),
        "alerts.stuck": lambda: s.alerts.stuck(wall=wall),
        "alerts.change": lambda: s.alerts.change(an_alert, {"state": "sent"}),
        "alerts.of_staff": lambda: s.alerts.of_staff("zhang", **WINDOW),
        "alerts.seen": lambda: s.alerts.seen("a1", NOW),
        "tickets.open_of": lambda: s.tickets.open_of("zhang"),
        "tickets.load_of": lambda: s.tickets.load_of("zhang", most=9),
        "tickets.load_of (without)": lambda: s.tickets.load_of("zhang", most=9, without=["t1"]),
        "tickets.opened": lambda: s.tickets.opened(before=at),
        "timers.find": lambda: s.timers.find("nobody"),
        "timers.plan": lambda: s.timers.plan([a_timer("new")]),
        "timers.plan_again": lambda: s.timers.plan_again(a_timer("anew")),
        "timers.next_due": lambda: s.timers.next_due(),
        "timers.due": lambda: s.timers.due(at=at),
        "timers.stuck": lambda: s.timers.stuck(wall=wall),
        "timers.given_up": lambda: s.timers.given_up(since=at),
        "timers.change": lambda: s.timers.change(a_timer(), {"state": "done"}),
        "promises.add": lambda: s.promises.add([a_promise]),
        "promises.get": lambda: s.promises.get("p1"),
        "promises.of_ids": lambda: s.promises.of_ids(["p1"]),
        "promises.of_ticket": lambda: s.promises.of_ticket("t1"),
        "promises.confirmed_in": lambda: s.promises.confirmed_in(LIN),
        "promises.listed": lambda: s.promises.listed(PromiseState.PROPOSED, **WINDOW),
        "promises.move": lambda: s.promises.move(a_promise, PromiseState.CONFIRMED, {"reason": ""}),
        "incidents.add": lambda: s.incidents.add(an_incident),
        "incidents.get": lambda: s.incidents.get("i1"),
        "incidents.find": lambda: s.incidents.find("i1"),
        "incidents.by_number": lambda: s.incidents.by_number("E20260310-0001"),
        "incidents.alive": lambda: s.incidents.alive(since=at),
        "incidents.unfinished": lambda: s.incidents.unfinished(),
        "incidents.listed": lambda: s.incidents.listed(IncidentState.PROPOSED, **WINDOW),
        "incidents.change": lambda: s.incidents.change(an_incident, {"title": "3 栋停水"}),
        "incidents.join": lambda: s.incidents.join("i1", [Member(ticket_id="t1", at=NOW)]),
        "incidents.leave": lambda: s.incidents.leave("i1", "t1"),
        "incidents.told": lambda: s.incidents.told("i1", "u1", 0, 1),
        "incidents.set": lambda: s.incidents.set("i1", {"unfinished": False}),
        "statistics.add_case": lambda: s.statistics.add_case("w", "k", Case(id="c1", at=NOW, minutes=3), most=9),
        "statistics.find": lambda: s.statistics.find("w"),
        "timers.cancel": lambda: s.timers.cancel("t1", ["close"]),
        "counters.next": lambda: s.counters.next("R", date(2026, 3, 10)),
        "counters.prune": lambda: s.counters.prune(date(2026, 3, 9)),
        "settings.find": lambda: s.settings.find("hy"),
        "settings.put": lambda: s.settings.put("hy", {}, version=1),
        "texts.of_estate": lambda: s.texts.of_estate("hy"),
        "parcels.add": lambda: s.parcels.add([Parcel(id="p1", estate_id="hy", room_id="hy/3-2-1502", arrived_at=NOW)]),
        "parcels.log": lambda: s.parcels.log(a_parcel),
        "parcels.get": lambda: s.parcels.get("p1"),
        "parcels.waiting_for": lambda: s.parcels.waiting_for(["hy/3-2-1502"]),
        "parcels.of_rooms": lambda: s.parcels.of_rooms(["hy/3-2-1502"], (ParcelState.WAITING, ParcelState.COLLECTED)),
        "parcels.found_by": lambda: s.parcels.found_by("4821"),
        "parcels.listed": lambda: s.parcels.listed(state=None, room_ids=None, **WINDOW),
        "parcels.listed of a room": lambda: s.parcels.listed(state="waiting", room_ids=["hy/3-2-1502"], **WINDOW),
        "parcels.take_try": lambda: s.parcels.take_try("p2", most=5),
        "parcels.change": lambda: s.parcels.change(
            a_parcel.model_copy(update={"id": "p1"}), ParcelEvent(id="e1", at=NOW, by="x", kind="moved"), {"shelf": "B"}
        ),
        "parcels.allow": lambda: s.parcels.allow("p1", Allowed(name="老张", by="owner:lin", at=NOW)),
        "parcels.disallow": lambda: s.parcels.disallow("p1", "老张"),
        "media.add": lambda: s.media.add([a_medium]),
        "media.get": lambda: s.media.get("x1"),
        "media.of_ids": lambda: s.media.of_ids(["x1", "x2"]),
        "media.due": lambda: s.media.due(at=at),
        "media.change": lambda: s.media.change(a_medium, {"tries": 1}),
        "articles.add": lambda: s.articles.add([Article(id="a1", title="水费", body="每月")]),
        "articles.all": lambda: s.articles.all(),
        "articles.get": lambda: s.articles.get("a1"),
        "articles.listed": lambda: s.articles.listed(state=ArticleState.LIVE, subject="水", **WINDOW),
        "articles.replace": lambda: s.articles.replace(Article(id="a1", title="水费", body="按季", version=2), was=1),
        "articles.renew": lambda: s.articles.renew(Article(id="a1", title="水费", body="每月", edition=1)),
        "article_versions.add": lambda: s.article_versions.add(Article(id="a1", title="水费", body="每月")),
        "article_versions.of_article": lambda: s.article_versions.of_article("a1"),
        "stamps.read": lambda: s.stamps.read(),
        "stamps.change": lambda: s.stamps.change("x", edition=1),
        "gaps.count": lambda: s.gaps.count(
            Gap(id="g1", text="能养鸡吗", first_at=NOW, last_at=NOW), "unanswered", key="k", at=at
        ),
        "gaps.get": lambda: s.gaps.get("g1"),
        "gaps.open_of": lambda: s.gaps.open_of("hy"),
        "gaps.listed": lambda: s.gaps.listed(state="open", **WINDOW),
        "gaps.change": lambda: s.gaps.change("g1", {"state": "closed"}),
        "questions.add": lambda: s.questions.add(a_question),
        "questions.get": lambda: s.questions.get("q1"),
        "questions.listed of one": lambda: s.questions.listed(to="zhang", state=QuestionState.WAITING, **WINDOW),
        "questions.listed of all": lambda: s.questions.listed(to=None, state=QuestionState.WAITING, **WINDOW),
        "questions.move": lambda: s.questions.move(a_question, {"state": "answered"}),
        "requests.begin": lambda: s.requests.begin("k1", "hash", NOW),
        "requests.restart": lambda: s.requests.restart("k1", started=NOW, at=at),
        "requests.answer": lambda: s.requests.answer("k1", 200, "{}"),
        "requests.forget": lambda: s.requests.forget("k1", started=NOW),
        **desk_calls(s, at),
    }


def _listed(stores: Stores, narrowed_by: str) -> Call:
    values = {"estates": ["hy"], "state": "new", "category": "repair", "room": "hy/3-2-1502"}
    asked: dict[str, Any] = {name: value if name == narrowed_by else None for name, value in values.items()}
    return lambda: stores.tickets.listed(**asked, **WINDOW)
