"""The first schema. What each column means is said in db/schema.py."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table."""
    op.create_table(
        "account",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("account", sa.String(length=80), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("rooms", sa.Text(), server_default="", nullable=False),
        sa.Column("password_hash", sa.Text(), server_default="", nullable=False),
        sa.Column("created_us", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("locked_until_us", sa.Integer(), server_default="0", nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "role IN ('manager','interviewer','auditor','administrator')",
            name=op.f("ck_account_role_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("account", name=op.f("uq_account_account")),
    )
    op.create_table(
        "case_file",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Text(), server_default="", nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("name_en", sa.Text(), server_default="", nullable=False),
        sa.Column("cause", sa.Text(), server_default="", nullable=False),
        sa.Column("status", sa.Text(), server_default="", nullable=False),
        sa.Column("enterprise", sa.Text(), server_default="", nullable=False),
        sa.Column("enterprise_en", sa.Text(), server_default="", nullable=False),
        sa.Column("incident_date", sa.Text(), server_default="", nullable=False),
        sa.Column("opened", sa.Text(), server_default="", nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_file")),
    )
    op.create_table(
        "counter",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counter")),
    )
    op.create_table(
        "gap",
        sa.Column("log_index", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.String(length=40), nullable=False),
        sa.Column("source_id", sa.String(length=40), nullable=False),
        sa.Column("start_us", sa.Integer(), nullable=False),
        sa.Column("end_us", sa.Integer(), nullable=False),
        sa.Column("cause", sa.Text(), server_default="", nullable=False),
        sa.Column("track", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("log_index", name=op.f("pk_gap")),
    )
    with op.batch_alter_table("gap", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_gap_session_id_source_id"), ["session_id", "source_id"], unique=False
        )

    op.create_table(
        "init_segment",
        sa.Column("session_id", sa.String(length=40), nullable=False),
        sa.Column("source_id", sa.String(length=40), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("path", sa.Text(), server_default="", nullable=False),
        sa.Column("sha256", sa.Text(), server_default="", nullable=False),
        sa.Column("mime", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("session_id", "source_id", "epoch", name=op.f("pk_init_segment")),
    )
    op.create_table(
        "job",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("target_kind", sa.String(length=10), nullable=False),
        sa.Column("target", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("progress", sa.Integer(), server_default="0", nullable=False),
        sa.Column("result", sa.Text(), server_default="", nullable=False),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.Column("by_account", sa.Text(), server_default="", nullable=False),
        sa.Column("created_us", sa.Integer(), nullable=False),
        sa.Column("finished_us", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
    )
    op.create_table(
        "log_cursor",
        sa.Column("log", sa.String(length=40), nullable=False),
        sa.Column("next_index", sa.Integer(), nullable=False),
        sa.Column("last_sha256", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("log", name=op.f("pk_log_cursor")),
    )
    op.create_table(
        "log_entry",
        sa.Column("log_index", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("source_id", sa.String(length=40), nullable=False),
        sa.Column("t_us", sa.Integer(), nullable=False),
        sa.Column("summary", sa.Text(), server_default="{}", nullable=False),
        sa.PrimaryKeyConstraint("log_index", name=op.f("pk_log_entry")),
    )
    with op.batch_alter_table("log_entry", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_log_entry_session_id_log_index"),
            ["session_id", "log_index"],
            unique=False,
        )

    op.create_table(
        "segment",
        sa.Column("session_id", sa.String(length=40), nullable=False),
        sa.Column("source_id", sa.String(length=40), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("path", sa.Text(), server_default="", nullable=False),
        sa.Column("sha256", sa.Text(), server_default="", nullable=False),
        sa.Column("size_bytes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("start_us", sa.Integer(), nullable=False),
        sa.Column("duration_us", sa.Integer(), server_default="0", nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "session_id", "source_id", "epoch", "number", name=op.f("pk_segment")
        ),
    )
    with op.batch_alter_table("segment", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_segment_session_id_source_id_start_us"),
            ["session_id", "source_id", "start_us"],
            unique=False,
        )

    op.create_table(
        "view",
        sa.Column("log_index", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.String(length=40), nullable=False),
        sa.Column("source_id", sa.String(length=40), nullable=False),
        sa.Column("viewer", sa.Text(), server_default="", nullable=False),
        sa.Column("viewer_name", sa.Text(), server_default="", nullable=False),
        sa.Column("login_id", sa.Text(), server_default="", nullable=False),
        sa.Column("view_id", sa.Text(), server_default="", nullable=False),
        sa.Column("from_us", sa.Integer(), nullable=False),
        sa.Column("to_us", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("log_index", name=op.f("pk_view")),
    )
    with op.batch_alter_table("view", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_view_session_id"), ["session_id"], unique=False)

    op.create_table(
        "event",
        sa.Column("cursor", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("room_id", sa.String(length=40), nullable=False),
        sa.Column("message", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_file.id"], name=op.f("fk_event_case_id_case_file")
        ),
        sa.PrimaryKeyConstraint("cursor", name=op.f("pk_event")),
    )
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_event_case_id_cursor"), ["case_id", "cursor"], unique=False
        )

    op.create_table(
        "export",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("job_id", sa.String(length=40), nullable=False),
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("directory", sa.Text(), server_default="", nullable=False),
        sa.Column("file_name", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("size_bytes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("files", sa.Integer(), server_default="0", nullable=False),
        sa.Column("verdict", sa.Text(), server_default="", nullable=False),
        sa.Column("created_us", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_file.id"], name=op.f("fk_export_case_id_case_file")
        ),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_export_job_id_job")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export")),
    )
    op.create_table(
        "login",
        sa.Column("token_sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.String(length=40), nullable=False),
        sa.Column("created_us", sa.Integer(), nullable=False),
        sa.Column("expires_us", sa.Integer(), nullable=False),
        sa.Column("revoked_us", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_login_account_id_account")
        ),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_login")),
        sa.UniqueConstraint("id", name=op.f("uq_login_id")),
    )
    op.create_table(
        "marker",
        sa.Column("log_index", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("session_id", sa.String(length=40), nullable=False),
        sa.Column("room_id", sa.String(length=40), nullable=False),
        sa.Column("t_us", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("by_name", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_file.id"], name=op.f("fk_marker_case_id_case_file")
        ),
        sa.PrimaryKeyConstraint("log_index", name=op.f("pk_marker")),
    )
    op.create_table(
        "point",
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("en", sa.Text(), server_default="", nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_by", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_file.id"], name=op.f("fk_point_case_id_case_file")
        ),
        sa.PrimaryKeyConstraint("case_id", "id", name=op.f("pk_point")),
    )
    op.create_table(
        "reading",
        sa.Column("log_index", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("session_id", sa.String(length=40), nullable=False),
        sa.Column("room_id", sa.String(length=40), nullable=False),
        sa.Column("device", sa.String(length=40), nullable=False),
        sa.Column("t_us", sa.Integer(), nullable=False),
        sa.Column("measured", sa.Text(), server_default="{}", nullable=False),
        sa.Column("alarms", sa.Text(), server_default="[]", nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_file.id"], name=op.f("fk_reading_case_id_case_file")
        ),
        sa.PrimaryKeyConstraint("log_index", name=op.f("pk_reading")),
    )
    op.create_table(
        "room",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("name_en", sa.Text(), server_default="", nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=True),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("kind IN ('interview','site')", name=op.f("ck_room_kind_known")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_file.id"], name=op.f("fk_room_case_id_case_file")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room")),
    )
    op.create_table(
        "person",
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("name_en", sa.Text(), server_default="", nullable=False),
        sa.Column("post", sa.Text(), server_default="", nullable=False),
        sa.Column("role", sa.Text(), server_default="", nullable=False),
        sa.Column("duty", sa.Text(), server_default="", nullable=False),
        sa.Column("certificate", sa.Text(), server_default="", nullable=False),
        sa.Column("room_id", sa.String(length=40), nullable=True),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("kind IN ('party','officer')", name=op.f("ck_person_kind_known")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_file.id"], name=op.f("fk_person_case_id_case_file")
        ),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_person_room_id_room")),
        sa.PrimaryKeyConstraint("case_id", "id", name=op.f("pk_person")),
    )
    op.create_table(
        "session",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("room_id", sa.String(length=40), nullable=False),
        sa.Column("room_name", sa.Text(), server_default="", nullable=False),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("person_name", sa.Text(), server_default="", nullable=False),
        sa.Column("opened_us", sa.Integer(), nullable=False),
        sa.Column("closed_us", sa.Integer(), nullable=True),
        sa.Column("opened_by", sa.Text(), server_default="", nullable=False),
        sa.Column("closed_by", sa.Text(), server_default="", nullable=False),
        sa.Column("close_reason", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_file.id"], name=op.f("fk_session_case_id_case_file")
        ),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_session_room_id_room")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
    )
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_session_case_id_opened_us"), ["case_id", "opened_us"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_session_room_id_closed_us"), ["room_id", "closed_us"], unique=False
        )

    op.create_table(
        "source",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("room_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("name_en", sa.Text(), server_default="", nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("channels", sa.Text(), server_default="[]", nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_source_room_id_room")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source")),
    )
    op.create_table(
        "prompt",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("group_id", sa.String(length=40), nullable=False),
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("session_id", sa.String(length=40), nullable=False),
        sa.Column("room_id", sa.String(length=40), nullable=False),
        sa.Column("point_id", sa.String(length=40), nullable=True),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("by_account", sa.Text(), server_default="", nullable=False),
        sa.Column("by_name", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("utterance_id", sa.String(length=80), nullable=True),
        sa.Column("log_index", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_file.id"], name=op.f("fk_prompt_case_id_case_file")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.id"], name=op.f("fk_prompt_session_id_session")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prompt")),
    )
    with op.batch_alter_table("prompt", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_prompt_case_id_log_index"), ["case_id", "log_index"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_prompt_room_id_state"), ["room_id", "state"], unique=False
        )

    op.create_table(
        "recording",
        sa.Column("session_id", sa.String(length=40), nullable=False),
        sa.Column("source_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("origin_us", sa.Integer(), nullable=False),
        sa.Column("start_us", sa.Integer(), nullable=False),
        sa.Column("end_us", sa.Integer(), nullable=True),
        sa.Column("recorded_us", sa.Integer(), server_default="0", nullable=False),
        sa.Column("gap_us", sa.Integer(), server_default="0", nullable=False),
        sa.Column("pause_us", sa.Integer(), server_default="0", nullable=False),
        sa.Column("segments", sa.Integer(), server_default="0", nullable=False),
        sa.Column("bytes", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.id"], name=op.f("fk_recording_session_id_session")
        ),
        sa.PrimaryKeyConstraint("session_id", "source_id", name=op.f("pk_recording")),
    )
    op.create_table(
        "source_token",
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("source_id", sa.String(length=40), nullable=False),
        sa.Column("created_us", sa.Integer(), nullable=False),
        sa.Column("expires_us", sa.Integer(), nullable=True),
        sa.Column("revoked_us", sa.Integer(), nullable=True),
        sa.Column("created_by", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_source_token_source_id_source")
        ),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_source_token")),
    )
    op.create_table(
        "utterance",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("session_id", sa.String(length=40), nullable=False),
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("room_id", sa.String(length=40), nullable=False),
        sa.Column("source_id", sa.String(length=40), nullable=False),
        sa.Column("speaker", sa.String(length=20), nullable=False),
        sa.Column("start_us", sa.Integer(), nullable=False),
        sa.Column("end_us", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("words", sa.Text(), server_default="[]", nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=False),
        sa.Column("cursor", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_file.id"], name=op.f("fk_utterance_case_id_case_file")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.id"], name=op.f("fk_utterance_session_id_session")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_utterance")),
    )
    with op.batch_alter_table("utterance", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_utterance_case_id_cursor"), ["case_id", "cursor"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_utterance_room_id_start_us"), ["room_id", "start_us"], unique=False
        )

    op.create_table(
        "prompt_step",
        sa.Column("prompt_id", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("t_us", sa.Integer(), nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["prompt_id"], ["prompt.id"], name=op.f("fk_prompt_step_prompt_id_prompt")
        ),
        sa.PrimaryKeyConstraint("prompt_id", "state", name=op.f("pk_prompt_step")),
    )
