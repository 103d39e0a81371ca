"""Further clean things: session keys, witnesses and stamps, documents, disclosure copies, derived
works, encryption and the end of retention. Scenes that are not in ``CLEAN`` were made wrong."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from command_centre.local_authority import LocalAuthority
from evidence_store.host_keys import open_host_keys
from evidence_store.key_ceremony import certify_log, make_root, open_root
from evidence_store.sealer import Sealer
from evidence_store.store_format import ensure_format
from evidence_store.writer import StoreWriter
from tests.attacks.scenes import CLEAN, FIRST, OTHER_DAY, SCENES, Scene, Scenes
from tests.attacks.signing import public_pem
from tests.command_centre.test_stamping import stamp
from tests.evidence_store.builder import (
    ORIGIN,
    SECOND,
    START_US,
    export,
    make_store,
    open_writer,
    write_session,
)
from tests.evidence_store.test_derived import derive
from tests.evidence_store.test_disclosure import disclose
from tests.evidence_store.test_document_account import Story
from tests.evidence_store.test_protection import witnessed_store
from tests.evidence_store.test_retention import PEOPLE, End

STOLEN = "stolen-session-key"
#: What the disclosure copy withholds: the second segment.
RULE = {
    "media": [
        {"session": FIRST, "start_us": START_US + 2 * SECOND, "end_us": START_US + 4 * SECOND}
    ]
}
_Make = Callable[[Scenes, Path], Scene]


def _scene(name: str, verdict: str = "") -> Callable[[_Make], _Make]:
    """Register a scene; with a verdict it is a clean kind as well."""

    def register(make: _Make) -> _Make:
        SCENES[name] = make
        if verdict:
            CLEAN[name] = verdict
        return make

    return register


def stolen_key(clean: Path) -> Path:
    """Where the key of the session FIRST lies, taken while it was open."""
    return clean.with_name(STOLEN)


def root_key(clean: Path) -> bytes:
    """The public key of the root that certified the keys, as PEM."""
    return public_pem(open_root(clean.with_name("root.pem"), b"paper").key.public_key)


def _take_key(writer: StoreWriter) -> bytes:
    """A memory dump of the recorder, as it were."""
    for _ in range(600):
        chain = writer._session_keys.chains().get(FIRST) if writer._session_keys else None
        if chain is not None and chain.key is not None:
            return chain.key.private_bytes_raw()
        time.sleep(0.05)
    raise AssertionError("the session never got a key")


@_scene("session keys", "complete")
def _session_keys(scenes: Scenes, top: Path) -> Scene:
    """Two sessions with a key each; FIRST is the last of the log."""
    ensure_format(top)
    open_host_keys(top, "recorder-1")
    root = make_root(top.with_name("root.pem"), "unit.example/root", b"paper")
    certify_log(root, top / "keys", "recorder-1", ORIGIN)
    writer = open_writer(top, host_keys=True, session_keys=True)
    write_session(writer, OTHER_DAY)
    script = write_session(writer, FIRST, close=False)
    stolen_key(top).write_bytes(_take_key(writer))
    script.close_recording("room1-camera")
    script.close()
    writer.close()
    return Scene(top, top)


def _vouched(top: Path) -> Path:
    top.mkdir(parents=True)
    store = top / "store"
    witnessed_store(store)
    authority = LocalAuthority(top / "authority")
    authority.make()
    asyncio.run(stamp(store, authority))
    return store


@_scene("witnessed and stamped store", "complete")
def _vouched_store(scenes: Scenes, top: Path) -> Scene:
    """Two witnesses have seen all of it, an authority has stamped it."""
    store = _vouched(top)
    return Scene(store, store)


@_scene("witnessed and stamped", "complete")
def _vouched_package(scenes: Scenes, top: Path) -> Scene:
    store = scenes.get("witnessed and stamped store").path
    return Scene(export(store, top, FIRST), store)


@_scene("documents", "complete")
def _documents(scenes: Scenes, top: Path) -> Scene:
    store = Story(top / "store").write()
    return Scene(export(store, top / "package", FIRST), store)


@_scene("documents of another log")
def _documents_elsewhere(scenes: Scenes, top: Path) -> Scene:
    """The record states the head of another log, and the log names that file."""
    story = Story(top / "store", statement=lambda text: text.replace("recorder-1", "recorder-9"))
    store = story.write()
    return Scene(export(store, top / "package", FIRST), store)


@_scene("documents with another page")
def _documents_other_page(scenes: Scenes, top: Path) -> Scene:
    """The signed record is not the one that was made, and the log names it."""
    store = Story(top / "store", signed_from=lambda made: made[:-6] + b"OTHERS signatures").write()
    return Scene(export(store, top / "package", FIRST), store)


@_scene("disclosure copy", "complete")
def _disclosure(scenes: Scenes, top: Path) -> Scene:
    store, _ = make_store(top / "store", sessions=2, centre=True)
    return Scene(disclose(store, top / "package", RULE, FIRST, OTHER_DAY), store)


@_scene("derived works", "complete_with_gaps")
def _derived(scenes: Scenes, top: Path) -> Scene:
    store, _ = make_store(top / "store", gap=True, centre=True)
    derive(store)
    return Scene(export(store, top / "package", FIRST), store)


@_scene("derived from others")
def _derived_from_others(scenes: Scenes, top: Path) -> Scene:
    """The centre's log names digests of segments that are not in the recorder's log."""
    store, _ = make_store(top / "store", gap=True, centre=True)
    derive(store, of={"sha256": "0" * 64})
    return Scene(export(store, top / "package", FIRST), store)


@_scene("sealed", "complete")
def _sealed(scenes: Scenes, top: Path) -> Scene:
    """A package that holds its media encrypted, as they lie in the store."""
    store = top / "store"
    writer = open_writer(store, sealer=Sealer.of_store(store / "recorder-1", ORIGIN, "machine"))
    write_session(writer, FIRST)
    writer.close()
    return Scene(export(store, top / "package", FIRST, sealed=True), store)


def _ended(name: str, verdict: str = "", **changes: Any) -> None:
    """The end of retention: a store, and a package of it."""

    @_scene(f"{name} store", verdict)
    def _store(scenes: Scenes, top: Path) -> Scene:
        top.mkdir(parents=True)
        store = End(**changes).carry_out(top)
        return Scene(store, store)

    @_scene(name, verdict)
    def _package(scenes: Scenes, top: Path) -> Scene:
        store = scenes.get(f"{name} store").path
        return Scene(export(store, top, FIRST), store)


_ended("retention ended", "complete")
_ended("retention ended unsaid", say_ended=False, say_key=False)
_ended("retention ended by one", people=[dict(PEOPLE[0])])
_ended("retention ended by one twice", people=[PEOPLE[0], {**PEOPLE[1], "by": "ac-1"}])
_ended("retention ended under hold", holds=[("hold.placed", "case", START_US)])
