"""``data/case.jsonld``: the package as a CASE/UCO graph, for other forensic tools to read.

CASE 1.4 and UCO 1.4 (https://caseontology.org), JSON-LD 1.1. It is written from the entries and
the digests of what was put into the package, never the source of truth: the verifier does not
read it, the package's manifest covers it. The same package always gives the same bytes:
identifiers are UUIDs of version 5 over what they name.

Files are the playable copies, originals handed over afterwards, transcripts, documents, derived
works and the logs. Single segments are left to the log: there is one a second.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from evidence_store.books import Books, Recording, Session
from evidence_store.entry import Entry
from evidence_store.late_account import late_files
from evidence_store.package_layout import TRANSCRIPTS, play_path

CASE_GRAPH = "data/case.jsonld"
_SPACE = uuid.UUID("0b0d6f9c-6a55-5f0e-9d3e-3f5b8f3d7c11")
_CONTEXT = {
    "case-investigation": "https://ontology.caseontology.org/case/investigation/",
    "kb": "urn:duizhi:",
    "uco-action": "https://ontology.unifiedcyberontology.org/uco/action/",
    "uco-core": "https://ontology.unifiedcyberontology.org/uco/core/",
    "uco-identity": "https://ontology.unifiedcyberontology.org/uco/identity/",
    "uco-location": "https://ontology.unifiedcyberontology.org/uco/location/",
    "uco-observable": "https://ontology.unifiedcyberontology.org/uco/observable/",
    "uco-tool": "https://ontology.unifiedcyberontology.org/uco/tool/",
    "uco-types": "https://ontology.unifiedcyberontology.org/uco/types/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_EXTRA_FILES = ("data/documents/", "data/derived/")
_LOGS = ("data/log", "data/centre-log")
_LOG_FILES = ("/checkpoint", "/entries.jsonl", "/leaf-hashes", "/public-key.pem")
#: Acts of the centre's log that are handling of the evidence.
_ACTS = ("access", "copy.", "custody", "disclose.", "export", "verify", "view.", "derived.")
_ACTS_MAX = 2000  # of one package; more are left to the log

Node = dict[str, Any]


@dataclass(frozen=True)
class Making:
    """Who makes the package, when and why."""

    case: Mapping[str, Any]
    reason: str
    by: str
    exported_us: int


def case_graph(
    books: Books,
    files: Mapping[str, tuple[str, int]],
    centre: Sequence[Entry],
    making: Making,
) -> bytes:
    """The graph; ``files`` are SHA-256 and size of the package's files by name."""
    graph = _Graph(files)
    acts = [_session_action(graph, session) for session in books.sessions.values()]
    acts += _acts(graph, centre)
    acts.append(_export_action(graph, making, acts))
    _investigation(graph, making, acts)
    return graph.text()


class _Graph:
    """Nodes by identifier."""

    def __init__(self, files: Mapping[str, tuple[str, int]]) -> None:
        self.files = files
        self._nodes: dict[str, Node] = {}

    def node(self, kind: str, name: str, values: Mapping[str, Any] | None = None) -> Node:
        """The node of this type and name, made when it is not there; empty values are left out."""
        local = kind.rpartition(":")[2].lower()
        identifier = f"kb:{local}-{uuid.uuid5(_SPACE, f'{kind} {name}')}"
        node = self._nodes.setdefault(identifier, {"@id": identifier, "@type": kind})
        node.update({key: value for key, value in (values or {}).items() if value not in ("", [])})
        return node

    def file(self, name: str) -> list[Node]:
        """A file of the package with its size and SHA-256; nothing when it is not there."""
        if name not in self.files:
            return []
        sha256, size = self.files[name]
        digest = self.node(
            "uco-types:Hash",
            name,
            {
                "uco-types:hashMethod": "SHA256",
                "uco-types:hashValue": {"@type": "xsd:hexBinary", "@value": sha256.upper()},
            },
        )
        content = {"uco-observable:hash": _reference(digest), "uco-observable:sizeInBytes": size}
        place = {
            "uco-observable:fileName": name.rpartition("/")[2],
            "uco-observable:filePath": name,
            "uco-observable:sizeInBytes": size,
        }
        facets = [
            self.node("uco-observable:ContentDataFacet", name, content),
            self.node("uco-observable:FileFacet", name, place),
        ]
        values = {"uco-core:hasFacet": _references(facets)}
        return [self.node("uco-observable:File", name, values)]

    def person(self, name: str) -> Node:
        """A person, known by name only."""
        return self.node("uco-identity:Person", name, {"uco-core:name": name})

    def provenance(self, name: str, description: str, objects: Sequence[Node]) -> Node:
        """What an act resulted in."""
        values = {"uco-core:description": description, "uco-core:object": _references(objects)}
        return self.node("case-investigation:ProvenanceRecord", name, values)

    def action(self, name: str, what: str, values: Mapping[str, Any]) -> Node:
        """An act of the investigation."""
        stated = {"uco-core:name": what, **values}
        return self.node("case-investigation:InvestigativeAction", name, stated)

    def text(self) -> bytes:
        """The document."""
        nodes = [self._nodes[name] for name in sorted(self._nodes)]
        value = {"@context": _CONTEXT, "@graph": nodes}
        return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"


def _investigation(graph: _Graph, making: Making, acts: Sequence[Node]) -> None:
    name = " ".join(_said(making.case, key) for key in ("number", "name")).strip()
    values = {
        "uco-core:name": name,
        "uco-core:description": _said(making.case, "cause"),
        "uco-core:object": _references(acts),
    }
    graph.node("case-investigation:Investigation", _said(making.case, "id") or name, values)


def _session_action(graph: _Graph, session: Session) -> Node:
    """A session with its people, place, devices and what it resulted in."""
    people = _people_of(graph, session)
    room = _said(session.opening, "room_name") or session.room
    asking = [person for person, role in people if role == "interviewer"]
    files = [file for name in _session_files(graph, session) for file in graph.file(name)]
    record = graph.provenance(f"session {session.id}", "what was recorded in this session", files)
    values = {
        "uco-action:startTime": _moment_value(session.opened_us),
        "uco-action:endTime": _moment_value(session.closed_us),
        "uco-action:instrument": _references(
            [_device(graph, recording) for _, recording in sorted(session.recordings.items())]
        ),
        "uco-action:location": _references(
            [graph.node("uco-location:Location", room, {"uco-core:name": room})] if room else []
        ),
        "uco-action:participant": _references([person for person, _ in people]),
        "uco-action:performer": _reference(asking[0]) if asking else "",
        "uco-action:result": _references([record, *files]),
        "uco-core:description": f"session {session.id}, {_said(session.opening, 'kind')}",
    }
    return graph.action(f"session {session.id}", "recording of a session", values)


def _people_of(graph: _Graph, session: Session) -> list[tuple[Node, str]]:
    stated = session.opening.get("people")
    people = [one for one in stated if isinstance(one, dict)] if isinstance(stated, list) else []
    return [
        (graph.person(_said(one, "name")), _said(one, "role"))
        for one in people
        if _said(one, "name")
    ]


def _device(graph: _Graph, recording: Recording) -> Node:
    name = recording.name or recording.source
    facet = {"uco-observable:deviceType": "camera or microphone"}
    values = {
        "uco-core:name": name,
        "uco-core:hasFacet": _references(
            [graph.node("uco-observable:DeviceFacet", recording.source, facet)]
        ),
    }
    return graph.node("uco-observable:Device", recording.source, values)


def _session_files(graph: _Graph, session: Session) -> Iterable[str]:
    for _, recording in sorted(session.recordings.items()):
        for epoch in sorted(recording.inits):
            yield play_path(recording, epoch)
    for late in late_files(session):
        if late.original:
            yield "data/" + late.original.path
        for epoch in sorted(late.media.inits):
            yield play_path(late.media, epoch)
    for name in sorted(graph.files):
        if name.startswith(f"{TRANSCRIPTS}{session.id}-"):
            yield name


def _acts(graph: _Graph, centre: Iterable[Entry]) -> list[Node]:
    """How the evidence was handled, from the centre's log: one act informs the next."""
    acts: list[Node] = []
    handled = [entry for entry in centre if entry.kind.startswith(_ACTS)]
    for entry in handled[:_ACTS_MAX]:
        body = entry.body
        said = {key: _said(body, key) for key in ("reason", "what", "verdict", "sha256")}
        person = _said(body, "by_name") or _said(body, "by")
        values = {
            "uco-action:startTime": _moment_value(entry.t_us),
            "uco-action:performer": _reference(graph.person(person)) if person else "",
            "uco-core:description": ", ".join(f"{k} {v}" for k, v in said.items() if v),
            "case-investigation:wasInformedBy": _references(acts[-1:]),
        }
        acts.append(graph.action(f"centre entry {entry.seq}", entry.kind, values))
    return acts


def _export_action(graph: _Graph, making: Making, before: Sequence[Node]) -> Node:
    names = [
        name
        for name in sorted(graph.files)
        if name.startswith(_EXTRA_FILES) or (name.startswith(_LOGS) and name.endswith(_LOG_FILES))
    ]
    files = [file for name in names for file in graph.file(name)]
    record = graph.provenance("package", "the package of which this graph is a part", files)
    tool = graph.node("uco-tool:Tool", "duizhi", {"uco-core:name": "Duizhi"})
    values = {
        "uco-action:startTime": _moment_value(making.exported_us),
        "uco-action:performer": _reference(graph.person(making.by)) if making.by else "",
        "uco-action:instrument": _references([tool]),
        "uco-action:result": _references([record, *files]),
        "uco-core:description": making.reason,
        "case-investigation:wasInformedBy": _references(before),
    }
    return graph.action("export", "export of the package", values)


def _reference(node: Node) -> Node:
    return {"@id": node["@id"]}


def _references(nodes: Iterable[Node]) -> list[Node]:
    """References without repetition, in order."""
    return [{"@id": name} for name in dict.fromkeys(node["@id"] for node in nodes)]


def _moment_value(t_us: int | None) -> Any:
    """A time as xsd:dateTime; a wild number of an altered entry is left out."""
    if t_us is None:
        return ""
    try:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=t_us)
    except OverflowError:
        return ""
    text = moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return {"@type": "xsd:dateTime", "@value": text}


def _said(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    return value if isinstance(value, str) else ""
