"""The desk: every rule of the trade behind one door. Chat, mini-program, inbox and timers all come in here."""

from __future__ import annotations

from argon2 import PasswordHasher

from desk.accounts import Accounts
from desk.alerts import Alerts
from desk.audience import Audiences
from desk.audit import Audit
from desk.calls import Calls
from desk.canned import CannedReplies
from desk.charges import Charges
from desk.conversations import Conversations
from desk.corrections import Corrections
from desk.dashboard import Dashboard
from desk.deliveries import Outbox
from desk.dispatch import Dispatch
from desk.duty import Duty
from desk.effects import Effects
from desk.escalation import Escalation
from desk.figures import Figures
from desk.gaps import Gaps
from desk.given import Given
from desk.holding import Holding
from desk.incident_news import IncidentNews
from desk.incident_reports import Reports
from desk.incidents import Incidents
from desk.knowledge import Articles, Knowledge
from desk.lab import Lab
from desk.lessons import Lessons
from desk.listing import Listing
from desk.live import Live
from desk.macros import Macros
from desk.media import Media
from desk.notice_sending import NoticeSending
from desk.notices import Notices
from desk.old_terms import OldTerms
from desk.parcel_news import ParcelNews
from desk.parcels import Parcels
from desk.photos import Photos
from desk.problems import Problems, Telling
from desk.quality import Quality
from desk.questions import Questions
from desk.residents import Residents
from desk.revisit import Revisits
from desk.rulebook import Rulebook
from desk.search import Search
from desk.sent_pictures import SentPictures
from desk.sessions import Tokens
from desk.settings import TradeSettings
from desk.severity import Severity
from desk.shifts import Roster
from desk.similar import Similar
from desk.staff import StaffDesk
from desk.targets import Targets
from desk.teams import Teams
from desk.ticket_links import TicketLinks
from desk.ticket_table import TicketTable
from desk.tickets import Tickets
from desk.timers import Schedule
from desk.trade import Trade
from desk.waiting import Waiting
from desk.wordings import Wordings
from desk.workload import Workload
from store.clock import Clock
from store.ids import Ids, RandomIds
from store.stores import Stores


class Desk:
    """The rules, each subject under its own name."""

    def __init__(
        self,
        stores: Stores,
        clock: Clock,
        *,
        ids: Ids | None = None,
        time_zone: str = "Asia/Shanghai",
        settings: TradeSettings | None = None,
        hasher: PasswordHasher | None = None,
    ) -> None:
        self.stores = stores
        self.clock = clock
        self.ids = ids or RandomIds()
        self.rules = Rulebook(stores, time_zone=time_zone, base=settings)
        self.timers = Schedule(stores)
        self.live = Live(stores)
        self.audit = Audit(stores, clock, self.ids)
        self.outbox = Outbox(stores, clock)
        self.effects = Effects(stores, self.rules, self.outbox, clock)
        self.tickets = Tickets(stores, self.rules, self.effects, clock, self.ids)
        self.tokens = Tokens(stores, clock)
        self.alerts = Alerts(stores, self.rules, self.tokens, clock)
        self.roster = Roster(stores)
        self.escalation = Escalation(stores, self.rules, self.roster, self.alerts, self.timers, clock)
        self.dispatch = Dispatch(
            stores, self.rules, self.tickets, self.effects, self.roster, self.alerts, self.timers, clock
        )
        self.teams = Teams(stores, self.rules, self.roster, clock)
        self.targets = Targets(stores, self.rules, self.tickets, self.dispatch, clock, self.ids)
        self.links = TicketLinks(stores, self.rules, self.tickets, self.effects, self.outbox, clock, self.ids)
        self.photos = Photos(stores, clock, self.ids)
        self.charges = Charges(stores, self.rules, self.outbox, self.effects, self.alerts, clock, self.ids)
        self.trade = Trade(stores, self.rules, self.roster, self.live, clock)
        self.wordings = Wordings(stores, self.rules, self.live)
        self.lab = Lab(stores, self.rules, self.live, clock)
        self.lessons = Lessons(stores, clock)
        self.figures = Figures(stores, self.rules, clock)
        self.dashboard = Dashboard(stores, self.rules, self.figures, clock)
        self.calls = Calls(stores, self.live, clock)
        self.duty = Duty(stores, self.rules, self.live, clock, self.ids)
        self.table = TicketTable(stores, self.rules, clock)
        self.similar = Similar(stores)
        self.workload = Workload(stores, self.rules, self.roster, clock)
        self.effects.follow(self.escalation.follow)  # before dispatch, which changes the ticket
        self.effects.follow(self.dispatch.follow)
        self.residents = Residents(stores, self.tokens, clock)
        news = ParcelNews(stores, self.rules, self.outbox, clock)
        self.parcels = Parcels(stores, self.rules, news, self.tickets, self.timers, clock)
        self.media = Media(stores, self.rules, self.outbox, self.residents, clock)
        self.staff = StaffDesk(stores, self.tokens, clock, hasher, audit=self.audit, live=self.live)
        self.conversations = Conversations(stores, self.rules, self.outbox, self.timers, clock, self.ids)
        self.replies = self.conversations.replies
        self.holding = Holding(stores, self.rules, self.roster, self.alerts, self.timers, clock, self.ids)
        self.listing = Listing(stores, clock)
        self.search = Search(stores, clock)
        self.old_terms = OldTerms(stores, clock)
        self.pictures = SentPictures(stores, clock, self.ids)
        self.canned = CannedReplies(stores, self.rules, clock, self.ids)
        self.corrections = Corrections(stores, self.tickets, self.targets, clock)
        self.macros = Macros(
            stores, self.rules, self.conversations, self.replies, self.holding, self.canned, self.tickets, clock
        )
        self.knowledge = Knowledge(stores, self.rules, clock)
        self.rules.also.append(self.knowledge.refresh)
        self.articles = Articles(stores, self.rules, self.knowledge, clock, self.ids)
        self.gaps = Gaps(stores, clock)
        self.questions = Questions(stores, self.conversations, self.articles, clock, self.ids)
        self.telling = Telling(stores, self.alerts, clock)
        self.accounts = Accounts(stores, self.rules, self.staff, self.dispatch, self.holding, self.telling, clock)
        self.problems = Problems(stores, self.rules, self.timers, self.telling, self.effects, clock)
        self.given = Given(stores, self.rules, self.outbox, self.effects, self.timers, self.telling, clock, self.ids)
        self.conversations.on_reply.append(self.given.replied)
        self.conversations.on_reply.append(self.tickets.replied)
        self.severity = Severity(
            stores, self.rules, self.tickets, self.effects, self.timers, self.telling, clock, self.ids
        )
        self.incident_news = IncidentNews(stores, self.rules, self.outbox, self.tickets, self.effects, clock)
        reports = Reports(stores, self.rules, self.timers, self.telling, self.severity, self.incident_news, clock)
        self.incidents = Incidents(
            stores, self.rules, self.effects, self.timers, reports, self.incident_news, clock, self.ids
        )
        self.rules.also.append(self.incidents.refresh)
        self.waiting = Waiting(stores, self.rules, self.outbox, self.effects, self.timers, clock)
        self.conversations.on_reply.append(self.waiting.picked_up)
        self.rules.also.append(self.waiting.refresh)
        self.revisits = Revisits(stores, self.rules, self.outbox, self.tickets, self.effects, self.problems, clock)
        self.timers.on("revisit_call_again", self.revisits.call_again)
        self.quality = Quality(stores, clock, self.ids)
        self.audiences = Audiences(stores, self.rules, clock)
        self.notice_sending = NoticeSending(stores, self.rules, self.audiences, self.timers, self.live, clock)
        self.notices = Notices(stores, self.rules, self.audiences, self.notice_sending, clock, self.ids)
        self.rules.also.append(self.notices.refresh)
