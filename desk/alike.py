"""Which reports are about the same thing: water, power, a lift, or the thing that is named, in one building."""

from __future__ import annotations

import re
from dataclasses import dataclass

from store.tickets import Category, Ticket

SUPPLIES: tuple[tuple[str, str, re.Pattern[str]], ...] = (
    ("hot_water", "热水", re.compile("热水(?!器)")),
    ("water", "停水", re.compile("停水|没有?水|断水|不(?:来|出)水|水停|水压")),
    ("power", "停电", re.compile("停电|没有?电|断电|电停|跳闸|一片黑")),
    ("gas", "燃气", re.compile("停气|没有?气|燃气[^表费]{0,4}(?:停|没)|煤气[^费]{0,4}(?:停|没)")),
    ("heating", "供暖", re.compile("暖气|供暖|地暖")),
    ("lift", "电梯", re.compile("电梯")),
    ("network", "网络", re.compile("断网|没有?网|网[络]?[^费]{0,3}(?:断|不通|坏|没)|宽带")),
    ("gate", "门禁道闸", re.compile("门禁|单元门|道闸|闸机|小区大门")),
    ("noise", "噪音", re.compile("噪音|太吵|好吵|吵死|扰民|施工|装修|广场舞|音响")),
    ("rubbish", "垃圾", re.compile("垃圾|臭味|恶臭")),
)
"""What hits many homes at once: key, how it is called, and the words for it."""
SHARED = ("hot_water", "water", "power", "gas", "heating", "lift", "network", "gate")
"""Here a complaint about it and a repair of it are reports of one event."""
OUTAGES = ("water", "power", "gas", "heating", "lift")
_BUILDING = re.compile(r"(\d{1,3}|[A-Za-z])\s*(?:栋|幢|座|号楼|#)")


@dataclass(frozen=True, slots=True)
class Group:
    """What alike reports have in common."""

    estate_id: str
    building: str
    category: str
    """Empty: repairs and complaints alike."""
    subject: str
    name: str
    """How the subject is called."""

    @property
    def key(self) -> str:
        """The same for all alike reports."""
        return "|".join((self.estate_id, self.building, self.category, self.subject))


def group_of(ticket: Ticket) -> Group | None:
    """The group of a ticket; None when it says neither what it is about, nor is of a kind that many may report."""
    return group(
        ticket.estate_id,
        ticket.room_id,
        ticket.category,
        f"{ticket.title} {ticket.description}",
        ticket.subject,
        place=ticket.room_name,
    )


def group(
    estate_id: str, room_id: str | None, category: Category, text: str, subject: str | None, *, place: str = ""
) -> Group | None:
    """As ``group_of``, for what is no ticket yet."""
    if category not in (Category.REPAIR, Category.COMPLAINT):
        return None
    building = (room_id or "").rpartition("/")[2].partition("-")[0]
    if not building and (named := _BUILDING.search(text) or _BUILDING.search(place)):
        building = named.group(1).upper()
    for key, name, words in SUPPLIES:
        if words.search(text):
            return Group(estate_id, building, "" if key in SHARED else category.value, key, name)
    if subject and building:
        return Group(estate_id, building, category.value, subject, subject)
    return None
