"""What a page complains about: kept while a test goes on, and told at its end.

Playwright calls listeners from the code that reads from the browser. One that raises there cuts the connection, and
the test fails with "Target page, context or browser has been closed" instead of the fault.
"""

from __future__ import annotations

from playwright.async_api import ConsoleMessage, Error, Page

POLICY = "Content Security Policy"
_kept: list[str] = []


def watch(page: Page) -> Page:
    """Errors in the page's scripts and refusals of our policy fail the test that opened it."""

    def failed(error: Error) -> None:
        _kept.append(f"{page.url}: {error.stack or error}")

    def said(line: ConsoleMessage) -> None:
        if POLICY in line.text:
            _kept.append(f"{page.url}: {line.text}")

    page.on("pageerror", failed)
    page.on("console", said)
    return page


def told() -> list[str]:
    """What was kept since the last call."""
    faults = _kept.copy()
    _kept.clear()
    return faults
