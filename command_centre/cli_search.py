"""``duizhi search rebuild | status``: the index of all words.

``rebuild`` does the work itself; a running centre sees it and takes steps too, each step is one
transaction of the index.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
from collections.abc import Iterator

from command_centre.cli import EXIT_NO, EXIT_OK, CommandError, site_settings
from command_centre.db.database import Database
from command_centre.desk.context import database_path
from command_centre.desk.search import open_index
from command_centre.desk.search_feed import SearchFeed
from command_centre.errors import DatabaseError
from command_centre.search.index import SearchError


def rebuild(options: argparse.Namespace) -> int:
    """Forget the index and make it again, saying how far it is."""
    with _feed(options) as feed:
        asyncio.run(_rebuild(feed))
    return EXIT_OK


def status(options: argparse.Namespace) -> int:
    """Say whether the index is complete; status 1 when it is not."""
    with _feed(options) as feed:
        built, waiting = asyncio.run(_status(feed))
    if built is not None:
        print(f"正在建立 being built: {built} %")
        return EXIT_NO
    print(f"完整 complete; 待收录 still to take: {waiting}")
    return EXIT_OK


async def _rebuild(feed: SearchFeed) -> None:
    await feed.rebuild()
    last = -1
    while await feed.step():
        built = await feed.progress()
        if built is not None and built >= last + 5:
            last = built
            print(f"{built} %", file=sys.stderr)
    print("索引已重新建立 the index was made again")


async def _status(feed: SearchFeed) -> tuple[int | None, int]:
    await feed.open()
    return await feed.progress(), await feed.waiting()


@contextlib.contextmanager
def _feed(options: argparse.Namespace) -> Iterator[SearchFeed]:
    settings = site_settings(options)
    path = database_path(settings.store_path)
    if not path.exists():
        raise CommandError(f"there is no database at {path}; is [store] directory right?")
    try:
        with Database(path) as database:
            index = open_index(settings.search.url, path)
            try:
                yield SearchFeed(database, index)
            finally:
                index.close()
    except (DatabaseError, SearchError) as error:
        raise CommandError(str(error)) from error
