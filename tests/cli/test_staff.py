"""Adding colleagues by command, and what is refused."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest

from desk.desk import Desk
from store.client import connect
from store.sealed import Sealer
from store.staff import Role, Staff
from store.stores import Stores
from tests.cli.conftest import SECRET, Guanjia
from tests.clock import FixedClock

T = TypeVar("T")


@pytest.fixture
def ask(mongodb_uri: str, database_name: str) -> Callable[[Callable[[Desk], Awaitable[T]]], T]:
    def asked(question: Callable[[Desk], Awaitable[T]]) -> T:
        async def answer() -> T:
            stores = Stores(connect(mongodb_uri, database_name), None, sealer=Sealer(SECRET), name=database_name)
            try:
                return await question(Desk(stores, FixedClock()))
            finally:
                await stores.close()

        return asyncio.run(answer())

    return asked


def test_a_new_colleague_can_sign_in(guanjia: Guanjia, ask) -> None:
    added = guanjia(
        "staff", "add", "zhang", "--role", "technician", "--name", "张伟强", "--password-stdin", stdin="geheim-123\n"
    )
    assert added.exit_code == 0, added.output
    assert "zhang (technician) can sign in now" in added.output

    async def signs_in(desk: Desk) -> Staff:
        return (await desk.staff.sign_in("zhang", "geheim-123"))[1]

    staff = ask(signs_in)
    assert (staff.name, staff.role) == ("张伟强", Role.TECHNICIAN)


@pytest.mark.parametrize(
    ("arguments", "password", "code", "says"),
    [
        (["zhang", "--role", "admin"], "short\n", 1, "密码至少"),
        (["Zhang Wei", "--role", "admin"], "long enough\n", 1, "用户名"),
        (["zhang", "--role", "boss"], "long enough\n", 2, "'boss' is not one of"),
        (["zhang"], "long enough\n", 2, "--role"),
        (["zhang", "--role", "admin"], "", 2, "no password on standard input"),
    ],
)
def test_what_cannot_be_is_refused(guanjia: Guanjia, arguments: list[str], password: str, code: int, says: str) -> None:
    refused = guanjia("staff", "add", *arguments, "--password-stdin", stdin=password)
    assert refused.exit_code == code
    assert says in refused.output
    assert "Traceback" not in refused.output


def test_a_name_is_given_once(guanjia: Guanjia) -> None:
    first, second = (
        guanjia("staff", "add", "li", "--role", "manager", "--password-stdin", stdin=f"password-{n}\n") for n in (1, 2)
    )
    assert first.exit_code == 0
    assert second.exit_code == 1
    assert "已经有人用了" in second.output


def test_without_a_terminal_the_password_is_not_asked_for(guanjia: Guanjia) -> None:
    refused = guanjia("staff", "add", "li", "--role", "manager")
    assert refused.exit_code == 2
    assert "--password-stdin" in refused.output
