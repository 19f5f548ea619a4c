"""Who acts: an owner, a colleague, or the system itself."""

from __future__ import annotations

from dataclasses import dataclass

from store.staff import Role, Staff

SUPERVISING = (Role.SUPERVISOR, Role.MANAGER, Role.ADMIN)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something; ``id`` is a resident id or a user name."""

    kind: str
    """owner | staff | system"""
    id: str
    name: str = ""
    role: Role | None = None
    estates: tuple[str, ...] = ()
    buildings: tuple[str, ...] = ()
    title: str = ""
    categories: tuple[str, ...] = ()
    """The kinds of tickets in their scope; empty: every kind."""

    @property
    def tag(self) -> str:
        """How records name the actor: ``staff:lihua``."""
        return f"{self.kind}:{self.id}"

    @property
    def supervises(self) -> bool:
        """Supervisor or above."""
        return self.role in SUPERVISING

    def in_scope(self, estate_id: str, building: str = "") -> bool:
        """Whether this estate (and building) is theirs. Owners and the system have no scope of this kind."""
        if self.kind != "staff":
            return True
        if self.estates and estate_id not in self.estates:
            return False
        return not (self.buildings and building and building not in self.buildings)


SYSTEM = Actor("system", "guanjia")


def staff_actor(staff: Staff) -> Actor:
    """The colleague as an actor."""
    return Actor(
        "staff", staff.id, staff.name, staff.role, staff.estates, staff.buildings, staff.title, staff.categories
    )


def owner_actor(resident_id: str, name: str = "") -> Actor:
    """A resident as an actor."""
    return Actor("owner", resident_id, name)
