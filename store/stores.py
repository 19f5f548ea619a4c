"""All repositories of one database, and Redis beside them."""

from __future__ import annotations

import redis.asyncio as redis

from store.alerts import AlertRepo
from store.articles import ArticleRepo, ArticleVersionRepo, StampRepo
from store.attempts import AttemptRepo
from store.audit import AuditRepo
from store.bindings import BindingRepo
from store.canned import CannedRepo, MacroRepo
from store.charges import ChargeRepo
from store.client import Connection
from store.clock import Clock
from store.conversation_repo import ConversationRepo
from store.counters import CounterRepo
from store.deliveries import DeliveryRepo
from store.duty import DutyRepo
from store.estates import EstateRepo
from store.examples import ExampleRepo
from store.figures import FigureRepo
from store.gaps import GapRepo
from store.identities import IdentityRepo
from store.incidents import IncidentRepo
from store.lexicons import LexiconRepo
from store.live import LiveStream
from store.media import GridFiles, MediaBytes, MediaRepo
from store.messages import MessageRepo
from store.migrations import migrate
from store.notices import NoticeRepo
from store.parcels import ParcelRepo
from store.presence import PresenceBoard
from store.promises import PromiseRepo
from store.questions import QuestionRepo
from store.repo import Repo
from store.requests import RequestRepo
from store.residents import ResidentRepo
from store.rooms import RoomRepo
from store.saved_views import SavedViewRepo
from store.sealed import Sealer
from store.search import SearchRepo
from store.sessions import SessionRepo
from store.setting_versions import SettingVersionRepo
from store.settings import SettingsRepo
from store.shifts import ShiftRepo
from store.staff import StaffRepo
from store.statistics import StatisticRepo
from store.tags import TagRepo
from store.teams import TeamRepo
from store.texts import TextRepo
from store.ticket_repo import TicketRepo
from store.timers import TimerRepo
from store.tokens import MemoryTokenStore, TokenStore, shared_tokens
from store.wake import Wake


class Stores:
    """What the upper rooms get: a repository per collection."""

    def __init__(self, connection: Connection, fast: redis.Redis | None, *, sealer: Sealer, name: str) -> None:
        self.connection = connection
        self.fast = fast
        self.sealer = sealer
        self._name = name
        database = connection.database
        self.estates = EstateRepo(database)
        self.rooms = RoomRepo(database)
        self.residents = ResidentRepo(database)
        self.identities = IdentityRepo(database)
        self.bindings = BindingRepo(database)
        self.staff = StaffRepo(database)
        self.sessions = SessionRepo(database)
        self.conversations = ConversationRepo(database)
        self.messages = MessageRepo(database)
        self.search = SearchRepo(database)
        self.examples = ExampleRepo(database)
        self.canned = CannedRepo(database)
        self.macros = MacroRepo(database)
        self.saved_views = SavedViewRepo(database)
        self.tags = TagRepo(database)
        self.tickets = TicketRepo(database)
        self.charges = ChargeRepo(database)
        self.duty = DutyRepo(database)
        self.figures = FigureRepo(database)
        self.deliveries = DeliveryRepo(database)
        self.counters = CounterRepo(database)
        self.timers = TimerRepo(database)
        self.teams = TeamRepo(database)
        self.shifts = ShiftRepo(database)
        self.alerts = AlertRepo(database)
        self.promises = PromiseRepo(database)
        self.incidents = IncidentRepo(database)
        self.statistics = StatisticRepo(database)
        self.settings = SettingsRepo(database)
        self.setting_versions = SettingVersionRepo(database)
        self.texts = TextRepo(database)
        self.lexicons = LexiconRepo(database)
        self.parcels = ParcelRepo(database)
        self.media = MediaRepo(database)
        self.files: MediaBytes = GridFiles(connection)
        self.articles = ArticleRepo(database)
        self.article_versions = ArticleVersionRepo(database)
        self.stamps = StampRepo(database)
        self.gaps = GapRepo(database)
        self.questions = QuestionRepo(database)
        self.requests = RequestRepo(database)
        self.notices = NoticeRepo(database)
        self.audit = AuditRepo(database)
        self.attempts = AttemptRepo(database)
        self.wake = Wake(fast, name)
        self.live = LiveStream(fast, name)
        self.presence = PresenceBoard(fast, name)
        for repo in vars(self).values():
            if isinstance(repo, Repo):
                repo.live = self.live

    def tokens(self, clock: Clock) -> TokenStore:
        """Where access tokens are kept: shared through Redis, or by this process alone when there is none."""
        return MemoryTokenStore(clock) if self.fast is None else shared_tokens(self.fast, clock, self._name)

    async def migrate(self, *, holder: str, clock: Clock) -> int:
        """Bring the database to the newest version."""
        return await migrate(self.connection.database, holder=holder, clock=clock)

    async def close(self) -> None:
        """Close both connections."""
        await self.live.close()
        if self.fast is not None:
            await self.fast.aclose()
        await self.connection.close()
