"""``guanjia staff``: colleagues who may sign in."""

from __future__ import annotations

import sys
from enum import StrEnum

import typer

from bot.cli.ending import FAILED, refuse, run

app = typer.Typer(help="Colleagues who may sign in.", no_args_is_help=True)


class RoleName(StrEnum):
    """The roles, written here so that --help need not load the store."""

    FRONTDESK = "frontdesk"
    TECHNICIAN = "technician"
    SUPERVISOR = "supervisor"
    MANAGER = "manager"
    ADMIN = "admin"


@app.callback()
def group() -> None:
    """Keeps ``add`` a subcommand while it is the only one."""


@app.command("add")
def add(
    username: str = typer.Argument(help="2 to 32 small letters, digits, dots, dashes."),
    role: RoleName = typer.Option(..., help="What they may do."),
    name: str = typer.Option("", help="As owners hear it: 张伟强. Default: the user name."),
    title: str = typer.Option("", help="师傅, 工, ..."),
    phone: str = typer.Option("", help="Owners see it masked."),
    estate: list[str] = typer.Option([], help="Only this estate; can be given again. None: all."),
    building: list[str] = typer.Option([], help="Only this building; can be given again. None: all."),
    password_stdin: bool = typer.Option(False, "--password-stdin", help="Read the password from standard input."),
) -> None:
    """Add a colleague; asks for the password twice."""

    async def work() -> None:
        from bot.cli.environment import settings_of_here
        from bot.runtime import open_runtime
        from desk.errors import DeskError
        from store.staff import Role

        settings = settings_of_here()
        password = _password(password_stdin)
        async with open_runtime(settings) as runtime:
            try:
                staff = await runtime.desk.staff.add(
                    username,
                    name or username,
                    Role(role.value),
                    password,
                    title=title,
                    phone=phone,
                    estates=estate,
                    buildings=building,
                )
            except DeskError as refused:
                refuse(f"{username}: {refused.message}", code=FAILED)
            await runtime.stores.audit.add(
                runtime.ids.new(),
                at=runtime.clock.now(),
                by="system:cli",
                action="staff.added",
                subject=f"staff:{staff.id}",
                estate_id=staff.estates[0] if len(staff.estates) == 1 else "",
                details={"role": role.value},
            )
        print(f"{staff.id} ({role.value}) can sign in now")

    run(work)


def _password(from_stdin: bool) -> str:
    if from_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
        if not password:
            refuse("no password on standard input")
        return password
    if not sys.stdin.isatty():
        refuse("no terminal to ask for the password: give it with --password-stdin")
    import getpass

    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        refuse("the two passwords differ; nobody was added", code=FAILED)
    return password
