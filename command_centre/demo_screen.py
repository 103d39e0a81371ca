"""The demo's terminal: a live table where there is a terminal, plain lines where there is none."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.live import Live
from rich.table import Table

from command_centre.demo_results import Row
from command_centre.demo_store import DemoStore
from command_centre.demo_watch import Watch

_REFRESH_S = 0.5
_PLAIN_S = 5.0
_WORDS_SHOWN = 28

_STATE_STYLE = {"recording": "green", "connecting": "yellow", "stalled": "red", "offline": "dim"}


def print_welcome(console: Console, store: DemoStore) -> None:
    """The address and who may log in."""
    centre = store.settings.centre
    console.print(f"\n[bold]{store.address}/[/bold]   open this in a browser on this machine")
    if centre.bind not in ("127.0.0.1", "localhost"):
        console.print(f"https://<this machine>:{centre.https_port}/   from another one")
        console.print(f"authority to trust there: {store.directory / 'ca' / 'ca.pem'}")
    table = Table(box=None, pad_edge=False)
    for column in ("account", "password", "role", "name"):
        table.add_column(column)
    for one in store.accounts.values():
        if one.shown:
            table.add_row(one.account, one.password, one.role, one.name)
    console.print(table)
    console.print()


async def show(console: Console, watch: Watch, sources: Sequence[str]) -> None:
    """Keep the table current until cancelled."""
    if not console.is_terminal:
        while True:
            await asyncio.sleep(_PLAIN_S)
            for line in plain_lines(watch, sources):
                console.print(line, highlight=False, soft_wrap=True)
    with Live(console=console, auto_refresh=False, transient=True) as live:
        while True:
            live.update(_table(watch, sources), refresh=True)
            await asyncio.sleep(_REFRESH_S)


def plain_lines(watch: Watch, sources: Iterable[str]) -> list[str]:
    """One line a source."""
    return ["  ".join(_cells(watch, source)) for source in sources]


def print_results(console: Console, rows: Iterable[Row]) -> None:
    """The closing table; what was missed stands out."""
    table = Table(title="measured", title_justify="left")
    for column in ("", "measured", "wanted", ""):
        table.add_column(column, overflow="fold")
    for row in rows:
        mark = {True: "[green]held[/]", False: "[bold red]missed[/]", None: "-"}[row.held]
        table.add_row(row.what, row.measured, row.wanted, mark)
    console.print(table)


def _table(watch: Watch, sources: Iterable[str]) -> Table:
    table = Table(caption=watch.system or "Ctrl-C ends and seals the sessions")
    for column in ("source", "state", "kbit/s", "protected until", "last words"):
        table.add_column(column)
    for source in sources:
        cells = _cells(watch, source)
        style = _STATE_STYLE.get(cells[1], "")
        table.add_row(cells[0], f"[{style}]{cells[1]}[/]" if style else cells[1], *cells[2:])
    return table


def _cells(watch: Watch, source: str) -> list[str]:
    status = watch.sources.get(source)
    state = status.state if status else "offline"
    rate = f"{status.bits_per_s / 1000:.0f}" if status else "-"
    until = watch.protected.get(source)
    protected = time.strftime("%H:%M:%S", time.localtime(until / 1e6)) if until else "-"
    words = watch.last_words.get(source, "")
    return [source, state, rate, protected, words[-_WORDS_SHOWN:]]
