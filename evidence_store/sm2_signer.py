"""An SM2 key that signs checkpoints, through OpenSSL 3 (its library, and its command once).

Off unless a log has a key ``keys/<log>.sm2.pem``, which ``make_sm2_key`` makes. The nonce and all
secret arithmetic are OpenSSL's; this module hands it bytes and takes r and s out of the DER.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

from evidence_store.errors import KeyFileError, SignerFailed
from evidence_store.key_files import public_key_path, read_private_bytes, write_private_bytes
from evidence_store.note import OWN_TYPE
from evidence_store.sm2 import SM2_IDENTIFIER, SM2_IDENTITY, sm2_verify

_POINT_BYTES = 65
_OPENSSL_S = 30.0


class Sm2Signer:
    """One SM2 key. Used by one thread at a time."""

    kind = OWN_TYPE

    def __init__(self, der: bytes, point: bytes) -> None:
        self.public_key_bytes = SM2_IDENTIFIER + point
        library = _library()
        data = ctypes.c_char_p(der)
        self._key = library.d2i_AutoPrivateKey(None, ctypes.byref(data), len(der))
        if not self._key or not sm2_verify(point, b"probe", self.sign(b"probe")):
            raise KeyFileError("OpenSSL cannot use this SM2 key")

    @classmethod
    def load(cls, path: Path) -> Sm2Signer:
        """The key at ``path``.

        Raises:
            KeyFileError: it cannot be read, or OpenSSL cannot use it.
        """
        der = read_private_bytes(path)
        return cls(
            der, _run("pkey", "-inform", "DER", "-pubout", "-outform", "DER", said=der)[-65:]
        )

    def sign(self, message: bytes) -> bytes:
        """The signature over ``message``: r and s, 32 bytes each.

        Raises:
            SignerFailed: OpenSSL refuses.
        """
        library = _library()
        digest, key = library.EVP_MD_CTX_new(), library.EVP_PKEY_CTX_new(self._key, None)
        out, size = ctypes.create_string_buffer(160), ctypes.c_size_t(160)
        try:
            library.EVP_MD_CTX_set_pkey_ctx(digest, key)
            good = library.EVP_PKEY_CTX_set1_id(key, SM2_IDENTITY, len(SM2_IDENTITY)) == 1
            good = (
                good
                and library.EVP_DigestSignInit(digest, None, library.EVP_sm3(), None, self._key)
                == 1
            )
            good = (
                good
                and library.EVP_DigestSign(digest, out, ctypes.byref(size), message, len(message))
                == 1
            )
        finally:
            library.EVP_MD_CTX_free(digest)
            library.EVP_PKEY_CTX_free(key)
        if not good:
            raise SignerFailed("OpenSSL refuses to sign with the SM2 key")
        return _plain(out.raw[: size.value])


def make_sm2_key(path: Path) -> Sm2Signer:
    """Make a new SM2 key at ``path`` and its public half beside it.

    Raises:
        KeyFileError: a file of that name exists, or OpenSSL is missing.
    """
    der = _run("genpkey", "-algorithm", "SM2", "-outform", "DER")
    public = _run("pkey", "-inform", "DER", "-pubout", said=der)
    write_private_bytes(path, der, public)
    return Sm2Signer.load(path)


def sm2_point(public: Path) -> bytes:
    """The point in a public half.

    Raises:
        KeyFileError: it is no SM2 key.
    """
    der = _run("pkey", "-pubin", "-in", str(public), "-pubout", "-outform", "DER")
    if len(der) < _POINT_BYTES or der[-_POINT_BYTES] != 4:
        raise KeyFileError(f"{public} is not an SM2 public key")
    return der[-_POINT_BYTES:]


def sm2_path(keys: Path, log: str) -> Path:
    """Where the SM2 key of a log lies, when it has one."""
    return keys / f"{log}.sm2.pem"


def sm2_public_path(keys: Path, log: str) -> Path:
    """Where its public half lies."""
    return public_key_path(sm2_path(keys, log))


def _plain(der: bytes) -> bytes:
    """r and s out of ``SEQUENCE { INTEGER r, INTEGER s }``."""
    numbers, place = [], 2
    for _ in range(2):
        length = der[place + 1]
        numbers.append(int.from_bytes(der[place + 2 : place + 2 + length], "big"))
        place += 2 + length
    return b"".join(number.to_bytes(32, "big") for number in numbers)


def _run(*words: str, said: bytes = b"") -> bytes:
    try:
        done = subprocess.run(
            ["openssl", *words], input=said, capture_output=True, check=True, timeout=_OPENSSL_S
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise KeyFileError(f"openssl {words[0]} failed: {error}") from error
    return done.stdout


@cache
def _library() -> Any:
    """OpenSSL's libcrypto, with the types of what is used of it."""
    name = ctypes.util.find_library("crypto")
    if name is None:
        raise KeyFileError("there is no libcrypto (OpenSSL 3) for the SM2 key")
    library = ctypes.CDLL(name)
    pointer, number, text = ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p
    size = ctypes.POINTER(ctypes.c_size_t)
    for function, result, arguments in (
        ("d2i_AutoPrivateKey", pointer, [pointer, ctypes.POINTER(text), ctypes.c_long]),
        ("EVP_MD_CTX_new", pointer, []),
        ("EVP_MD_CTX_free", None, [pointer]),
        ("EVP_PKEY_CTX_new", pointer, [pointer, pointer]),
        ("EVP_PKEY_CTX_free", None, [pointer]),
        ("EVP_PKEY_CTX_set1_id", number, [pointer, text, ctypes.c_size_t]),
        ("EVP_MD_CTX_set_pkey_ctx", None, [pointer, pointer]),
        ("EVP_sm3", pointer, []),
        ("EVP_DigestSignInit", number, [pointer, pointer, pointer, pointer, pointer]),
        ("EVP_DigestSign", number, [pointer, text, size, text, ctypes.c_size_t]),
    ):
        found = getattr(library, function)
        found.restype, found.argtypes = result, arguments
    return library
