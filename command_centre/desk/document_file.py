"""A document of a session as bytes: the file that its entry names, and no other."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

from command_centre.db.database import Database
from command_centre.desk.audit import log_of
from command_centre.errors import Rejected
from evidence_store.errors import EvidenceError
from evidence_store.sealed_media import media_of


async def read_document(
    database: Database, store: Path, session: str, path: str, sha256: str
) -> bytes:
    """The bytes; ``path`` and ``sha256`` are those of the entry.

    Raises:
        Rejected: ``segment_sealed``, ``store_unreadable``, ``segment_altered``.
    """
    log = await database.read(lambda connection: log_of(connection, session))
    media = media_of(store)
    try:
        data = await asyncio.to_thread(media.read, log, path)
    except EvidenceError as error:
        raise Rejected("segment_sealed", f"{path} cannot be opened here: {error}") from error
    except OSError as error:
        raise Rejected("store_unreadable", f"{path} cannot be read") from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise Rejected("segment_altered", "the document is not what the log says")
    return data
