"""What the tables are made of: names of constraints, and columns that many have."""

from __future__ import annotations

from sqlalchemy import Column, Integer, MetaData, Text

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

metadata = MetaData(naming_convention=NAMING)


def text(name: str, comment: str, *, default: str = "") -> Column[str]:
    return Column(name, Text, nullable=False, server_default=default, comment=comment)


def time(name: str, comment: str) -> Column[int]:
    return Column(name, Integer, nullable=False, comment=f"{comment}; µs since the epoch")


def maybe_time(name: str, comment: str) -> Column[int]:
    return Column(name, Integer, nullable=True, comment=f"{comment}; µs since the epoch")


def count(name: str, comment: str) -> Column[int]:
    return Column(name, Integer, nullable=False, server_default="0", comment=comment)
