"""Every projected table is emptied by a rebuild, children before what they refer to."""

from __future__ import annotations

from command_centre.db import schema


def test_what_is_called_projected_is_emptied() -> None:
    called = {
        table.name
        for table in schema.metadata.sorted_tables
        if (table.comment or "").startswith("projected:")
    }
    assert called <= {table.name for table in schema.PROJECTED}
    assert "session" in called


def test_nothing_that_stays_refers_to_what_is_emptied() -> None:
    order = {table.name: place for place, table in enumerate(schema.PROJECTED)}
    for table in schema.metadata.sorted_tables:
        for key in table.foreign_keys:
            to = key.column.table.name
            if to in order and to != table.name:
                assert order.get(table.name, len(order)) < order[to], f"{table.name} -> {to}"
