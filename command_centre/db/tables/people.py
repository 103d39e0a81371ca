"""People who log in: accounts, logins, keys and codes, what they keep for their screens."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
)

from command_centre.db.tables.base import count, maybe_time, metadata, text, time

account = Table(
    "account",
    metadata,
    Column("id", String(40), primary_key=True, comment="stable id, never shown"),
    Column("account", String(80), nullable=False, unique=True, comment="name typed at login"),
    text("name", "name shown to people"),
    Column("role", String(20), nullable=False, comment="config.words.Role"),
    text("certificate", "number of the enforcement certificate (执法证号); empty: none"),
    text("rooms", "rooms an interviewer is limited to, space separated; empty: every room"),
    text("password_hash", "argon2id, with its parameters"),
    time("created_us", "when it was created"),
    count("failed", "wrong passwords since the last right one"),
    count("locked_until_us", "no login before this time; µs since the epoch, 0: not locked"),
    maybe_time("disabled_us", "locked by an administrator; null: it may sign in"),
    count("all_cases", "1: sees every case of the agency; 0: those it is a member of"),
    Column("log_index", Integer, nullable=True, comment="its account.create in the centre's log"),
    CheckConstraint(
        "role IN ('manager','interviewer','auditor','administrator')", name="role_known"
    ),
    comment="people with a password",
)

login = Table(
    "login",
    metadata,
    Column("token_sha256", LargeBinary(32), primary_key=True, comment="SHA-256 of the cookie"),
    Column("id", String(40), nullable=False, unique=True, comment="names the login in entries"),
    Column("account_id", ForeignKey("account.id"), nullable=False),
    time("created_us", "when the password was given"),
    time("expires_us", "not valid from here on"),
    maybe_time("revoked_us", "logged out"),
    text("address", "network address it came from"),
    text("agent", "what the browser calls itself, shortened"),
    text(
        "method", "password, code, recovery, passkey; oidc, oidc_factor, oidc_code or oidc_recovery"
    ),
    comment="who is logged in; never called a session, that word is taken",
)

invitation = Table(
    "invitation",
    metadata,
    Column("code_sha256", LargeBinary(32), primary_key=True, comment="SHA-256 of the code"),
    Column("account_id", ForeignKey("account.id"), nullable=False),
    time("created_us", "when it was made"),
    time("expires_us", "not valid from here on"),
    text("created_by", "account id"),
    maybe_time("used_us", "when a password was set with it"),
    Index(None, "account_id"),
    comment="one-time codes with which people set their password",
)

passkey = Table(
    "passkey",
    metadata,
    Column("id", String(400), primary_key=True, comment="credential id, base64url"),
    Column("account_id", ForeignKey("account.id"), nullable=False),
    text("name", "what its owner calls it"),
    text("host", "name of the centre it was made for (RP id)"),
    Column("public_key", LargeBinary, nullable=False, comment="COSE key"),
    count("uses", "signature counter last seen; 0 where the device keeps none"),
    time("created_us", "when it was added"),
    maybe_time("used_us", "last login with it"),
    Index(None, "account_id"),
    comment="WebAuthn credentials; the private key never leaves its device",
)

code_generator = Table(
    "code_generator",
    metadata,
    Column("account_id", ForeignKey("account.id"), primary_key=True),
    Column("sealed", LargeBinary, nullable=False, comment="TOTP secret, desk/account_secrets.py"),
    count("last_step", "time step of the last code taken; none is taken twice"),
    time("created_us", "when it was confirmed"),
    comment="one-time codes (RFC 6238)",
)

recovery_code = Table(
    "recovery_code",
    metadata,
    Column("sha256", LargeBinary(32), primary_key=True, comment="of account id and code"),
    Column("account_id", ForeignKey("account.id"), nullable=False),
    Index(None, "account_id"),
    comment="codes that stand for a lost second factor, each good once; a used one is deleted",
)

kept = Table(
    "kept",
    metadata,
    Column("account_id", ForeignKey("account.id"), primary_key=True),
    Column("name", String(80), primary_key=True, comment="what it is: a list's views, a layout"),
    text("text", "as the pages made it"),
    time("changed_us", "when it was last kept"),
    comment="what people keep for their own screens; not evidence, in no log",
)

outside_identity = Table(
    "outside_identity",
    metadata,
    Column("issuer", String(200), primary_key=True, comment="of the agency's sign-in"),
    Column("subject", String(255), primary_key=True, comment="sub; what the issuer calls them"),
    Column("account_id", ForeignKey("account.id"), nullable=False),
    text("name", "what the issuer called them when it was tied"),
    time("created_us", "when it was tied"),
    maybe_time("used_us", "last login with it"),
    Index(None, "account_id"),
    comment="whom the agency's sign-in (OpenID Connect) lets in as which account",
)
