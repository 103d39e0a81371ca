"""The policy file: which logs, which witnesses, and how many of them (C2SP tlog-policy).

::

    log <vkey> [<url>]
    witness <name> <vkey> [<url>]
    group <name> all|any|<k> <name>...
    quorum <name>|none

A checkpoint is valid under a policy when one of its logs signed it and the quorum cosigned it.
Names are octets without meaning outside the file. Standard library only.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from evidence_store.errors import NoteError, PolicyError
from evidence_store.note import (
    ED25519,
    ED25519_COSIGNATURE,
    ML_DSA_44,
    VerifierKey,
    parse_verifier_key,
)

#: The quorum that asks for nobody.
NOBODY = b"none"
_POLICY_BYTES_MAX = 1_000_000
_LINES_MAX = 1000
_LOG_TYPES = (ED25519, ML_DSA_44)
_WITNESS_TYPES = (ED25519_COSIGNATURE, ML_DSA_44)
_NOT_ALLOWED = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True)
class Group:
    """At least ``wanted`` of ``members`` must have witnessed."""

    wanted: int
    members: tuple[bytes, ...]


@dataclass(frozen=True)
class Policy:
    """A parsed policy. Every name a group or the quorum uses is defined before it."""

    logs: tuple[VerifierKey, ...]
    witnesses: dict[bytes, VerifierKey]
    urls: dict[bytes, str]  # of witnesses that have one
    groups: dict[bytes, Group]
    quorum: bytes

    def satisfied(self, cosigned: Collection[VerifierKey]) -> bool:
        """Whether cosignatures of these keys are the quorum."""
        reached = {name for name, key in self.witnesses.items() if key in cosigned}
        for name, group in self.groups.items():  # in order of definition: members come first
            if sum(member in reached for member in group.members) >= group.wanted:
                reached.add(name)
        return self.quorum == NOBODY or self.quorum in reached

    @property
    def asks(self) -> bool:
        """Whether the quorum asks for anybody."""
        return self.quorum != NOBODY


def parse_policy(data: bytes) -> Policy:
    """The policy these bytes are.

    Raises:
        PolicyError: they are not a policy; the message names the line.
    """
    if len(data) > _POLICY_BYTES_MAX or data.count(b"\n") > _LINES_MAX:
        raise PolicyError("the policy is too large")
    if data and not data.endswith(b"\n"):
        raise PolicyError("every line of a policy ends in a newline")
    if _NOT_ALLOWED.search(data):
        raise PolicyError("the policy has control characters")
    reader = _Reader()
    for number, line in enumerate(data.split(b"\n")[:-1], start=1):
        words = re.split(rb"[ \t]+", line.strip(b" \t"))
        if words == [b""] or words[0].startswith(b"#"):
            continue
        try:
            reader.take(words)
        except (PolicyError, NoteError) as error:
            raise PolicyError(f"line {number} of the policy: {error}") from error
    return reader.policy()


class _Reader:
    """Takes the lines of a policy in their order."""

    def __init__(self) -> None:
        self._logs: list[VerifierKey] = []
        self._witnesses: dict[bytes, VerifierKey] = {}
        self._urls: dict[bytes, str] = {}
        self._groups: dict[bytes, Group] = {}
        self._quorum: bytes | None = None

    def take(self, words: Sequence[bytes]) -> None:
        """One line that is not empty."""
        take = {
            b"log": self._log,
            b"witness": self._witness,
            b"group": self._group,
            b"quorum": self._set_quorum,
        }.get(words[0])
        if take is None:
            raise PolicyError("expected log, witness, group or quorum")
        take(words[1:])

    def policy(self) -> Policy:
        """The whole."""
        if self._quorum is None:
            raise PolicyError("a policy has exactly one quorum line")
        return Policy(tuple(self._logs), self._witnesses, self._urls, self._groups, self._quorum)

    def _log(self, words: Sequence[bytes]) -> None:
        if not 1 <= len(words) <= 2:
            raise PolicyError("expected log <vkey> [<url>]")
        key = _key(words[0], _LOG_TYPES)
        if any(one.public_key == key.public_key for one in self._logs):
            raise PolicyError("this log's key stands in the policy already")
        self._logs.append(key)

    def _witness(self, words: Sequence[bytes]) -> None:
        if not 2 <= len(words) <= 3:
            raise PolicyError("expected witness <name> <vkey> [<url>]")
        name, key = self._new(words[0]), _key(words[1], _WITNESS_TYPES)
        if any(one.public_key == key.public_key for one in self._witnesses.values()):
            raise PolicyError("this witness's key stands in the policy already")
        self._witnesses[name] = key
        if len(words) == 3:
            self._urls[name] = words[2].decode("utf-8", "replace")

    def _group(self, words: Sequence[bytes]) -> None:
        if len(words) < 3:
            raise PolicyError("expected group <name> all|any|<k> <name>...")
        name, members = self._new(words[0]), tuple(words[2:])
        for member in members:
            if member not in self._witnesses and member not in self._groups:
                raise PolicyError("a member of the group is not defined before it")
        taken = [member for group in self._groups.values() for member in group.members]
        if len({*members, *taken}) != len(members) + len(taken):
            raise PolicyError("a name is a member of one group, once")
        self._groups[name] = Group(_threshold(words[1], len(members)), members)

    def _set_quorum(self, words: Sequence[bytes]) -> None:
        if len(words) != 1 or self._quorum is not None:
            raise PolicyError("a policy has exactly one quorum line, with one name")
        if words[0] != NOBODY and words[0] not in {**self._witnesses, **self._groups}:
            raise PolicyError("the quorum is not defined before its line")
        self._quorum = words[0]

    def _new(self, name: bytes) -> bytes:
        if name == NOBODY or name in self._witnesses or name in self._groups:
            raise PolicyError("this name is taken")
        return name


def _key(word: bytes, kinds: tuple[int, ...]) -> VerifierKey:
    try:
        key = parse_verifier_key(word.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise PolicyError("a verifier key is UTF-8") from error
    if key.kind not in kinds:
        raise PolicyError("the verifier key is of a type that does not belong here")
    return key


def _threshold(word: bytes, members: int) -> int:
    if word in (b"all", b"any"):
        return members if word == b"all" else 1
    if not word.isdigit() or len(word) > 4 or not 1 <= int(word) <= members:
        raise PolicyError(f"expected all, any or a number from 1 to {members}")
    return int(word)
