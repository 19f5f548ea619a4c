"""What an embedded server is: a command to start, a sign by which its process is known, a question it answers."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass

from store.errors import Unavailable

HOST = "127.0.0.1"
"""Embedded servers have no passwords: this machine only."""


class EmbeddedUnavailable(Unavailable):
    """An embedded server is not installed or does not start; the text says how to mend it."""


@dataclass(frozen=True)
class Server:
    """One kind of embedded server on one data folder."""

    name: str
    mark: tuple[str, str]
    """A flag and a path inside the data folder that follow each other on its command line and on no other's."""
    command: Callable[[int], list[str]]
    """The command line for a port. Raises ``EmbeddedUnavailable`` when the program is not installed."""
    answering: Callable[[int], int | None]
    """The pid of the server that answers on this port, None while nobody does."""
    url: Callable[[int], str]


def free_port() -> int:
    """A port nobody listens on just now. Somebody may take it before we do: then the start is tried again."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def listens(port: int) -> bool:
    """Whether anybody accepts connections there."""
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except OSError:
        return False
    return True


def how_to_install(program: str, setting: str) -> str:
    """What to tell a person whose machine lacks ``program``."""
    return (
        f"{program} is not installed, so there is no embedded server to start. Either install it with "
        f"pip install 'guanjia[embedded]', or set {setting} to the address of a server of your own."
    )
