"""Reading a WHIP offer and finishing the answer (RFC 8866, RFC 9725 section 4), as text.

Pure. aiortc only ever sees an offer this module has reduced: one audio section with one codec, one
video section with one codec, no mDNS names, no end-of-candidates. Why:

* aiortc refuses H.264 Main and High, VP9 and AV1 although nothing here decodes them, so a profile
  is written as the one it knows, VP9 and AV1 as VP8, and what was offered is put back into the
  answer;
* ``a=end-of-candidates`` without candidates makes aiortc answer with none, and mDNS names cost
  seconds; the publisher's checks reveal its address anyway (RFC 8445, 7.3.1.3);
* one codec in the answer means the publisher cannot change it on the way.

H.264 is chosen first because everything plays it; otherwise the publisher's own order counts.
Opus is chosen before G.711, which has to be transcoded (``transcoder.py``).
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from dataclasses import dataclass, field

from recorder.errors import MalformedSdp, UnsupportedCodec
from recorder.media import AV1, H264, OPUS, PCMA, PCMU, VP8, VP9, Kind

SUPPORTED = (
    "H.264 (baseline, main or high profile), VP8, VP9 or AV1 (profile 0) video, Opus or G.711 audio"
)
_AIORTC_H264 = "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"
#: What a codec is called before aiortc: VP9 and AV1 go as VP8, it never looks inside.
_AIORTC_NAMES = {
    H264: "H264/90000",
    VP8: "VP8/90000",
    VP9: "VP8/90000",
    AV1: "VP8/90000",
    OPUS: "opus/48000/2",
    PCMU: "PCMU/8000",
    PCMA: "PCMA/8000",
}
_STATIC = {"0": ("pcmu", 8_000), "8": ("pcma", 8_000)}  # RFC 3551, 6: need no rtpmap
_OPUS_ANSWER = "minptime=10;stereo=1;useinbandfec=1"
_RTPMAP = re.compile(r"^rtpmap:(\d{1,3}) ([^/\s]+)/(\d+)(?:/(\d+))?")
_FMTP = re.compile(r"^fmtp:(\d{1,3}) (.*)$")
_PROFILES = {0x42: "baseline", 0x4D: "main", 0x64: "high"}
_PAYLOAD_LINE = re.compile(r"^(?:rtpmap|fmtp|rtcp-fb):(\d{1,3})\b")
_CANDIDATE = re.compile(
    r"^candidate:\S{1,32} 1 [Uu][Dd][Pp] \d{1,10} ([0-9a-fA-F.:]{3,45}) (\d{1,5}) "
    r"typ (?:host|srflx|relay)(?: raddr \S+ rport \d{1,5})?(?! raddr)(?: |$)"
)
_KEPT_FLAGS = frozenset({"sendonly", "sendrecv", "rtcp-mux", "ice-lite"})
_KEPT_PREFIXES = ("mid:", "setup:", "fingerprint:", "ice-ufrag:", "ice-pwd:", "ice-options:")
_HEADER_PREFIXES = (
    *("v=", "o=", "s=", "t=", "c=", "a=fingerprint:", "a=setup:"),
    *("a=ice-ufrag:", "a=ice-pwd:", "a=ice-options:", "a=ice-lite"),
)
ICE_UFRAG = re.compile(r"^[A-Za-z0-9+/]{4,256}$")
ICE_PWD = re.compile(r"^[A-Za-z0-9+/]{22,256}$")
_VALID: dict[str, re.Pattern[str]] = {
    "ice-ufrag": ICE_UFRAG,
    "ice-pwd": ICE_PWD,
    "fingerprint": re.compile(r"^[a-zA-Z0-9-]+ [0-9a-fA-F:]+$"),
    "setup": re.compile(r"^(?:actpass|active|passive)$"),
}


@dataclass(slots=True)
class Section:
    """One media section of the offer that will be recorded."""

    kind: Kind
    codec: str
    payload_type: int
    answer_fmtp: str  # what the answer says about the codec; empty for nothing
    parameter_sets: tuple[bytes, bytes] = (b"", b"")


@dataclass(slots=True)
class Offer:
    """What the offer holds, and the reduced text for aiortc."""

    text: str
    sections: list[Section] = field(default_factory=list)

    @property
    def mids(self) -> list[str]:
        """The names of the sections; the first is the one transport's."""
        return [line[6:] for line in self.text.split("\r\n") if line.startswith("a=mid:")]

    @property
    def kinds(self) -> list[Kind]:
        """The kinds of media offered."""
        return [section.kind for section in self.sections]


def read_offer(text: str) -> Offer:
    """Check an offer and reduce it to what is recorded.

    Raises:
        MalformedSdp: not an SDP offer that sends media over ICE and DTLS.
        UnsupportedCodec: none of the codecs can be recorded, or too many tracks.
    """
    lines = [line.strip() for line in text.replace("\r\n", "\n").split("\n") if line.strip()]
    if not lines or lines[0] != "v=0":
        raise MalformedSdp("expected an SDP offer beginning with v=0")
    if any(len(line) < 3 or line[1] != "=" for line in lines):
        raise MalformedSdp("expected lines of the form x=value")
    header, blocks = _split(lines)
    if not blocks:
        raise MalformedSdp("expected at least one audio or video section (m=)")
    offer = Offer("")
    reduced = _kept_header(header)
    for block in blocks:
        section, kept = _read_section(block, header)
        if section.kind in offer.kinds:
            raise UnsupportedCodec(f"one {section.kind} track at most; the offer has more")
        offer.sections.append(section)
        reduced += kept
    mids = [line[6:] for line in reduced if line.startswith("a=mid:")]
    _check_bundle(header, mids)
    reduced.insert(len(_kept_header(header)), "a=group:BUNDLE " + " ".join(mids))
    offer.text = "\r\n".join(reduced) + "\r\n"
    return offer


def finish_answer(text: str, offer: Offer, bits_per_s: int = 0) -> str:
    """The answer as it goes to the publisher; browsers begin at two thirds of ``bits_per_s``.

    They start at 0.3 Mbit/s otherwise and take many seconds to reach a picture worth recording;
    others do not know the parameter and ignore it.

    Raises:
        MalformedSdp: the answer carries no candidate, so nobody could connect.
    """
    if "a=candidate:" not in text:
        raise MalformedSdp("this recorder has no network address to answer with")
    by_type = {str(s.payload_type): s for s in offer.sections}
    finished: list[str] = []
    for line in text.replace("\r\n", "\n").split("\n"):
        if not line or line.startswith(("a=fingerprint:sha-384", "a=fingerprint:sha-512")):
            continue
        if line.startswith(("a=ssrc", "a=msid:")):
            continue  # nothing is sent back
        formats = _FMTP.match(line[2:])
        if formats is not None and formats.group(1) in by_type:
            continue
        finished.append(line)
        if line == "a=rtcp-mux":
            finished.append("a=rtcp-mux-only")
        mapped = _RTPMAP.match(line[2:])
        if mapped is not None and mapped.group(1) in by_type:
            section = by_type[mapped.group(1)]
            if section.codec in (VP9, AV1):
                finished[-1] = f"a=rtpmap:{mapped.group(1)} {section.codec}/90000"
            answer_fmtp = _answer_fmtp(section, bits_per_s)
            if answer_fmtp:
                finished.append(f"a=fmtp:{mapped.group(1)} {answer_fmtp}")
    return "\r\n".join(finished) + "\r\n"


def _answer_fmtp(section: Section, bits_per_s: int) -> str:
    parts = [section.answer_fmtp] if section.answer_fmtp else []
    if section.kind == "video" and bits_per_s:
        parts.append(f"x-google-start-bitrate={bits_per_s * 2 // 3000}")  # kbit/s
    return ";".join(parts)


def usable_candidate(attribute: str) -> bool:
    """Whether ``candidate:...`` names an address checks can be sent to: UDP, not mDNS."""
    match = _CANDIDATE.match(attribute)
    if match is None or not 0 < int(match.group(2)) < 1 << 16:
        return False
    try:
        return not ipaddress.ip_address(match.group(1)).is_unspecified
    except ValueError:
        return False


def _kept_header(header: list[str]) -> list[str]:
    return [line for line in header if line.startswith(_HEADER_PREFIXES)]


def _check_bundle(header: list[str], mids: list[str]) -> None:
    """One transport: every section in one BUNDLE group (RFC 9725, 4.4)."""
    groups = [line.split()[1:] for line in header if line.startswith("a=group:BUNDLE")]
    bundled = len(groups) == 1 and set(groups[0]) == set(mids)
    if len(set(mids)) != len(mids) or (len(mids) > 1 and not bundled):
        raise MalformedSdp("expected one transport: a=group:BUNDLE with the mid of every section")


def _split(lines: list[str]) -> tuple[list[str], list[list[str]]]:
    header: list[str] = []
    blocks: list[list[str]] = []
    for line in lines:
        if line.startswith("m="):
            blocks.append([line])
        elif blocks:
            blocks[-1].append(line)
        else:
            header.append(line)
    return header, blocks


def _read_section(block: list[str], header: list[str]) -> tuple[Section, list[str]]:
    media = block[0][2:].split()
    if len(media) < 4 or not media[1].isdigit():
        raise MalformedSdp("expected m=<media> <port> <protocol> <formats>")
    name, protocol, formats = media[0], media[2], media[3:]
    if name not in ("audio", "video"):
        raise UnsupportedCodec(f"{name} cannot be recorded; supported: {SUPPORTED}")
    if not all(number.isdigit() for number in formats):
        raise MalformedSdp("expected payload types as numbers")
    kind: Kind = "audio" if name == "audio" else "video"
    if "SAVPF" not in protocol:
        raise MalformedSdp("expected protocol UDP/TLS/RTP/SAVPF")
    attributes = [line[2:] for line in block if line.startswith("a=")]
    session = [line[2:] for line in header if line.startswith("a=")]
    _check_transport(attributes, session)
    directions = {a for a in attributes if a in ("sendrecv", "sendonly", "recvonly", "inactive")}
    if directions & {"recvonly", "inactive"}:
        raise MalformedSdp("expected sections that send (a=sendonly)")
    section = _choose(kind, formats, attributes)
    retransmission = _retransmission(section, attributes) if kind == "video" else None
    kept_types = [str(section.payload_type)] + ([retransmission] if retransmission else [])
    kept = [" ".join(["m=" + name, media[1], protocol, *kept_types])]
    kept += [line for line in block[1:] if _keep(line, kept_types)]
    mapped = f"a=rtpmap:{section.payload_type} "
    kept = [line for line in kept if not line.startswith(mapped)]
    kept.append(mapped + _AIORTC_NAMES[section.codec])
    if section.codec == H264:
        kept.append(f"a=fmtp:{section.payload_type} {_AIORTC_H264}")
    return section, kept


def _check_transport(attributes: list[str], session: list[str]) -> None:
    for name, valid in _VALID.items():
        found = [a.partition(":")[2] for a in (*attributes, *session) if a.startswith(name + ":")]
        if not found:
            raise MalformedSdp(f"expected a={name}: in every section")
        if not all(valid.match(value) for value in found):
            raise MalformedSdp(f"a={name}: has a value that RFC 8839 or RFC 8122 does not allow")
    if sum(re.match(r"^mid:\S+$", a) is not None for a in attributes) != 1:
        raise MalformedSdp("expected one a=mid: in every section")


def _keep(line: str, kept_types: list[str]) -> bool:
    """Only what aiortc needs reaches it: less to parse is less to break."""
    if not line.startswith("a="):
        return line.startswith("c=")
    body = line[2:]
    payload = _PAYLOAD_LINE.match(body)
    if payload is not None:
        own = payload.group(1) == kept_types[0]
        return payload.group(1) in kept_types and not (own and body.startswith("fmtp:"))
    if body.startswith("candidate:"):
        return usable_candidate(body)
    return body in _KEPT_FLAGS or body.startswith(_KEPT_PREFIXES)


def _maps(attributes: list[str]) -> tuple[dict[str, tuple[str, int]], dict[str, dict[str, str]]]:
    names: dict[str, tuple[str, int]] = {}
    formats: dict[str, dict[str, str]] = {}
    for attribute in attributes:
        mapped = _RTPMAP.match(attribute)
        if mapped is not None:
            names[mapped.group(1)] = (mapped.group(2).lower(), int(mapped.group(3)))
        parameters = _FMTP.match(attribute)
        if parameters is not None:
            pairs = (item.strip().partition("=") for item in parameters.group(2).split(";"))
            formats[parameters.group(1)] = {key.lower(): value for key, _, value in pairs if key}
    return names, formats


def _choose(kind: Kind, payload_types: list[str], attributes: list[str]) -> Section:
    names, formats = _maps(attributes)
    found: list[Section] = []
    offered: list[str] = []
    for payload_type in payload_types:
        name, rate = names.get(payload_type, _STATIC.get(payload_type, ("", 0)))
        if name and name not in ("rtx", "red", "ulpfec", "flexfec-03", "telephone-event", "cn"):
            offered.append(name)
        section = _section(kind, int(payload_type), name, rate, formats.get(payload_type, {}))
        if section is not None:
            found.append(section)
    for preferred in (H264, OPUS):
        for section in found:
            if section.codec == preferred:
                return section
    if found:
        return found[0]
    listed = ", ".join(dict.fromkeys(offered)) or "nothing"
    raise UnsupportedCodec(f"{kind} offers {listed}; supported: {SUPPORTED}")


def _section(
    kind: Kind, payload_type: int, name: str, rate: int, parameters: dict[str, str]
) -> Section | None:
    """The section of one offered codec; None when it cannot be recorded."""
    if kind == "audio" and rate == 8_000 and name in ("pcmu", "pcma"):
        return Section("audio", name.upper(), payload_type, "")
    if not (96 <= payload_type <= 127 or 35 <= payload_type <= 63):  # RFC 5761, 4
        return None
    if kind == "audio":
        is_opus = name == "opus" and rate == 48_000
        return Section("audio", OPUS, payload_type, _OPUS_ANSWER) if is_opus else None
    if name == "h264":
        return _h264_section(payload_type, parameters)
    if name == "vp8":
        return Section("video", VP8, payload_type, "")
    if name == "vp9" and parameters.get("profile-id", "0") == "0":
        return Section("video", VP9, payload_type, "profile-id=0")
    if name == "av1" and parameters.get("profile", "0") == "0":
        level, tier = parameters.get("level-idx", "5"), parameters.get("tier", "0")
        if level.isdigit() and tier in ("0", "1"):
            return Section("video", AV1, payload_type, f"level-idx={level};profile=0;tier={tier}")
    return None


def _h264_section(payload_type: int, parameters: dict[str, str]) -> Section | None:
    mode = parameters.get("packetization-mode", "0")
    profile = parameters.get("profile-level-id", "42e01f")
    known = re.fullmatch(r"[0-9a-fA-F]{6,7}", profile)
    if mode not in ("0", "1") or known is None or int(profile[:2], 16) not in _PROFILES:
        return None
    answer = f"level-asymmetry-allowed=1;packetization-mode={mode};profile-level-id={profile}"
    sets = _sprop(parameters.get("sprop-parameter-sets", ""))
    return Section("video", H264, payload_type, answer, sets)


def _sprop(value: str) -> tuple[bytes, bytes]:
    """SPS and PPS from the offer; some encoders send them nowhere else."""
    sps = pps = b""
    for part in value.split(","):
        try:
            unit = base64.b64decode(part, validate=True)
        except (binascii.Error, ValueError):
            continue
        if unit and unit[0] & 0x1F == 7:
            sps = unit
        elif unit and unit[0] & 0x1F == 8:
            pps = unit
    return (sps, pps) if sps and pps else (b"", b"")


def _retransmission(section: Section, attributes: list[str]) -> str | None:
    names, formats = _maps(attributes)
    for payload_type, (name, _) in names.items():
        if name == "rtx" and formats.get(payload_type, {}).get("apt") == str(section.payload_type):
            return payload_type
    return None
