"""Talk without a ticket: questions answered from the knowledge base, a word with the front desk, thanks."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from bot.demo.estate.chat import Chat
from bot.demo.estate.crew import Crew
from bot.demo.estate.hours import at_work, soon
from bot.demo.estate.matters_of_life import QUESTIONS, SMALL_TALK, STAFF_REPLIES
from bot.demo.estate.people import Household
from desk.deliveries import Kind
from desk.desk import Desk
from desk.knowledge import Outcome
from desk.wording import say_until
from store.clock import to_millis
from store.conversations import Mode

Answers = dict[str, str]
LONGEST_WAIT = timedelta(minutes=40)


async def answers_of(desk: Desk, estate_id: str) -> Answers:
    """What the knowledge base says to each question; a question that it cannot answer is left out."""
    texts = desk.rules.of(estate_id).texts
    found: Answers = {}
    for question in QUESTIONS:
        finding = await desk.knowledge.find(question, estate_id)
        if finding.outcome is Outcome.NOTHING:
            continue
        body = desk.knowledge.shown(finding.best, estate_id)
        if body:
            found[question] = texts.say("inquiry.answer", answer=body, source=f"《{finding.best.title}》")
    return found


class Talk:
    """One household's."""

    def __init__(self, chat: Chat, home: Household, crew: Crew, answers: Answers, chance: random.Random) -> None:
        self._chat = chat
        self._home = home
        self._crew = crew
        self._answers = answers
        self._chance = chance
        self._rules = chat.world.rules(home.estate_id)

    def happens(self, at: datetime) -> None:
        """Something of the kind, at about that time."""
        kind = self._chance.choices(("asks", "person", "small"), weights=(60, 14, 26))[0]
        if kind == "asks" and self._answers:
            self._asks(at)
        elif kind == "person":
            self._person(at)
        else:
            words, text = self._chance.choice(SMALL_TALK)
            self._chat.says(words, at, self._rules.texts.say(text, name=""))

    def _asks(self, at: datetime) -> None:
        chance, now = self._chance, self._chat.world.now
        question = chance.choice(tuple(self._answers))
        self._chat.says(question, at, self._answers[question])
        then = at + timedelta(seconds=chance.uniform(20, 240))
        if chance.random() < 0.45 and then < now:
            words = chance.choice(self._home.voice.thanks)
            self._chat.says(words, then, self._rules.texts.say("thanks.reply"))

    def _person(self, at: datetime) -> None:
        """Handed to the front desk, answered by a person, handed back."""
        chance, now, front = self._chance, self._chat.world.now, self._crew.frontdesk(self._home.estate_id)
        at = to_millis(at_work(chance, at, self._rules.zone))
        if at >= now:
            return
        words, reply = chance.choice(STAFF_REPLIES)
        within = say_until(at + timedelta(minutes=10), at, self._rules.zone)
        self._chat.says(words, at, self._rules.texts.say("person.handed_soon", within=within))
        answered = to_millis(min(soon(chance, at, 6), at + LONGEST_WAIT))
        if answered >= now:
            self._waits(at)
            return
        self._chat.note("handed_to_person", answered - timedelta(seconds=5), front.tag)
        said = self._rules.texts.say("push.staff_reply", text=reply, staff=front.name)
        key = f"reply:{self._chat.next_key(answered).rpartition(':')[2]}"
        self._chat.push(key, Kind.STAFF_REPLY, said, answered, by=front.tag)
        back = answered + timedelta(minutes=chance.uniform(3, 30))
        if back < now:
            self._chat.note("handed_to_bot", back, front.tag)
        else:
            self._with(front.id)

    def _waits(self, at: datetime) -> None:
        self._chat.waits_since = at
        self._with(None)

    def _with(self, staff_id: str | None) -> None:
        self._chat.staff_id = staff_id
        conversation = self._chat.conversation
        if conversation is not None:
            self._chat.conversation = conversation.model_copy(update={"mode": Mode.PERSON})
