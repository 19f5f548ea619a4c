"""The demo's sample estate: what is in it, that it fits together, and that making it again adds nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.demo.place import demo_settings_of, environment_of, pick_port
from bot.demo.sample import NotTheDemos, seed
from bot.demo.sample_people import COLLEAGUES, NEWCOMER, OWNERS, PASSWORD, homes, residents
from bot.demo.secrets import make_secrets, read_secrets
from bot.emulator.config import MiniProgram, OfficialAccount
from bot.emulator.users import openid_for
from bot.settings import Settings, load_settings
from desk.desk import Desk
from desk.residents import Bound
from store.estates import Estate
from store.staff import Role
from store.tickets import State
from tests.clock import FixedClock
from tests.opened import opened_desk

COLLECTIONS = "estates rooms residents identities bindings staff conversations messages tickets parcels timers".split()


@pytest.fixture
async def desk(mongodb_uri: str, database_name: str, clock: FixedClock) -> AsyncIterator[Desk]:
    async with opened_desk(mongodb_uri, database_name, clock) as desk:
        yield desk


def test_two_hundred_homes_and_sixty_people() -> None:
    everywhere = list(homes())
    assert len(everywhere) == len(set(everywhere)) == 200
    assert {building for building, _, _ in everywhere} == {"1", "2", "3"}
    assert ("3", "2", "1502") in everywhere
    people = residents()
    assert len(people) == len({(p.name, p.phone) for p in people}) == 60
    assert {person.place for person in people} <= set(everywhere)
    assert people == residents()


async def test_the_estate_is_complete_and_made_once(
    desk: Desk, clock: FixedClock, mongodb_client, database_name: str
) -> None:
    database = mongodb_client[database_name]

    def counted() -> dict[str, int]:
        return {name: database[name].count_documents({}) for name in COLLECTIONS}

    assert await seed(desk, crowd=False) is True
    first = counted()
    assert (first["rooms"], first["residents"], first["tickets"]) == (200, 60, 13)
    assert await seed(desk, crowd=False) is False
    database["settings"].delete_one({"_id": "sample-estate"})  # as after a crash just before its end
    clock.move(minutes=3)
    assert await seed(desk, crowd=False) is True
    assert counted() == first
    assert database["deliveries"].count_documents({}) == 0  # old news is not pushed


async def test_everybody_of_every_role_can_sign_in(desk: Desk) -> None:
    await seed(desk, crowd=False)
    for colleague in COLLEAGUES:
        _, staff = await desk.staff.sign_in(colleague.username, PASSWORD)
        assert staff.role is colleague.role
    assert {colleague.role for colleague in COLLEAGUES} == set(Role)


async def test_owners_are_bound_in_both_apps(desk: Desk) -> None:
    await seed(desk, crowd=False)
    for app in (OfficialAccount().app_id, MiniProgram().app_id):
        identity = await desk.residents.identify(app, openid_for(app, "wang"))
        [home] = await desk.residents.homes_of(identity.resident_id)
        assert (home.room_id, home.name) == ("hy/3-2-1502", "3栋2单元1502")
    account = OfficialAccount().app_id
    for owner in OWNERS:
        conversation = await desk.stores.conversations.get(f"{account}:{openid_for(account, owner.user)}")
        assert conversation.name == owner.entry.name
        assert len(conversation.homes) == 1


async def test_the_newcomer_can_bind_with_what_is_printed(desk: Desk) -> None:
    await seed(desk, crowd=False)
    account, entry = OfficialAccount().app_id, NEWCOMER.entry
    rooms = await desk.stores.rooms.numbered(*entry.place)
    bound = await desk.residents.bind(
        account, openid_for(account, NEWCOMER.user), name=entry.name, rooms=rooms, phone=entry.phone
    )
    assert bound.outcome is Bound.DONE


async def test_the_history_fits_together(desk: Desk, clock: FixedClock) -> None:
    await seed(desk, crowd=False)
    tickets = [
        ticket
        for person in (await desk.stores.tickets.of_rooms([f"hy/{'-'.join(h)}" for h in homes()],
            before=clock.now(), since=clock.now().replace(year=2025), limit=100),)
        for ticket in person
    ]  # fmt: skip
    states = Counter(ticket.state for ticket in tickets)
    assert len(states) >= 5, states
    assert states[State.CLOSED] >= 5
    for ticket in tickets:
        times = [event.at for event in ticket.events]
        assert times == sorted(times)
        assert times[-1] <= clock.now()
        assert ticket.effects == () or ticket.state is State.NEW  # placed by the worker in a moment
        moves = [event for event in ticket.events if event.to_state and event.from_state != event.to_state]
        assert moves[-1].to_state == ticket.state
        if ticket.state in (State.ACCEPTED, State.IN_PROGRESS):
            assert ticket.executor
    account = OfficialAccount().app_id
    lin = await desk.stores.conversations.get(f"{account}:{openid_for(account, 'lin')}")
    lines = await desk.stores.messages.timeline(
        lin.id, before=clock.now(), since=clock.now().replace(year=2025), limit=50
    )
    assert lines[-1].answer is not None and lines[-1].answer.text is not None
    assert any(ticket.number in lines[-1].answer.text for ticket in tickets)
    assert lin.open_tickets == ()  # theirs is closed
    assert lin.revisits == ()


async def test_a_real_installation_is_left_alone(desk: Desk, mongodb_client, database_name: str) -> None:
    await desk.stores.estates.add([Estate(id="real", name="真实小区")])
    await desk.rules.refresh()
    with pytest.raises(NotTheDemos, match="real"):
        await seed(desk, crowd=False)
    assert mongodb_client[database_name]["rooms"].count_documents({}) == 0


async def test_changed_settings_survive_the_next_start(desk: Desk) -> None:
    await seed(desk, crowd=False)
    stored = await desk.stores.settings.find("*")
    assert stored is not None
    await desk.stores.settings.put("*", {"revisit": {"delay": 42}}, version=stored.version)
    await seed(desk, crowd=False)
    await desk.rules.refresh()
    assert desk.rules.of("hy").settings.revisit.delay.total_seconds() == 42


def test_secrets_are_made_once_for_this_user_alone(tmp_path: Path) -> None:
    assert read_secrets(tmp_path) is None
    made = make_secrets(tmp_path)
    assert make_secrets(tmp_path) == made == read_secrets(tmp_path)
    assert (tmp_path / "demo.env").stat().st_mode & 0o777 == 0o600
    assert len(made["wechat_aes_key"]) == 43
    assert make_secrets_elsewhere(tmp_path) != made


def make_secrets_elsewhere(folder: Path) -> dict[str, str]:
    other = folder / "other"
    other.mkdir()
    return make_secrets(other)


def test_settings_for_production_never_reach_the_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A .env in the folder names the real database: the demo must not write there."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text(
        "GUANJIA_MONGODB_URI=mongodb://real/\nGUANJIA_WECHAT_API_BASE=https://real.example\n"
    )
    given = load_settings(need_wechat=False, secret_key="x" * 32)
    settings = demo_settings_of(given, make_secrets(tmp_path), 1234, 5678)
    environment = environment_of(settings)
    for name, value in environment.items():
        if name.startswith("GUANJIA_"):
            monkeypatch.setenv(name, value)
    child = Settings()
    assert (child.mongodb_uri, child.redis_url) == ("", "")
    assert child.wechat_api_base == "http://127.0.0.1:5678"
    assert child == settings


def test_a_taken_port_gives_the_next_free_one() -> None:
    import socket

    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        got = pick_port("127.0.0.1", taken)
        assert got != taken
        assert pick_port("127.0.0.1", got) == got
        assert pick_port("127.0.0.1", taken, avoid=(got,)) not in (taken, got)


async def test_beside_real_data_only_when_told_so(desk: Desk, mongodb_client, database_name: str) -> None:
    await desk.stores.estates.add([Estate(id="real", name="真实小区")])
    await desk.rules.refresh()
    with pytest.raises(NotTheDemos):
        await seed(desk, crowd=False, scale=10)
    assert await seed(desk, crowd=False, force=True) is True
    assert {estate.id for estate in desk.rules.estates} == {"real", "hy"}


def test_a_scale_that_there_is_not_is_refused() -> None:
    from typer.testing import CliRunner

    from bot.cli import app

    said = CliRunner().invoke(app, ["seed", "--scale", "7"])
    assert said.exit_code == 2
    assert "1, 10, 100" in said.output
