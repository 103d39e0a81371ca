"""VERIFY.txt: how a stranger checks a package with stock commands only.

The commands of each numbered step are a block that can be pasted into ``sh`` in the package's
directory; a test runs exactly these blocks with the real tools.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from evidence_store.coverage import uncovered_text
from evidence_store.document_account import FILED
from evidence_store.entry import Entry
from evidence_store.report import LogReport
from evidence_store.transcript import clock_text

_TEXT = """\
核验方法 · HOW TO VERIFY THIS PACKAGE
====================================

一条命令核验全部（Python 3.10 或更新，无需安装任何软件，不联网）：
Everything in one command (Python 3.10 or newer, nothing to install, no network):

    python3 verify.py

下面的步骤不使用我方任何程序，只用 sha256sum、openssl（1.1.1 或更新）、xxd 和 sh。
请在本目录中逐段粘贴执行。每一步都应显示所写的结果。临时文件放在 $T，不写入本目录。
The steps below use no program of ours, only sha256sum, openssl (1.1.1 or newer), xxd and sh.
Paste them block by block in this directory. Each must print what is written beside it.
Temporary files go to $T; nothing is written here.

    T=$(mktemp -d)


1. 文件未变 · No file has changed                      [应无输出 prints nothing]
--------------------------------------------------------------------------------
    sha256sum --quiet -c tagmanifest-sha256.txt
    sha256sum --quiet -c manifest-sha256.txt


2. 日志由谁签名 · Who signed the log
--------------------------------------------------------------------------------
公钥指纹必须与笔录末页、光盘标签或办案单位另行告知的一致：
The fingerprint must equal the one on the record's last page, on the disc's label, or told to
you by the unit:

{fingerprints}

    L=data/log
    openssl pkey -pubin -in "$L/public-key.pem" -outform DER | openssl dgst -sha256

检查点（日志的大小和根）的签名            [应显示 Signature Verified Successfully]
The signature on the checkpoint, the size and root of the log:

    sed '/^$/,$d' "$L/checkpoint" > "$T/text"
    sed '1,/^$/d' "$L/checkpoint" | head -n 1 | cut -d ' ' -f 3 \\
      | base64 -d | tail -c 64 > "$T/signature"
    openssl pkeyutl -verify -pubin -inkey "$L/public-key.pem" -rawin \\
      -in "$T/text" -sigfile "$T/signature"


3. 一段录像在日志中 · One segment of video is in the log
--------------------------------------------------------------------------------
例：{example_time}（北京时间）开始的一段。换成任何其他文件同样适用。
Example: the segment that starts at {example_time} (UTC+08:00). Any other file will do.

    F={example_path}

该文件的条目（日志原文）及其中的 SHA-256               [应显示 entry names the file]
Its entry, as it stands in the log, and the SHA-256 therein:

    grep -F "\\"path\\":\\"$F\\"" "$L/entries.jsonl" | head -n 1 > "$T/entry"
    grep -F -q "\\"sha256\\":\\"$(sha256sum "data/$F" | cut -d ' ' -f 1)\\"" "$T/entry" \\
      && echo entry names the file

条目在已签名的树中（RFC 6962 包含证明）                [应显示 entry is in the signed log]
The entry is in the signed tree (RFC 6962 inclusion proof):

    h() {{ xxd -r -p | openssl dgst -sha256 -binary | xxd -p -c 64; }}
    i=$(sed 's/.*"seq":\\([0-9]*\\),"session".*/\\1/' "$T/entry")
    n=$(sed -n 2p "$L/checkpoint")
    root=$(sed -n 3p "$L/checkpoint" | base64 -d | xxd -p -c 64)
    node=$( (printf 00; tr -d '\\n' < "$T/entry" | xxd -p | tr -d '\\n') | h)
    fn=$i; sn=$((n - 1))
    for p in $(sed '/^$/,$d' "$L/proofs/$i.tlog-proof" | sed 1,2d); do
      p=$(printf %s "$p" | base64 -d | xxd -p -c 64)
      if [ $((fn % 2)) = 1 ] || [ "$fn" = "$sn" ]; then
        node=$(printf '01%s%s' "$p" "$node" | h)
        while [ $((fn % 2)) = 0 ] && [ "$fn" != 0 ]; do fn=$((fn / 2)); sn=$((sn / 2)); done
      else
        node=$(printf '01%s%s' "$node" "$p" | h)
      fi
      fn=$((fn / 2)); sn=$((sn / 2))
    done
    [ "$node" = "$root" ] && [ "$sn" = 0 ] && echo entry is in the signed log


4. 播放文件就是各段相接 · The playable copy is its segments joined  [应显示 same bytes]
--------------------------------------------------------------------------------
    D=$(dirname "data/$F"); E=$(basename "$F" | cut -c 1-4)
    [ "$(cat "$D/$E"-init.* "$D/$E"-[0-9]*.* | sha256sum)" = \\
      "$(cat "$D/$E"-play.* | sha256sum)" ] && echo same bytes
    rm -r "$T"


观看和其他文件 · Viewing, and what else is here
--------------------------------------------------------------------------------
data/player.html 用浏览器打开即可并排观看全部录像（不联网）。它只供观看，不能证明任何内容。
data/case.jsonld 供其他取证软件读取（CASE/UCO），由日志生成，以日志为准。
Open data/player.html in a browser to watch all recordings side by side, without a network. It is
for viewing and proves nothing. data/case.jsonld is for other forensic tools (CASE/UCO), made from
the log; the log decides.


补录 · Late recordings
--------------------------------------------------------------------------------
事后交来的文件（如执法记录仪存储卡）放在 data/media/…/late-…/：original.* 是交来的原件，其余
是其中填补缺口的部分，播放方法相同，核验方法同第 3 步（F 换成该文件）。每一段在日志中都写明是补录
（late.segment），从不计入现场接收的时间。
Files handed over afterwards lie in data/media/…/late-…/: original.* is the file as it was handed
over, the rest are its parts that stand where nothing was received. They are checked as in step 3
(put their path into F). The log calls each of them late; none is counted as received live.


{withheld}能证明什么，不能证明什么 · WHAT THIS PROVES, AND WHAT NOT
--------------------------------------------------------------------------------
证明：所列每一段录音录像、每一条记录自写入签名日志后未被更改；同一次询问的条目没有被抽走
（每条都写明前一条的序号）；缺口均有申明，并有起止时间和原因。
不能证明：签名密钥本身未被盗用（请核对指纹）；录制之前画面是否真实；尚未结束的询问在最后
一条之后的内容；机器识别文字是否正确（以录音录像为准）。
It proves that every segment and entry shown is unchanged since it was written into the signed
log; that no entry of a session was taken out (each names the one before it); and that every
interruption is declared with its bounds and cause.
It does not prove that the signing key was never stolen (compare the fingerprint); that what
stood before the camera was genuine; anything after the last entry of a session still open; or
that the machine's words are right (the recording decides).
"""

_UNCOVERED = """

签名日志没有覆盖的内容 · WHAT THE SIGNED LOG DOES NOT COVER
--------------------------------------------------------------------------------
以下文件（或其所述部分）如与清单一并改动，不会被发现。case.json 的 uncovered 所列与此相同：
These files, or the parts named, could be changed together with the manifests and not be found;
"uncovered" in case.json lists the same:

"""


_WITHHELD = """\
本包是提供副本，有内容未提供 · THIS IS A DISCLOSURE COPY, PARTS ARE WITHHELD
--------------------------------------------------------------------------------
决定写在中心日志的 disclose.made 条目（{disclosure}）中；未提供的列在
data/log*/withheld.json。全部条目都在，只是部分录音录像的字节和条目的非公开内容不在。
verify.py 按该决定逐条核对：
所列的确实不在，未列的一样不少。
The decision is the entry disclose.made ({disclosure}) of the centre's log; what is withheld is
listed in data/log*/withheld.json. Every entry is here; some bytes of media and some private parts
of entries are not. verify.py applies the decision to the entries: what is listed is absent, and
nothing else is.


"""

_FURTHER = (
    "本包的询问由多个录制进程记录，各有自己的日志：把 L 换成上列各目录，重复第 2、3 步。",
    "Several recorders wrote these sessions, each its own log: repeat steps 2 and 3 with L set to",
    "each of these folders.",
)

_TWIN_FILE = "data/log/leaf-hashes.sm3"
#: A path that means nothing to a shell.
_PLAIN = re.compile(r"documents/[A-Za-z0-9_./-]{1,200}")

_DOCUMENTS = """\
笔录、告知书 · Records of questioning, notices      [应显示 document is in the log]
--------------------------------------------------------------------------------
笔录和本人签收的权利义务告知书在 data/documents/。每一份都由日志的一条记录写明校验值；每页页脚印着
当时日志的条数和校验值（根），文件里也有同样一行。签名后的笔录以签名前的文件原样开头。
Records, and notices of rights that were signed for, lie in data/documents/. An entry of the log
names each by its digest; every page prints the size and root of the log at that time, and the file
holds the same in one line. A signed record begins with the very bytes of the unsigned one.

    F={path}
    S=$(sha256sum "data/$F" | cut -d ' ' -f 1)
    grep -h "\\"path\\":\\"$F\\"" data/log*/entries.jsonl | grep -q "\\"sha256\\":\\"$S\\"" \\
      && echo document is in the log
    grep -a -o 'duizhi-record/1 [ -~]* root=[0-9a-f]*' "data/$F" | sort -u

verify.py 会从日志重新算出该条数时的根并比较。PDF 内的数字签名用 pdfsig（poppler-utils）查看：签名
证书由办案单位自己的签名机构签发，不是电子认证服务机构的证书；与签名人的联系在于手写笔迹、签名过程的
录像和日志。
verify.py computes the root at that size again and compares it. The signatures inside the PDF are
shown by pdfsig (poppler-utils). Their certificates are those of the unit's own signing authority,
not of a licensed certification service; what ties them to a person is the handwriting, the
recording of the signing, and the log.


"""


_WITHOUT_MEDIA = """\
3. 本包没有录像 · This package holds no media
--------------------------------------------------------------------------------
    rm -r "$T"


"""


_STAMPS = """\
时间戳 · Time stamps                                    [每个应显示 Verification: OK]
--------------------------------------------------------------------------------
某一时刻日志已经写到哪里，由时间戳机构签名（RFC 3161）。certs.pem 中的根证书是否可信，请向该机构
核对；证书过期后，在第三行末尾加 -attime 和时间戳中时刻的秒数。
How far the log had come at a moment, signed by a time stamping authority (RFC 3161). Ask the
authority whether the root in certs.pem is its own. Once certificates have expired, add -attime
with the seconds of the stamp's moment to the third line. Each must print Verification: OK:

    for t in data/*/stamps/*.tsr; do
      d=${t%.tsr}; d=${d%-2}.checkpoint; c=$(dirname "$t")/certs.pem
      openssl ts -verify -in "$t" -data "$d" -CAfile "$c" 2> /dev/null
      openssl ts -reply -in "$t" -text 2> /dev/null | grep "Time stamp"
    done


"""
_TWIN = """\
国密孪生树 · Twin tree with SM3                          [应显示 SM3 leaf is right]
--------------------------------------------------------------------------------
同一批条目另以 SM3（GB/T 32905）成树，树根由 SM2 签名，在 checkpoint.sm3；各叶在 leaf-hashes.sm3。
verify.py 核对树根、签名和每条条目；下面用 openssl 3 核对第一条。
The same entries are a second tree with SM3; its head, signed with SM2, is checkpoint.sm3, its leaf
hashes are leaf-hashes.sm3. verify.py checks root, signatures and every entry; openssl 3 the first:

    T=$(mktemp -d); L=data/log
    head -n 1 "$L/entries.jsonl" | tr -d '\\n' > "$T/entry"
    i=$(sed 's/.*"seq":\\([0-9]*\\),"session".*/\\1/' "$T/entry")
    (printf '\\000'; cat "$T/entry") | openssl dgst -sm3 -binary > "$T/leaf"
    dd if="$L/leaf-hashes.sm3" bs=32 skip="$i" count=1 2> /dev/null | cmp - "$T/leaf" \\
      && echo SM3 leaf is right
    rm -r "$T"


"""
_LAST_PART = "能证明什么，不能证明什么"


def verify_text(
    entries: Sequence[Entry],
    heads: Mapping[str, LogReport],
    names: Collection[str] = (),
    disclosure: str = "",
    *,
    stamped: bool = False,
) -> str:
    """VERIFY.txt for a package of files with these names and these entries in its main log.

    ``stamped``: it has time stamps.

    ``heads`` are its recorders' logs by folder, the main one first. The example is the first
    segment of the main log; what holds for the main log is repeated for the others with ``L``.
    """
    text = _filled_text(entries, heads, disclosure)
    before, mark, after = text.partition(_LAST_PART)
    added = (_STAMPS if stamped else "") + (_TWIN if _TWIN_FILE in names else "")
    filled = before + added + mark + after
    return filled + _UNCOVERED + uncovered_text(names) + "\n"


def _filled_text(entries: Sequence[Entry], heads: Mapping[str, LogReport], disclosure: str) -> str:
    fingerprints = _fingerprints(heads)
    withheld = _WITHHELD.format(disclosure=disclosure) if disclosure else ""
    paths = [entry.body.get("path") for entry in entries if entry.kind in FILED]
    plain = [path for path in paths if isinstance(path, str) and _PLAIN.fullmatch(path)]
    if plain and not disclosure:
        withheld = _DOCUMENTS.format(path=plain[-1]) + withheld
    for entry in entries:
        path, start_us = entry.body.get("path"), entry.body.get("start_us")
        if entry.kind == "media.segment" and isinstance(path, str) and type(start_us) is int:
            return _TEXT.format(
                fingerprints=fingerprints,
                example_path=path,
                example_time=clock_text(start_us),
                withheld=withheld,
            )
    before, _, rest = _TEXT.partition("3. 一段录像")
    after = rest[rest.index("{withheld}能证明什么") :]
    return (before + _WITHOUT_MEDIA + after).format(fingerprints=fingerprints, withheld=withheld)


def _fingerprints(heads: Mapping[str, LogReport]) -> str:
    if len(heads) == 1:
        [head] = heads.values()
        return f"  {head.key_sha256}"
    lines = [f"  {folder}  {head.key_sha256}" for folder, head in heads.items()]
    return "\n".join([*lines, "", *_FURTHER])
