"""Who lives and works in the sample estate. Invented, every name and every number."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from bot.cli.register import Entry
from store.staff import Role

ESTATE_ID = "hy"
ESTATE_NAME = "海悦花园"
ESTATE_PHONE = "0571-88001234"
PASSWORD = "guanjia-demo"  # noqa: S105 - printed at every start, for a machine of one's own
PEOPLE = 60
FLOORS = {"1": 17, "2": 17, "3": 16}
"""Two units with two homes a floor: 68 + 68 + 64 = 200."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Somebody with a phone in the emulator, under the name ``user``."""

    user: str
    entry: Entry


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who can sign in."""

    username: str
    name: str
    role: Role
    title: str
    phone: str


OWNERS = (
    Owner("wang", Entry("3", "2", "1502", "王丽华", "13905718801")),
    Owner("lin", Entry("1", "1", "801", "林晓峰", "13905718802")),
    Owner("chen", Entry("2", "2", "1202", "陈建国", "13905718803")),
    Owner("zhao", Entry("3", "1", "602", "赵敏", "13905718804")),
    Owner("sun", Entry("1", "2", "1401", "孙浩然", "13905718805", "tenant")),
    Owner("he", Entry("2", "1", "302", "何桂英", "13905718806")),
)
"""They follow the account and are bound to their homes."""
NEWCOMER = Owner("liu", Entry("2", "1", "902", "刘洋", "13905718810"))
"""In the register, but their phone is not bound to the home yet."""

COLLEAGUES = (
    Colleague("xiaozhou", "周晓雯", Role.FRONTDESK, "小周", "13705710001"),
    Colleague("zhang", "张伟强", Role.TECHNICIAN, "师傅", "13705710002"),
    Colleague("chenshifu", "陈志刚", Role.TECHNICIAN, "师傅", "13705710003"),
    Colleague("li", "李明", Role.SUPERVISOR, "工", "13705710004"),
    Colleague("manager", "郑敏", Role.MANAGER, "经理", "13705710005"),
    Colleague("admin", "管理员", Role.ADMIN, "", ""),
)

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡林郭何高罗郑梁谢宋唐许邓冯韩曹"
GIVEN = (
    "建华 秀英 志强 桂芳 晓东 丽娟 国平 美玲 海涛 雪梅 文斌 玉兰 "
    "俊杰 思雨 浩宇 欣怡 子涵 梓轩 佳琪 明辉 春燕 立新 小龙 红霞"
).split()


def homes() -> Iterator[tuple[str, str, str]]:
    """All homes as building, unit, number; 3-2-1502 is one of them."""
    for building, floors in FLOORS.items():
        for unit in ("1", "2"):
            for floor in range(1, floors + 1):
                for door in ("01", "02"):
                    yield building, unit, f"{floor}{door}"


def residents() -> list[Entry]:
    """Sixty people: the named ones, and others who never wrote to us. The same at every call."""
    chance = random.Random(20260)
    named = [owner.entry for owner in (*OWNERS, NEWCOMER)]
    taken = {entry.place for entry in named}
    free = [home for home in homes() if home not in taken]
    chance.shuffle(free)
    people = list(named)
    names = {entry.name for entry in named}
    for number in range(PEOPLE - len(named)):
        name = next(n for n in iter(lambda: chance.choice(SURNAMES) + chance.choice(GIVEN), "") if n not in names)
        names.add(name)
        # Every sixth shares the home of the one before: a family; every ninth rents.
        shares = number % 6 == 5
        place = people[-1].place if shares else free.pop()
        role = "family" if shares else "tenant" if number % 9 == 8 else "owner"
        people.append(Entry(*place, name, f"1390571{2000 + number * 7:04d}", role))
    return people
