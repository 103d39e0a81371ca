"""The words of a verification report, Chinese and English."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Words:
    """One language."""

    title: str
    about: str
    at: str
    by: str
    zone: str
    colon: str
    joint: str  # between the units of a length of time
    record_itself: str
    entries: str
    last_entry: str
    key: str
    root: str
    identical: str
    headings: Mapping[str, Any]
    leads: Mapping[str, str]
    findings: Mapping[str, str]
    states: Mapping[str, str]
    lists: Mapping[str, str]
    own: Mapping[str, str]  # witnesses that are processes of the installation
    stamp: Callable[[str, str], str]  # an authority and the serial number of its last stamp
    method: Sequence[str]
    hours: Callable[[int], str]
    minutes: Callable[[int], str]
    seconds: Callable[[int], str]
    copy_name: Callable[[int], str]
    more: Callable[[int], str]
    wrong: Callable[[int], str]
    lasting: Callable[[str], str]
    complete: Callable[[int, str, int, str], str]
    gap_and_pause: Callable[[str, str], str]
    at_home: Callable[[str, str, str, int, int], str]
    not_identical: Callable[[Mapping[str, Any]], str]
    log_pair: Callable[[Mapping[str, Any]], str]


def _counts(one: int, many: str) -> str:
    return f"{one} {many if one != 1 else many.removesuffix('s')}"


_HOME_ZH = {
    "begins_ours": "与本机保存的日志一致，是其中前 {size:,} 条（本机现有 {ours:,} 条）",
    "not_ours": "与本机保存的同名日志不一致",
    "unknown_log": "本机没有这个日志，无从比对",
}
_HOME_EN = {
    "begins_ours": "is the same as the log kept here, its first {size:,} of {ours:,} entries",
    "not_ours": "is not the same as the log of that name kept here",
    "unknown_log": "is not kept here, so it cannot be compared",
}
_PAIR_ZH = {
    "same": "两份的日志完全相同",
    "first_longer": "第二份的日志是第一份的开头部分",
    "second_longer": "第一份的日志是第二份的开头部分",
    "parted": "两份的日志从第 {at} 条起不同",
    "only_first": "只有第一份有这个日志",
    "only_second": "只有第二份有这个日志",
    "unreadable": "日志读不出来，无从比对",
}
_PAIR_EN = {
    "same": "the log is the same in both copies",
    "first_longer": "the log of the second copy is the beginning of the first copy's",
    "second_longer": "the log of the first copy is the beginning of the second copy's",
    "parted": "the logs differ from entry {at} on",
    "only_first": "only the first copy has this log",
    "only_second": "only the second copy has this log",
    "unreadable": "the log cannot be read, so it cannot be compared",
}


def _pair(texts: Mapping[str, str], colon: str) -> Callable[[Mapping[str, Any]], str]:
    def said(log: Mapping[str, Any]) -> str:
        return f"{log['origin']}{colon}{texts[log['state']].format(at=log['parted_at'])}"

    return said


_ZH = Words(
    title="核验报告",
    about="核验对象",
    at="核验时间",
    by="核验人",
    zone="（北京时间）",
    colon="：",
    joint=" ",
    record_itself="记录本身",
    entries="日志条数",
    last_entry="最后一条",
    key="公钥指纹",
    root="校验值（树根）",
    identical="两份文件逐个相同。",
    headings={
        "findings": "发现的问题",
        "sources": "各路录音录像",
        "source_head": ["来源", "开始", "全长", "缺口与暂停", "结论"],
        "gaps": "缺口、暂停与问题时段",
        "gap_head": ["来源", "开始", "时长", "性质"],
        "logs": "日志",
        "vouchers": "见证与时间戳",
        "voucher_head": ["见证方", "所见条数", "最后一次"],
        "beside": "比对",
        "method": "核验方法",
    },
    leads={
        "complete": "完整。",
        "complete_with_gaps": "完整，缺口均已申明。",
        "not_yet_witnessed": "完整，但见证方尚未全部见证。",
        "altered": "已更改。",
        "missing": "有缺失。",
        "unreadable": "读不出来，不能下结论。",
    },
    findings={
        "altered": "与入库时不同",
        "signature_wrong": "检查点签名不对",
        "key_mismatch": "密钥不是这台录制机的",
        "key_certificate": "密钥未经上级密钥签发",
        "session_seal": "封存签名不对，或封存后又有内容",
        "unlisted": "多出一个没有入库的文件",
        "disclosure": "提供范围与决定不符",
        "accounting": "时长合计与记录不符",
        "pause_order": "停录没有相符的暂停命令",
        "pause_broken": "暂停期间仍有录制",
        "track_account": "有一路的时长对不上",
        "cosignature_wrong": "见证签名不对",
        "split_view": "见证方看到的是另一份日志",
        "policy_mismatch": "见证规则不是日志写明的那一份",
        "retention": "未按保管期限销毁",
        "stamp_wrong": "时间戳与检查点不符",
        "document_binding": "文书与日志互相对不上",
        "receipt": "与当事人手中的回执对不上",
        "missing": "不见了",
        "undeclared_gap": "没有录音录像，也没有申明",
        "ticks": "有时间没有心跳，也没有说明",
        "seal_missing": "已结束但没有封存签名",
        "log_truncated": "日志少了已签名的条目",
        "unreadable": "读不出来",
    },
    states={
        "gap": "已申明缺口",
        "pause": "申明暂停",
        "withheld": "未提供",
        "destroyed": "已到期销毁",
        "altered": "已更改",
        "missing": "缺失",
        "bad": "有问题",
        "good": "完整",
    },
    lists={
        "different": "内容不同",
        "only_first": "只在第一份",
        "only_second": "只在第二份",
    },
    own={"centre": "指挥中心"} | {f"recorder-{n}": f"录制机 {n}" for n in range(1, 10)},
    stamp=lambda name, serial: f"{name}（时间戳序列号 0x{serial}）",
    method=(
        "每个文件重新计算 SHA-256，与日志中的条目逐一核对；条目重新计算哈希，得出树根，"
        "与已签名的检查点核对（RFC 6962）。",
        "每路录音录像的全长等于录制、申明的缺口与申明暂停之和，逐秒核对。",
        "本报告只说明记录自入库后有无更改、缺失，不评价所说内容。",
        "任何人可用导出包内的 VERIFY.txt 和通用命令独立复核，不需要本系统。",
    ),
    hours=lambda n: f"{n} 小时",
    minutes=lambda n: f"{n} 分",
    seconds=lambda n: f"{n} 秒",
    copy_name=lambda n: "第一份" if n == 1 else "第二份",
    more=lambda n: f"另有 {n} 项未列出。",
    wrong=lambda n: f"发现 {n} 项问题，逐项列于下。",
    lasting=lambda text: f" 起 {text}",
    complete=lambda recordings, length, gaps, gap: (
        f"{recordings} 路录音录像，共 {length}，"
        + (f"{gaps} 处已申明缺口（{gap}），" if gaps else "没有缺口，")
        + "无任何更改。"
    ),
    gap_and_pause=lambda gap, pause: f"{gap}，{pause}",
    at_home=lambda name, origin, state, size, ours: (
        f"{name}{origin}：{_HOME_ZH[state].format(size=size, ours=ours)}"
    ),
    not_identical=lambda found: (
        f"两份不完全相同：{found['same']} 个文件相同，{found['different_count']} 个内容不同，"
        f"{found['only_first_count']} 个只在第一份，{found['only_second_count']} 个只在第二份。"
    ),
    log_pair=_pair(_PAIR_ZH, "："),
)

_EN = Words(
    title="Verification report",
    about="Verified",
    at="When",
    by="By",
    zone=" (UTC+08:00)",
    colon=": ",
    joint=" ",
    record_itself="The record itself",
    entries="Entries",
    last_entry="Last entry",
    key="Key fingerprint",
    root="Root of the tree",
    identical="Every file is the same in both copies.",
    headings={
        "findings": "What is wrong",
        "sources": "Recordings",
        "source_head": ["Source", "Begin", "Length", "Gaps, pauses", "Result"],
        "gaps": "Gaps, pauses and what is wrong",
        "gap_head": ["Source", "Begin", "Length", "What"],
        "logs": "Logs",
        "vouchers": "Witnesses and time stamps",
        "voucher_head": ["Who", "Entries seen", "Last"],
        "beside": "Comparison",
        "method": "How it was verified",
    },
    leads={
        "complete": "Complete.",
        "complete_with_gaps": "Complete; every gap is declared.",
        "not_yet_witnessed": "Complete, but the witnesses have not seen all of it yet.",
        "altered": "Altered.",
        "missing": "Something is missing.",
        "unreadable": "Unreadable: nothing can be said.",
    },
    findings={
        "altered": "differs from what was stored",
        "signature_wrong": "the checkpoint's signature is wrong",
        "key_mismatch": "the key is not this recorder's",
        "key_certificate": "a key is not certified by the key above it",
        "session_seal": "the seal is wrong, or something stands behind it",
        "unlisted": "a file that was never stored",
        "disclosure": "differs from what was decided to be withheld",
        "accounting": "the totals contradict the record",
        "pause_order": "withheld, and no order for it fits",
        "pause_broken": "recorded during a pause",
        "track_account": "the time of one track does not add up",
        "cosignature_wrong": "the signature of a witness is wrong",
        "split_view": "a witness has seen another log than this one",
        "policy_mismatch": "the policy of witnesses is not the one the log names",
        "retention": "destroyed against the rules of retention",
        "stamp_wrong": "a time stamp does not fit its checkpoint",
        "document_binding": "a document and the log do not agree",
        "receipt": "not what the person's receipt was given for",
        "missing": "is gone",
        "undeclared_gap": "nothing recorded, and no gap declared",
        "ticks": "time without a heartbeat and no word why",
        "seal_missing": "closed, and there is no seal",
        "log_truncated": "signed entries are gone",
        "unreadable": "cannot be read",
    },
    states={
        "gap": "declared gap",
        "pause": "declared pause",
        "withheld": "withheld",
        "destroyed": "destroyed, retention",
        "altered": "altered",
        "missing": "missing",
        "bad": "something is wrong",
        "good": "complete",
    },
    lists={
        "different": "Not the same",
        "only_first": "Only in the first",
        "only_second": "Only in the second",
    },
    own={"centre": "Command centre"} | {f"recorder-{n}": f"Recorder {n}" for n in range(1, 10)},
    stamp=lambda name, serial: f"{name} (time stamp, serial 0x{serial})",
    method=(
        "The SHA-256 of every file was computed anew and compared with its entry in the log; the "
        "entries were hashed anew up to the root and compared with the signed checkpoint "
        "(RFC 6962).",
        "The length of every recording is what was recorded, the declared gaps and the pauses by "
        "order, second by second.",
        "This report says whether the record was altered since it was stored, or lacks something. "
        "It does not judge what was said.",
        "Anybody can check an exported package by VERIFY.txt and common commands, without this "
        "system.",
    ),
    hours=lambda n: f"{n} h",
    minutes=lambda n: f"{n} min",
    seconds=lambda n: f"{n} s",
    copy_name=lambda n: "First copy" if n == 1 else "Second copy",
    more=lambda n: f"{n} more are not listed.",
    wrong=lambda n: f"{_counts(n, 'findings')}, listed below.",
    lasting=lambda text: f", {text}",
    complete=lambda recordings, length, gaps, gap: (
        f"{_counts(recordings, 'recordings')}, {length} in all, "
        + (f"{_counts(gaps, 'declared gaps')} ({gap}), " if gaps else "no gaps, ")
        + "nothing altered."
    ),
    gap_and_pause=lambda gap, pause: f"{gap}, {pause}",
    at_home=lambda name, origin, state, size, ours: (
        f"{name + ', ' if name else ''}{origin} {_HOME_EN[state].format(size=size, ours=ours)}"
    ),
    not_identical=lambda found: (
        f"The copies are not the same: {found['same']} files are, {found['different_count']} "
        f"differ, {found['only_first_count']} are only in the first, "
        f"{found['only_second_count']} only in the second."
    ),
    log_pair=_pair(_PAIR_EN, ": "),
)

WORDS: Mapping[str, Words] = {"zh": _ZH, "en": _EN}
