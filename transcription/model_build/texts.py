# mypy: disable-error-code="import-not-found, no-untyped-call"
"""Plain sentences out of the public texts that the language models are counted from.

Reads copies that somebody has put on this disk; nothing is fetched. Writes one file a source and
language, one sentence or turn a line. The texts themselves are not part of the repository:

archive  speeches as Akoma Ntoso XML (audreyt/archive.tw, CC0), traditional characters
tatoeba  sentence pairs, two columns parted by a tab (tatoeba.org, CC BY 2.0 FR)
kdconv   dialogues, data/{film,music,travel}/{dev,test}.json (thu-coai/KdConv, Apache-2.0)
crosswoz dialogues, data/crosswoz/{test,val}.json.zip (thu-coai/CrossWOZ, Apache-2.0)

Needs ``opencc-python-reimplemented``. ``python -m transcription.model_build.texts --help``
"""

from __future__ import annotations

import argparse
import html
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

_HAN = re.compile("[一-鿿]")
_PARAGRAPH = re.compile(r"<p>(.*?)</p>", re.DOTALL)
_MARKUP = re.compile(r"<[^>]*>|https?://\S+")


def language_of(text: str) -> str:
    """``zh`` when more than half of it is Chinese, ``en`` when none is, else neither."""
    han = len(_HAN.findall(text))
    if han * 2 > len(text):
        return "zh"
    return "en" if han == 0 and re.search("[a-z]", text) else ""


def archive(folder: Path, simplified: Callable[[str], str]) -> Iterator[str]:
    """Paragraphs of all speeches, without markup and addresses, in simplified characters."""
    for path in sorted(folder.rglob("*.xml")):
        for found in _PARAGRAPH.findall(path.read_text(encoding="utf-8", errors="replace")):
            yield simplified(html.unescape(_MARKUP.sub("", found)))


def tatoeba(paths: Iterable[Path]) -> Iterator[str]:
    """The first two columns of each file of pairs; the languages are told apart later."""
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            yield from line.split("\t")[:2]


def kdconv(folder: Path) -> Iterator[str]:
    """Every message of the dialogues."""
    for subject in ("film", "music", "travel"):
        for part in ("dev", "test"):
            text = (folder / "data" / subject / f"{part}.json").read_text(encoding="utf-8")
            for dialogue in json.loads(text):
                yield from (message["message"] for message in dialogue["messages"])


def crosswoz(folder: Path) -> Iterator[str]:
    """Every message of the dialogues."""
    for part in ("test", "val"):
        with zipfile.ZipFile(folder / "data" / "crosswoz" / f"{part}.json.zip") as packed:
            dialogues = json.loads(packed.read(packed.namelist()[0]))
        for dialogue in dialogues.values():
            yield from (message["content"] for message in dialogue["messages"])


def write(source: str, texts: Iterable[str], out: Path) -> dict[str, int]:
    """Write OUT/zh-SOURCE.txt and OUT/en-SOURCE.txt; returns the lines of each."""
    lines: dict[str, list[str]] = {"zh": [], "en": []}
    for text in texts:
        plain = re.sub(r"\s+", " ", text).strip()
        if plain and (language := language_of(plain)):
            lines[language].append(plain + "\n")
    out.mkdir(parents=True, exist_ok=True)
    for language, own in lines.items():
        if own:
            (out / f"{language}-{source}.txt").write_text("".join(own), encoding="utf-8")
    return {language: len(own) for language, own in lines.items()}


def main() -> None:
    """Write what was given and print how many lines came out."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--archive", type=Path, help="folder with XML files")
    parser.add_argument("--tatoeba", type=Path, nargs="*", default=[], help="files of pairs")
    parser.add_argument("--kdconv", type=Path, help="folder of the repository")
    parser.add_argument("--crosswoz", type=Path, help="folder of the repository")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    sources: dict[str, Iterable[str]] = {}
    if options.archive:
        from opencc import OpenCC

        sources["archive"] = archive(options.archive, OpenCC("tw2sp").convert)
    if options.tatoeba:
        sources["tatoeba"] = tatoeba(options.tatoeba)
    if options.kdconv:
        sources["kdconv"] = kdconv(options.kdconv)
    if options.crosswoz:
        sources["crosswoz"] = crosswoz(options.crosswoz)
    for source, texts in sources.items():
        print(source, write(source, texts, options.out))


if __name__ == "__main__":
    main()
