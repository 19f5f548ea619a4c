"""What becomes of a ticket, step by step until the present cuts it off: taken, visited, waiting, done, asked about."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.demo.estate.hours import at_work, awake, soon
from bot.demo.estate.life import Life
from bot.demo.estate.matters import Matter
from bot.demo.estate.matters_of_life import NOTES
from bot.demo.estate.voices import Voice
from desk.actors import SYSTEM, Actor, owner_actor
from desk.deliveries import Kind
from desk.escalation import EVENT, due_now, next_at, said
from desk.settings import RevisitSettings
from store.clock import to_millis
from store.conversations import PendingRevisit
from store.tickets import Category, Event, State

S = State
REVISIT = RevisitSettings()
"""History was lived by the handbook's times, whatever the demo's own settings are."""


class Course:
    """Takes one ticket along. Every step asks first whether its time has come already."""

    def __init__(self, life: Life, matter: Matter, voice: Voice, chance: random.Random) -> None:
        self.life = life
        self.matter = matter
        self.voice = voice
        self.chance = chance
        world = life.chat.world
        self.now: datetime = world.now
        self.zone: ZoneInfo = world.rules(life.home.estate_id).zone
        self.owner: Actor = owner_actor(life.home.person_id, life.home.entry.name)
        self.front = life.crew.frontdesk(life.home.estate_id)
        self.doer = life.crew.executor(life.ticket.category, life.home.estate_id, chance)
        self.supervisor = life.crew.actors["li"]

    def run(self) -> None:
        """From new to wherever it is now."""
        self._run()
        if self.life.ticket.is_open:
            self._climbed()

    def _run(self) -> None:
        chance, life = self.chance, self.life
        if chance.random() < 0.05 and self._step(soon(chance, life.at, 25), self._withdrawn):
            return
        refused = life.ticket.category is Category.SUGGESTION and chance.random() < 0.12
        if refused and self._step(self._work(soon(chance, life.at, 300)), self._declined):
            return
        late = chance.random() < 0.07
        taken = soon(chance, life.at, 75 if late else 4 if life.ticket.urgent else 9)
        if not self._step(taken if life.ticket.urgent else self._work(taken), self._taken):
            return
        if chance.random() < 0.16:
            self._step(soon(chance, life.at, 20), self._note)
        if not self._work_on():
            return
        self._asked_about()

    def _work(self, at: datetime) -> datetime:
        return at_work(self.chance, at, self.zone)

    def _step(self, at: datetime, deed: Callable[[datetime], None]) -> bool:
        """Do it, if that was before now; False: the story ends here."""
        at = to_millis(max(at, self.life.at + timedelta(seconds=20)))
        if at >= self.now:
            return False
        deed(at)
        return True

    # ---- the work ----

    def _taken(self, at: datetime) -> None:
        if self.doer.id != self.front.id and self.chance.random() < 0.5:
            self.life.assigned(self.doer.id, self.front, at - timedelta(seconds=10))
        self.life.move(S.ACCEPTED, self.doer, at)

    def _withdrawn(self, at: datetime) -> None:
        words = self.chance.choice(("不用来了,自己弄好了", "取消吧,我搞错了", "先不用了,下次再说"))
        life = self.life
        if life.ticket.conversation_id is not None:
            said = life.chat.world.rules(life.home.estate_id).texts.say(
                "cancel.done", number=life.ticket.number, title=life.ticket.title
            )
            life.chat.says(words, at, said, ticket_id=life.ticket.id)
            life.move(S.CANCELLED, self.owner, at, words=words, tell=False)
        else:
            life.move(S.CANCELLED, self.front, at, words=words)

    def _declined(self, at: datetime) -> None:
        reason = self.chance.choice(
            ("涉及公共区域改造,要业主大会同意", "消防规定不允许,已向您说明", "属市政管理,已代为反映")
        )
        self.life.move(S.DECLINED, self.supervisor, at, words=reason)

    def _note(self, at: datetime) -> None:
        self.life.noted_down(self.chance.choice(NOTES), self.front, at)

    def _work_on(self) -> bool:
        """On site, maybe waiting for something, until it is resolved; False: not there yet."""
        chance, life = self.chance, self.life
        urgent, repair = life.ticket.urgent, life.ticket.category is Category.REPAIR
        if repair or chance.random() < 0.35:
            begins = soon(chance, life.at, 15 if urgent else 150 if repair else 90)
            if chance.random() < 0.12 and begins - life.at > timedelta(minutes=50):
                self._step(life.at + (begins - life.at) * 0.6, self._chased)
            if not self._step(begins if urgent else self._work(begins), self._sets_out):
                return False
            if repair and not self._step(soon(chance, life.at, 18), self._arrives):
                return False
        if self.matter.question and chance.random() < 0.45 and not self._waits_for_owner():
            return False
        if self.matter.part and chance.random() < 0.35 and not self._waits_for_part():
            return False
        minutes = 35 if repair else 420 if life.ticket.category is Category.SUGGESTION else 200
        done = soon(chance, life.at, minutes)
        return self._step(done if urgent else self._work(done), self._done)

    def _sets_out(self, at: datetime) -> None:
        self.life.move(S.IN_PROGRESS, self.doer, at, progress="on_the_way")

    def _arrives(self, at: datetime) -> None:
        self.life.move(S.IN_PROGRESS, self.doer, at, progress="arrived")

    def _done(self, at: datetime) -> None:
        self.life.move(S.RESOLVED, self.doer, at, words=self.chance.choice(self.matter.done))

    def _chased(self, at: datetime) -> None:
        """The owner asks where it is; angry ones are counted as chasing."""
        life, chance = self.life, self.chance
        if life.ticket.conversation_id is None:
            return
        text = chance.choice(("什么时候来?", "怎么还没来", "催一下", "师傅到哪了", "等半天了"))
        texts = life.chat.world.rules(life.home.estate_id).texts
        number, title = life.ticket.number, life.ticket.title
        said = texts.say("nudge.done", number=number, title=title, who=life.ticket.executor_name, by="")
        life.chat.says(text, at, said, ticket_id=life.ticket.id)
        life.aside("nudge", self.owner, at, text, nudges=life.ticket.nudges + 1, updated_at=at)

    def _waits_for_owner(self) -> bool:
        life, chance = self.life, self.chance
        asked = self._step(
            soon(chance, life.at, 12), lambda at: life.move(S.WAITING_OWNER, self.doer, at, words=self.matter.question)
        )
        if not asked:
            return False

        def answered(at: datetime) -> None:
            if life.ticket.conversation_id is not None:
                texts = life.chat.world.rules(life.home.estate_id).texts
                said = texts.say("detail.answered", who=life.ticket.executor_name, number=life.ticket.number)
                key = life.chat.says(self.matter.answer, at, said, ticket_id=life.ticket.id)
                life.added(self.matter.answer, at, key)
                life.move(S.ACCEPTED, self.owner, at, tell=False)
            else:
                life.move(S.ACCEPTED, self.front, at)

        again = self._step(awake(chance, soon(chance, life.at, 40), self.zone), answered)
        return again and self._step(self._work(soon(chance, life.at, 30)), self._arrives)

    def _waits_for_part(self) -> bool:
        life, chance = self.life, self.chance
        began = soon(chance, life.at, 15)
        until = to_millis(self._work(began + timedelta(hours=chance.uniform(18, 60))))
        why = f"{self.matter.part}要订货"
        if not self._step(began, lambda at: life.move(S.WAITING_PARTS, self.doer, at, words=why, until=until)):
            return False
        if until >= self.now:
            version = life.ticket.version
            data = {"state": S.WAITING_PARTS.value, "version": version}
            life.timer("resume", until, id=f"resume:{life.ticket.id}:{version}", **data)
            return False
        again = self._step(until, lambda at: life.move(S.ACCEPTED, SYSTEM, at))
        return again and self._step(self._work(soon(chance, life.at, 60)), self._arrives)

    # ---- the revisit ----

    def _asked_about(self) -> None:
        life, chance = self.life, self.chance
        if life.ticket.conversation_id is None:
            if not self._step(self._work(soon(chance, life.at, 400)), self._rung_up):
                self._timers("revisit_ask", life.at + REVISIT.delay)
            return
        resolved = life.at
        if not self._step(at_work(chance, resolved + REVISIT.delay, self.zone), self._ask):
            self._timers("revisit_ask", resolved + REVISIT.delay)
            return
        if chance.random() < 0.2:
            self._silence(resolved)
            return
        answers = awake(chance, soon(chance, life.at, 45, 1.2), self.zone)
        if answers >= self.now:
            self._pending(resolved, "revisit_again", life.at + REVISIT.ask_again_after)
            return
        bad = chance.random() < (0.2 if self.voice.name == "cross" else 0.07)
        if bad and life.ticket.reopened == 0:
            self._not_fixed(answers)
        else:
            self._content(answers)

    def _ask(self, at: datetime, step: str = "asked", text: str = "") -> None:
        life = self.life
        ticket = life.ticket
        texts = life.chat.world.rules(life.home.estate_id).texts
        name = text or ("revisit.ask_fixed" if ticket.category is Category.REPAIR else "revisit.ask_done")
        words = texts.say(name, number=ticket.number, title=ticket.title, date="")
        key = f"revisit:{ticket.id}:{ticket.revisit.round}:{step}:{ticket.owner_id}"
        life.chat.push(key, Kind.REVISIT, words, at, ticket_id=ticket.id)
        life.rated(SYSTEM, at, state=step, asked_at=at)
        life.ticket = life.ticket.model_copy(update={"updated_at": max(at, life.ticket.updated_at)})

    def _content(self, at: datetime) -> None:
        life, chance = self.life, self.chance
        texts = life.chat.world.rules(life.home.estate_id).texts
        satisfaction = chance.choices((1, 2, 3), weights=(70, 22, 8))[0]
        life.chat.says(
            chance.choice(self.voice.fixed), at, texts.say("revisit.ask_satisfaction"), ticket_id=life.ticket.id
        )
        then = to_millis(at + timedelta(seconds=chance.uniform(15, 90)))
        if then >= self.now:
            return
        words = chance.choice({1: ("1", "满意", "很满意"), 2: ("2", "比较满意"), 3: ("3", "来得有点慢")}[satisfaction])
        said = texts.say("revisit.thanks_good", number=life.ticket.number, days=30)
        life.chat.says(words, then, f"{said}\n{texts.say('revisit.ask_more')}", ticket_id=life.ticket.id)
        kept = words if len(words) > 2 else ""
        life.rated(
            self.owner, then, state="answered", fixed=True, satisfaction=satisfaction, words=kept, answered_at=then
        )
        life.move(S.CLOSED, self.owner, then, words="revisit", tell=False)
        if chance.random() < 0.5:
            more = to_millis(then + timedelta(seconds=chance.uniform(20, 200)))
            if more < self.now:
                life.chat.says(chance.choice((*self.voice.thanks, "没有")), more, texts.say("revisit.bye"))

    def _not_fixed(self, at: datetime) -> None:
        """Reopened with an apology, done once more, and asked about again."""
        life, chance = self.life, self.chance
        texts = life.chat.world.rules(life.home.estate_id).texts
        words = chance.choice(self.voice.not_fixed)
        ticket = life.ticket
        name = texts.for_category("revisit.not_fixed", ticket.category.letter)
        who = f"{ticket.executor_name}和主管" if ticket.executor_name else "主管"
        life.chat.says(
            words, at, texts.say(name, number=ticket.number, who=who, by="", title=ticket.title), ticket_id=ticket.id
        )
        life.rated(
            self.owner, at, state="answered", fixed=False, satisfaction=None, words=words, answered_at=to_millis(at)
        )
        reason = f"业主说{'没修好' if ticket.category is Category.REPAIR else '没解决'}: {words}"
        life.move(S.ACCEPTED, self.owner, at, words=reason, tell=False)
        life.noted_down(f"问题件,请主管跟进: {reason}", SYSTEM, at)
        life.ticket = life.ticket.model_copy(update={"observers": ("li",)})
        if self._step(self._work(soon(chance, life.at, 50)), self._sets_out) and self._step(
            soon(chance, life.at, 60), self._done
        ):
            self._asked_about()

    def _silence(self, resolved: datetime) -> None:
        """Asked again, rung up about, closed after seven days."""
        life, chance = self.life, self.chance
        first = life.at
        if not self._step(first + REVISIT.ask_again_after, lambda at: self._ask(at, "asked_again", "revisit.again")):
            self._pending(resolved, "revisit_again", first + REVISIT.ask_again_after)
            return
        closes = resolved + REVISIT.close_after_silence
        warned = closes - REVISIT.closing_said_before
        if warned < self.now:
            texts = life.chat.world.rules(life.home.estate_id).texts
            said = texts.say("revisit.closing_soon", title=life.ticket.title, number=life.ticket.number, date="明天")
            key = f"closing:{life.ticket.id}:{life.ticket.revisit.round}:{life.ticket.owner_id}"
            life.chat.push(key, Kind.REVISIT, said, warned, ticket_id=life.ticket.id)
        if chance.random() < 0.9 and closes < self.now:
            self._step(closes, lambda at: life.move(S.CLOSED, SYSTEM, at, words="silence", tell=False))
            return
        life.rated(SYSTEM, min(life.at + REVISIT.call_list_after, self.now), state="call", failure="no_answer")
        self._pending(resolved, "", closes)

    def _rung_up(self, at: datetime) -> None:
        """Without a chat the front desk rings up."""
        satisfaction = self.chance.choices((1, 2, 3), weights=(65, 27, 8))[0]
        self.life.rated(
            self.front,
            at,
            state="answered",
            fixed=True,
            satisfaction=satisfaction,
            words="电话回访",
            answered_at=to_millis(at),
        )
        self.life.move(S.CLOSED, self.supervisor, at, words="revisit", tell=False)

    def _pending(self, resolved: datetime, then: str, due: datetime) -> None:
        """The question waits for its answer."""
        life = self.life
        ticket = life.ticket
        asked = ticket.revisit.asked_at or ticket.updated_at
        life.chat.revisits.append(
            PendingRevisit(
                ticket_id=ticket.id,
                number=ticket.number,
                title=ticket.title,
                round=ticket.revisit.round,
                asked_at=asked,
                expires_at=asked + REVISIT.close_after_silence,
            )
        )
        self._timers(then, due, resolved)

    def _timers(self, kind: str, due: datetime, resolved: datetime | None = None) -> None:
        """What the desk has planned after ``resolved``."""
        life = self.life
        if kind:
            life.timer(kind, due)
        closes = (resolved or life.at) + REVISIT.close_after_silence
        for name, at in (("closing_soon", closes - REVISIT.closing_said_before), ("close", closes)):
            if at > self.now:
                life.timer(name, at)

    # ---- late ones ----

    def _climbed(self) -> None:
        """Who was told that it is late, and when the next look at it is due."""
        life = self.life
        rules = life.chat.world.rules(life.home.estate_id)
        for rung in due_now(life.ticket, rules, self.now):
            names = "李明" if rung.name in ("breach", "supervisor") else self.doer.name
            event = Event(
                id=rung.id(life.ticket),
                at=to_millis(max(rung.at, life.ticket.updated_at)),
                by=SYSTEM.tag,
                kind=EVENT,
                note=f"{said(rung, life.ticket, rules, max(rung.at, life.ticket.opened_at))}(已通知:{names})",
                data={"step": rung.name, "target": rung.target, "due": rung.by, "to": [self.supervisor.id]},
            )
            life.ticket = life.ticket.model_copy(update={"events": (*life.ticket.events, event)})
        at = next_at(life.ticket, rules, self.now)
        if at is not None:
            life.timer("ladder", at, id=f"ladder:{life.ticket.id}", ladder=True)
