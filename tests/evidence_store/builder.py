"""Makes small but complete stores: real writers, real keys, real files, no media content."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evidence_store.export import export_package
from evidence_store.host_keys import open_host_keys
from evidence_store.signer import Ed25519Signer
from evidence_store.store_format import ensure_format
from evidence_store.writer import Appended, Draft, FileWrite, StoreWriter

SECOND = 1_000_000
START_US = 1_795_300_000 * SECOND
SOFTWARE = {"software": "duizhi", "version": "0.1.0", "name": "test", "settings_sha256": "00"}
ORIGIN = "duizhi.local/recorder-1"
CENTRE_ORIGIN = "duizhi.local/centre"

CASE = {"id": "case-2026-014", "number": "渭应急案〔2026〕14号", "name": "某油库"}
SESSION = "s00000000000000000000"
CAMERA = f"data/media/{SESSION}/room1-camera"


def open_writer(
    store: Path,
    name: str = "recorder-1",
    *,
    host_keys: bool = False,
    gm: bool = False,
    **options: Any,
) -> StoreWriter:
    """Open the writer of one log, making store and keys when they are not there.

    Without ``host_keys`` there is an Ed25519 key alone, as in stores of earlier versions.
    """
    ensure_format(store)
    key = store / "keys" / f"{name}.pem"
    lone = Ed25519Signer.load if key.exists() else Ed25519Signer.generate
    signer = open_host_keys(store, name, gm=gm) if host_keys or gm else lone(key)
    origin = CENTRE_ORIGIN if name == "centre" else f"duizhi.local/{name}"
    return StoreWriter.open(
        store / name,
        origin=origin,
        signer=signer,
        software=SOFTWARE,
        **options,
    )


@dataclass
class SessionScript:
    """Writes one session the way the recorder does."""

    writer: StoreWriter
    session: str
    room: str = "room1"
    case: str = "case-2026-014"
    t_us: int = START_US
    pauses: int = 0
    totals: dict[str, dict[str, int]] = field(default_factory=dict)

    def append(
        self,
        kind: str,
        body: dict[str, Any],
        file: FileWrite | None = None,
        private: dict[str, Any] | None = None,
    ) -> Appended:
        draft = Draft(kind, self.session, self.room, body, self.t_us, file, private)
        return self.writer.submit([draft]).result(timeout=30)[0]

    def open(self) -> None:
        people = [{"name": "张某", "role": "interviewee", "certificate": ""}]
        body = {
            "case": self.case,
            "case_number": "渭应急案〔2026〕14号",
            "room_name": "第一询问室",
            "kind": "interview",
            "opened_by": "manager",
        }
        self.append("session.open", body, private={"people": people})

    def open_recording(self, source: str) -> None:
        self.totals[source] = {
            "start_us": self.t_us,
            "recorded_us": 0,
            "gap_us": 0,
            "pause_us": 0,
            "segments": 0,
            "epoch": 0,
        }
        self.append(
            "recording.open",
            {
                "source": source,
                "name": f"摄像机 {source}",
                "source_kind": "room_camera",
                "origin_us": self.t_us,
                "channels": ["interviewer", "interviewee"],
            },
        )
        self.init(source)

    def init(self, source: str, suffix: str = "mp4") -> None:
        epoch = self.totals[source]["epoch"] = self.totals[source]["epoch"] + 1
        path = f"media/{self.session}/{source}/e{epoch:03d}-init.{suffix}"
        body = {"source": source, "epoch": epoch, "mime": "video/mp4"}
        data = hashlib.sha256(path.encode()).digest() * 4
        self.append("media.init", body, FileWrite(path, data))

    def segment(self, source: str, duration_us: int = 2 * SECOND) -> Appended:
        totals = self.totals[source]
        number = totals["segments"] = totals["segments"] + 1
        path = f"media/{self.session}/{source}/e{totals['epoch']:03d}-{number:06d}.m4s"
        body = {
            "source": source,
            "epoch": totals["epoch"],
            "number": number,
            "start_us": self.t_us,
            "duration_us": duration_us,
            "media_start_us": self.t_us - totals["start_us"],
            "frames": 50,
            "audio_packets": 100,
            "sender_reports": [],
        }
        data = hashlib.sha256(path.encode()).digest() * 8
        result = self.append("media.segment", body, FileWrite(path, data))
        totals["recorded_us"] += duration_us
        self.t_us += duration_us
        return result

    def gap(self, source: str, length_us: int, *, pause: bool = False) -> None:
        body: dict[str, Any] = {
            "source": source,
            "start_us": self.t_us,
            "end_us": self.t_us + length_us,
            "track": "all",
        }
        if pause:
            self.pauses += 1
            order = {"pause": f"pa-{self.pauses}", "start_us": self.t_us}
            ended = {**order, "end_us": self.t_us + length_us, "why": "resumed"}
            both = ["audio", "video"]
            self.append("pause.begin", {**order, "tracks": both, "reason": "lawyer"})
            self.append("pause.end", ended)
            self.append("media.pause", {**body, "pause": order["pause"]})
        else:
            self.append("media.gap", {**body, "cause": "network"})
        self.totals[source]["pause_us" if pause else "gap_us"] += length_us
        self.t_us += length_us

    def tick(self, n: int) -> None:
        self.append("tick", {"n": n, "sources": {}, "disk_free_bytes": 1 << 40})

    def utterance(self, source: str, number: int, text: str) -> None:
        body = {
            "source": source,
            "id": f"u{number}",
            "speaker": "interviewee",
            "start_us": self.t_us - SECOND,
            "end_us": self.t_us,
            "language": "zh",
            "model": "demo",
            "model_sha256": "00",
        }
        self.append("utterance", body, private={"text": text, "words": []})

    def close_recording(self, source: str) -> None:
        totals = dict(self.totals[source])
        totals.pop("epoch")
        self.append("recording.close", {"source": source, "end_us": self.t_us, **totals})

    def close(self) -> None:
        recordings = [
            {"source": source, **{k: v for k, v in totals.items() if k != "epoch"}}
            for source, totals in self.totals.items()
        ]
        body = {
            "closed_by": "manager",
            "reason": "done",
            "start_us": START_US,
            "end_us": self.t_us,
            "recordings": recordings,
        }
        self.append("session.close", body)


def write_session(
    writer: StoreWriter,
    session: str,
    *,
    source: str = "room1-camera",
    segments: int = 4,
    gap: bool = False,
    close: bool = True,
) -> SessionScript:
    """One session with one source, optionally with a gap in the middle."""
    script = SessionScript(writer, session)
    script.open()
    script.open_recording(source)
    for number in range(segments):
        script.segment(source)
        script.tick(number)
        if number == 1:
            script.utterance(source, number, "是李某安排我们进去的 <确认>")
            if gap:
                script.gap(source, 3 * SECOND)
                script.init(source)
    if close:
        script.close_recording(source)
        script.close()
    return script


def make_store(
    path: Path,
    *,
    sessions: int = 1,
    centre: bool = False,
    host_keys: bool = False,
    **options: Any,
) -> tuple[Path, list[str]]:
    """A closed store with some sessions; returns it and their ids."""
    names = [f"s{number:020d}" for number in range(sessions)]
    writer = open_writer(path, host_keys=host_keys)
    for name in names:
        write_session(writer, name, **options)
    writer.close()
    if centre:
        centre_writer = open_writer(path, "centre", host_keys=host_keys)
        drafts = [
            Draft("login.ok", "", "", {"account": "manager"}, START_US),
            Draft("case.create", "", "", {"case": "case-2026-014", "by": "m"}, START_US),
            Draft("login.ok", "", "", {"account": "auditor"}, START_US),
            Draft("access.case", "", "", {"case": "case-2026-014", "by": "a"}, START_US),
        ]
        centre_writer.submit(drafts).result(timeout=30)
        centre_writer.close()
    return path, names


def export(store: Path, out: Path, *sessions: str, **options: Any) -> Path:
    """Export sessions of a store; returns the package."""
    case = options.pop("case", CASE)
    export_package(store, out, sessions=sessions, case=case, reason="移送", by="auditor", **options)
    return out


def all_files(package: Path) -> list[Path]:
    """Every file of a package, in order."""
    return sorted(path for path in package.rglob("*") if path.is_file())
