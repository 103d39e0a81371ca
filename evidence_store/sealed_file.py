"""Media files encrypted at rest: the form of one sealed file, and nothing else.

No keys are made, kept or found here (session_key.py), and no place is chosen. A sealed file is::

    16 bytes   "duizhi-sealed/1" and a newline
    16 bytes   which data key: the first half of SHA-256("duizhi-data-key/1\\n" || key)
    32 bytes   salt = HMAC-SHA-256(salt key, context || SHA-256 of the clear bytes)
    then chunks of 65,536 clear bytes (the last may be shorter, and is empty only in an empty
    file), each AES-256-GCM: as many bytes of ciphertext, and a tag of 16

    file key   HKDF-SHA-256 (RFC 5869) of the data key, with the salt, info "duizhi-sealed/1 file"
    salt key   HKDF-SHA-256 of the data key, no salt, info "duizhi-sealed/1 salt"
    nonce      number of the chunk (11 bytes, big endian), then 1 for the last chunk, else 0
    additional data of every chunk: the context: origin, session and path, a line each

The chunks are the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár 2015; as in age): none
can be left out, swapped or cut off at the end, and any stretch can be read alone. The path holds
source, epoch and number, so that a file put in another's place does not open.

The salt follows from key, context and content, so sealing again gives the same bytes (a job that
is tried again, a second directory), and no key is ever used for two contents. What that tells
somebody without the key: nothing, as a path is written once.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from evidence_store.errors import SealedDamaged, SealedKeyWrong

MAGIC = b"duizhi-sealed/1\n"
KEY_BYTES = 32
KEY_ID_BYTES = 16
_SALT_BYTES = 32
HEADER_BYTES = len(MAGIC) + KEY_ID_BYTES + _SALT_BYTES
CHUNK_BYTES = 65_536
TAG_BYTES = 16


class DataKey:
    """The key of one session's files. Its bytes leave this object only through ``secret``."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) != KEY_BYTES:
            raise SealedKeyWrong("a data key has 32 bytes")
        self.secret = secret
        self.id = hashlib.sha256(b"duizhi-data-key/1\n" + secret).digest()[:KEY_ID_BYTES]
        self._salt_key = _derive(secret, None, b"duizhi-sealed/1 salt")

    def salt(self, context: bytes, sha256: bytes) -> bytes:
        """The salt of a file with this content at this place."""
        return hmac.digest(self._salt_key, context + sha256, "sha256")

    def cipher(self, salt: bytes) -> AESGCM:
        """The cipher of the file with this salt."""
        return AESGCM(_derive(self.secret, salt, b"duizhi-sealed/1 file"))


@dataclass(frozen=True)
class Context:
    """Where a sealed file belongs; it opens nowhere else."""

    origin: str  # of the log
    session: str
    path: str  # as the entry names it

    @property
    def data(self) -> bytes:
        """The additional data of its chunks."""
        return f"duizhi-sealed/1\n{self.origin}\n{self.session}\n{self.path}\n".encode()


def sealed_size(size: int) -> int:
    """Bytes of the sealed file for so many clear ones."""
    return HEADER_BYTES + size + TAG_BYTES * max(1, -(-size // CHUNK_BYTES))


def seal_bytes(key: DataKey, context: Context, data: bytes, sha256: bytes) -> bytes:
    """The sealed file of ``data``, whose SHA-256 the caller knows already."""
    return b"".join(_sealed(key, context, sha256, _cut(data)))


def seal_blocks(key: DataKey, context: Context, source: BinaryIO, sha256: bytes) -> Iterator[bytes]:
    """The same of a file of any size, in memory for two chunks."""
    return _sealed(key, context, sha256, _read_chunks(source, CHUNK_BYTES))


def is_sealed(head: bytes) -> bool:
    """Whether a file that begins with these bytes is a sealed one."""
    return head.startswith(MAGIC)


def key_id_of(head: bytes) -> bytes:
    """Which data key opens the file that begins with these bytes.

    Raises:
        SealedDamaged: it is too short for a header.
    """
    if len(head) < HEADER_BYTES or not is_sealed(head):
        raise SealedDamaged("a sealed file that ends within its header")
    return head[len(MAGIC) : len(MAGIC) + KEY_ID_BYTES]


def open_blocks(key: DataKey, context: Context, source: BinaryIO) -> Iterator[bytes]:
    """The clear bytes, chunk by chunk, each authenticated before it is given.

    Raises:
        SealedKeyWrong: the file was sealed with another key.
        SealedDamaged: not what was sealed, or not at this place, or cut off.
    """
    cipher, aad = _cipher_of(key, context, source.read(HEADER_BYTES))
    chunks = _read_chunks(source, CHUNK_BYTES + TAG_BYTES)
    for number, last, chunk in _numbered(chunks):
        yield _open_chunk(cipher, aad, number, last, chunk)


def open_range(
    key: DataKey, context: Context, source: BinaryIO, size: int, begin: int, end: int
) -> Iterator[bytes]:
    """The clear bytes from ``begin`` to before ``end`` of a file with ``size`` clear bytes.

    Only the chunks that hold them are read.

    Raises:
        SealedKeyWrong, SealedDamaged: as ``open_blocks``.
    """
    cipher, aad = _cipher_of(key, context, source.read(HEADER_BYTES))
    final = max(0, -(-size // CHUNK_BYTES) - 1)
    begin, end = max(0, begin), min(size, end)
    if begin >= end:
        return
    first = begin // CHUNK_BYTES
    source.seek(HEADER_BYTES + first * (CHUNK_BYTES + TAG_BYTES))
    for number in range(first, (end - 1) // CHUNK_BYTES + 1):
        chunk = source.read(CHUNK_BYTES + TAG_BYTES)
        clear = _open_chunk(cipher, aad, number, number == final, chunk)
        at = number * CHUNK_BYTES
        yield clear[max(0, begin - at) : end - at]


def _sealed(
    key: DataKey, context: Context, sha256: bytes, chunks: Iterable[bytes]
) -> Iterator[bytes]:
    aad = context.data
    salt = key.salt(aad, sha256)
    cipher = key.cipher(salt)
    yield MAGIC + key.id + salt
    for number, last, chunk in _numbered(chunks):
        yield cipher.encrypt(_nonce(number, last), chunk, aad)


def _cipher_of(key: DataKey, context: Context, head: bytes) -> tuple[AESGCM, bytes]:
    if key_id_of(head) != key.id:
        raise SealedKeyWrong("the file was sealed with another key than this session's")
    return key.cipher(head[-_SALT_BYTES:]), context.data


def _open_chunk(cipher: AESGCM, aad: bytes, number: int, last: bool, chunk: bytes) -> bytes:
    try:
        return cipher.decrypt(_nonce(number, last), chunk, aad)
    except (InvalidTag, ValueError) as error:
        raise SealedDamaged(f"chunk {number} is not what was sealed at this place") from error


def _numbered(chunks: Iterable[bytes]) -> Iterator[tuple[int, bool, bytes]]:
    """Each chunk with its number and whether it is the last; an empty file has one empty chunk."""
    held: bytes | None = None
    number = 0
    for chunk in chunks:
        if held is not None:
            yield number, False, held
            number += 1
        held = chunk
    yield number, True, held or b""


def _cut(data: bytes) -> Iterator[bytes]:
    for at in range(0, len(data), CHUNK_BYTES):
        yield data[at : at + CHUNK_BYTES]


def _read_chunks(source: BinaryIO, length: int) -> Iterator[bytes]:
    while chunk := source.read(length):
        yield chunk


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _derive(secret: bytes, salt: bytes | None, info: bytes) -> bytes:
    return HKDF(hashes.SHA256(), KEY_BYTES, salt, info).derive(secret)
