"""Lives one household through its agenda and gives everything that is to be stored of it."""

from __future__ import annotations

import random
from datetime import timedelta

from bot.demo.estate.chat import Chat, World
from bot.demo.estate.course import Course
from bot.demo.estate.crew import Crew
from bot.demo.estate.life import Life
from bot.demo.estate.matters import Matter, pick
from bot.demo.estate.matters_of_life import QUESTIONS
from bot.demo.estate.people import Household, conversation_of
from bot.demo.estate.plan import Agenda, Opening
from bot.demo.estate.shelf import CARRIERS, Shelf
from bot.demo.estate.talk import Answers, Talk
from bot.demo.estate.voices import in_voice
from store.tickets import Category

LOST = 0.2
"""Of the tickets about parcels so many are about one that the front desk cannot find."""
OF_INQUIRIES = ("已电话答复业主", "请财务核对后答复", "资料已发给业主,业主清楚了")


def lived(world: World, home: Household, agenda: Agenda, crew: Crew, answers: Answers) -> Chat:
    """Their two weeks."""
    chance = random.Random(f"{world.seed}:{home.estate_id}:{home.room_id}:life")
    conversation = conversation_of(home, world.account, world.now) if home.user else None
    chat = Chat(world, conversation, home.person_id)
    shelf = Shelf(chat, home, crew, chance)
    talk = Talk(chat, home, crew, answers, chance)
    if conversation is not None:
        for at in sorted(agenda.talks):
            talk.happens(at)
    for opening in agenda.openings:
        _lives(chat, home, opening, crew, shelf, chance)
    for number, at in agenda.parcels:
        shelf.arrives(number, at)
    return chat


def _lives(chat: Chat, home: Household, opening: Opening, crew: Crew, shelf: Shelf, chance: random.Random) -> None:
    matter = _matter(opening.category, chance)
    lost = opening.category is Category.PARCEL and chance.random() < LOST
    tells = chat.conversation is not None and not lost and chance.random() < 0.85
    if lost:
        text = f"前台登记的快递找不到了：{chance.choice(CARRIERS)},收件人说一直没取"
    else:
        words = chance.choice(matter.words)
        text = in_voice(home.voice, words, chance) if tells else words
    begin = Life.told if tells else Life.noted
    life = begin(chat, home, crew, opening.category, text, opening.number, opening.at)
    if lost:
        shelf.lost(int(opening.number.partition("-")[2]) + 900_000 + opening.at.day * 10_000, life.ticket)
    Course(life, matter, home.voice, chance).run()
    if tells and chance.random() < 0.12 and life.ticket.events[0].at < chat.world.now - timedelta(minutes=5):
        at = opening.at + timedelta(seconds=chance.uniform(20, 100))
        said = chat.world.rules(home.estate_id).texts.say(
            "detail.photo_added", number=life.ticket.number, photos="", who=""
        )
        key = chat.says("", at, said, ticket_id=life.ticket.id, kind="image")
        life.added("[图片]", at, key)
    life.ticket = life.ticket.model_copy(update={"events": tuple(sorted(life.ticket.events, key=lambda one: one.at))})
    chat.tickets.append(life.ticket)


def _matter(category: Category, chance: random.Random) -> Matter:
    if category is Category.INQUIRY:
        return Matter(category, (chance.choice(QUESTIONS),), OF_INQUIRIES)
    return pick(category, chance)
