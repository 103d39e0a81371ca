"""Records of questioning. What each column means is said in db/schema.py."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def _text(name: str, default: str = "") -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), server_default=default, nullable=False)


def _number(name: str, *, null: bool = False, count: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), nullable=null, server_default="0" if count else None)


def _id(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length=40), nullable=False)


def upgrade() -> None:
    """Create the tables of drafts, documents and what happened to them."""
    op.create_table(
        "record_draft",
        _id("session_id"),
        _number("version"),
        _text("header", "{}"),
        _text("lines", "[]"),
        _number("until_us"),
        _text("by_account"),
        _text("by_name"),
        _number("t_us"),
        sa.PrimaryKeyConstraint("session_id", "version", name=op.f("pk_record_draft")),
    )
    op.create_table(
        "record_content",
        _id("document_id"),
        _text("content"),
        _text("places", "[]"),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_record_content")),
    )
    op.create_table(
        "record_document",
        _id("id"),
        _id("session_id"),
        _id("case_id"),
        _id("room_id"),
        _number("version"),
        _number("pages", count=True),
        _text("page_digests", "[]"),
        _text("path"),
        _text("sha256"),
        _number("size_bytes", count=True),
        _text("by_name"),
        _number("made_us"),
        _number("log_index"),
        _text("signed_path"),
        _text("signed_sha256"),
        _number("signed_bytes", count=True),
        _number("signatures", count=True),
        _number("signed_us", null=True),
        _number("signed_index", null=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_document")),
    )
    op.create_index(
        op.f("ix_record_document_session_id_version"), "record_document", ["session_id", "version"]
    )
    op.create_index(
        op.f("ix_record_document_case_id_made_us"), "record_document", ["case_id", "made_us"]
    )
    op.create_table(
        "record_mark",
        _number("log_index"),
        _id("document_id"),
        sa.Column("kind", sa.String(length=10), nullable=False),
        _number("page"),
        _text("place"),
        _text("signer"),
        _text("name"),
        _text("certificate"),
        _text("reason"),
        _text("witness"),
        _text("strokes", "[]"),
        _number("from_us"),
        _number("to_us"),
        _number("t_us"),
        sa.PrimaryKeyConstraint("log_index", name=op.f("pk_record_mark")),
    )
    op.create_index(op.f("ix_record_mark_document_id_kind"), "record_mark", ["document_id", "kind"])
