"""What rooms, people and sources that something was written of are called in English.

A session keeps the names of its time. The English one stands beside the present name only, so it
is given where the two still agree: a room that was called otherwise then has none.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, select

from command_centre.db import schema


def english_rooms(connection: Connection, rooms: Iterable[str]) -> dict[tuple[str, str], str]:
    """By id and name."""
    table = schema.room.c
    asked = select(table.id, table.name, table.name_en).where(table.id.in_(set(rooms)))
    return {(row.id, row.name): row.name_en for row in connection.execute(asked)}


def english_sources(connection: Connection, sources: Iterable[str]) -> dict[tuple[str, str], str]:
    """By id and name."""
    table = schema.source.c
    asked = select(table.id, table.name, table.name_en).where(table.id.in_(set(sources)))
    return {(row.id, row.name): row.name_en for row in connection.execute(asked)}


def english_people(
    connection: Connection, cases: Iterable[str], names: Iterable[str]
) -> dict[tuple[str, str], str]:
    """By case and name."""
    table = schema.person.c
    asked = select(table.case_id, table.name, table.name_en).where(
        table.case_id.in_(set(cases)), table.name.in_(set(names))
    )
    return {(row.case_id, row.name): row.name_en for row in connection.execute(asked)}
