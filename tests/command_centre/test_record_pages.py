"""Pages and signatures by themselves: typesetting, stamps, PAdES, the authority."""

from __future__ import annotations

import asyncio
import io
import math
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from command_centre.desk.record_signing import Signing
from command_centre.errors import Rejected
from command_centre.local_authority import LocalAuthority
from command_centre.record import typeset as typesetting
from command_centre.record.authority import SigningAuthority
from command_centre.record.content import Header, Line, RecordContent, Signer
from command_centre.record.errors import FontMissing, SignatureError, TypesetError
from command_centre.record.field_signature import FieldSignature
from command_centre.record.pades import sign_pdf, signature_states
from command_centre.record.strokes import POINTS_MAX, check_strokes
from command_centre.record.typeset import Typeset, page_texts, stamp_pdf, typeset
from config.settings import StampSettings
from evidence_store.document_account import DocumentHead, statements_in

STROKE = [
    value
    for step in range(60)
    for value in (400 + step * 150, int(1200 + 900 * math.sin(step / 4)), step * 8, 500)
]
LONG = "早上点完名，他说“上午必须割完”（当面说的），我就带着他们两个去了……" * 120


def content(*lines: Line, **header: str) -> RecordContent:
    return RecordContent(
        code="a1b2c3d4e5f60718",
        version=3,
        session="s22222222222222222222",
        made_us=1_779_091_200_000_000,
        agency="渭州市应急管理综合执法支队",
        case_number="（渭）应急立〔2026〕014号",
        session_number="20260518-095804 询问室 1",
        header=Header(name="张某", time_from="2026年5月18日9时58分", **header),
        lines=list(lines) or [Line(kind="q", text="谁安排的？"), Line(kind="a", text="李某。")],
        signers=[
            Signer(key="p", role="interviewee", name="张某"),
            Signer(key="o1", role="interviewer", name="吴某某", certificate="渭执A0021"),
        ],
        origin="duizhi.local/recorder-1",
        size=1234,
        root="ab12" * 16,
    )


@pytest.fixture(scope="module")
def made() -> Typeset:
    return typeset(content(Line(kind="q", text="请讲。"), Line(kind="a", text=LONG)))


@pytest.fixture
def authority(tmp_path: Path) -> SigningAuthority:
    return SigningAuthority.open(tmp_path, "某支队")


def test_the_same_content_gives_the_same_bytes(made: Typeset) -> None:
    again = typeset(content(Line(kind="q", text="请讲。"), Line(kind="a", text=LONG)))
    assert (again.pdf, again.pages, again.texts) == (made.pdf, made.pages, made.texts)


def test_every_page_has_its_number_its_log_and_a_place_to_sign(made: Typeset) -> None:
    assert len(made.pages) == len(made.texts) >= 3
    for number, text in enumerate(made.texts, 1):
        flat = "".join(text.split())
        assert f"第{number}页共{len(made.pages)}页" in flat
        for printed in ("20260518-095804", "a1b2c3d4e5f60718", "duizhi.local/recorder-1", "1234"):
            assert printed in flat
        assert any((one.key, one.page) == ("foot", number) for one in made.places)
    assert "ab12" * 16 in "".join(made.texts[-1].split())
    assert "以上笔录我看过（或向我宣读过），和我说的相符。" in "".join(made.texts[-1].split())
    assert {one.key for one in made.places if one.page == len(made.pages)} == {"foot", "p", "o1"}


def test_a_long_answer_goes_over_pages_and_loses_nothing(made: Typeset) -> None:
    flat = "".join("".join(text.split()) for text in made.texts)
    assert flat.count("上午必须割完") == 120
    lines = [line for text in made.texts for line in text.split("\n") if line]
    assert not any(line[0] in "，。、；：！？）”…" for line in lines)


def test_rare_characters_are_set_in_a_font_that_is_embedded() -> None:
    found = typeset(content(Line(kind="a", text="我叫㛃𠅤䶮，住堃埗村。")))
    assert "我叫㛃𠅤䶮，住堃埗村。" in "".join(found.texts[0].split())


def test_text_is_text_whatever_it_looks_like() -> None:
    odd = '#panic("x") $ *粗* _斜_ @label <a> \\ `x` [b] // c'
    found = typeset(content(Line(kind="a", text=odd), place="[室] #1"))
    assert "".join(odd.split()) in "".join(found.texts[0].split())


def test_the_metadata_states_the_head(made: Typeset) -> None:
    head = DocumentHead("duizhi.local/recorder-1", 1234, "ab12" * 16)
    assert statements_in(made.pdf) == {("a1b2c3d4e5f60718", "s22222222222222222222", head)}


def test_missing_fonts_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typesetting, "FONTS", ("Noto Serif CJK SC", "No Such Font"))
    with pytest.raises(FontMissing, match=r"No Such Font; install .*fonts-noto-cjk"):
        typeset(content())


def test_what_is_no_pdf_is_our_error() -> None:
    for data in (b"", b"%PDF-1.7 nothing", b"\x00" * 100):
        with pytest.raises(SignatureError):
            signature_states(data)
    with pytest.raises(TypesetError):
        page_texts(b"%PDF-1.7 nothing")


def _signed(made: Typeset, authority: SigningAuthority) -> bytes:
    person = authority.one_time("张某", "a1b2c3d4e5f60718")
    officer = authority.officer("ac-1", "吴某某", "their password")
    wanted = [
        FieldSignature(
            field=f"{place.signer}-{place.key}-{place.page}",
            label=place.key,
            page=place.page,
            box=place.box,
            appearance=stamp_pdf([STROKE], place, name="张某", time="2026-05-18\n10:44:02"),
            key=person if place.signer == "p" else officer,
            name="张某",
            reason="确认",
        )
        for place in made.places
    ]
    return sign_pdf(made.pdf, wanted)


def test_all_signatures_are_good_and_the_bottom_line_sees_what_is_added_later(
    made: Typeset, authority: SigningAuthority
) -> None:
    signed = _signed(made, authority)
    assert signed.startswith(made.pdf)
    states = signature_states(signed)
    assert len(states) == len(made.places)
    assert all(one.good and one.authority_sha256 == authority.sha256 for one in states)
    added = _with_text_added(signed)
    assert added.startswith(signed)
    states = signature_states(added)
    assert all(one.intact for one in states)  # which is why it is not asked
    assert not any(one.good for one in states)


def _with_text_added(pdf: bytes) -> bytes:
    """An incremental update that writes over the first page."""
    writer: Any = IncrementalPdfFileWriter(io.BytesIO(pdf))
    name, dictionary = generic.pdf_name, cast("Any", generic.DictionaryObject)
    text = b"BT /F1 24 Tf 100 700 Td (changed) Tj ET"
    stream = writer.add_object(generic.StreamObject(stream_data=text))
    kind = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica"}
    font = dictionary({name(key): name(value) for key, value in kind.items()})
    fonts = dictionary({name("/F1"): writer.add_object(font)})
    writer.add_stream_to_page(0, stream, resources=dictionary({name("/Font"): fonts}))
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_officers_keep_their_key_and_lose_it_with_their_password(tmp_path: Path) -> None:
    first = SigningAuthority.open(tmp_path, "某支队")
    second = SigningAuthority.open(tmp_path, "another name")
    assert first.sha256 == second.sha256
    key = first.officer("ac-1", "吴某某", "their password")
    assert second.officer("ac-1", "吴某某", "their password").certificate == key.certificate
    other = second.officer("ac-1", "吴某某", "a new password")
    assert other.certificate != key.certificate
    assert first.one_time("张某", "x").certificate != first.one_time("张某", "x").certificate


@pytest.mark.parametrize(
    "strokes",
    [
        [],
        [[]],
        [[1, 2, 3]],
        [[0, 0, 0, 0, 100, 0, 10, 500]],
        [[0, 0, 0, 0, 10_001, 0, 10, 500]],
        [[5, 5, 0, 500] * (POINTS_MAX + 1)],
    ],
)
def test_what_is_no_handwriting_is_refused(strokes: list[list[int]]) -> None:
    with pytest.raises(Rejected) as caught:
        check_strokes(strokes)
    assert caught.value.code == "bad_strokes"


def test_handwriting_that_fits_is_taken() -> None:
    check_strokes([STROKE])


def test_content_survives_being_kept() -> None:
    found = content()
    assert msgspec.json.decode(msgspec.json.encode(found), type=RecordContent) == found
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"kind":"x","text":""}', type=Line)


async def test_a_time_stamp_is_put_in_and_a_lost_authority_stops_nobody(
    made: Typeset, tmp_path: Path
) -> None:
    local = LocalAuthority(tmp_path / "tsa")
    (tmp_path / "tsa").mkdir()
    local.make()
    place = next(one for one in made.places if one.key == "o1")
    async with local.serving() as url:
        signing = Signing(tmp_path, "某支队", StampSettings([f"tsa {url}"], 10.0, 10.0, ""))
        field = FieldSignature(
            field="o1",
            label="o1",
            page=place.page,
            box=place.box,
            appearance=stamp_pdf([STROKE], place, name="吴某某", time="now"),
            key=signing.authority.one_time("吴某某", "x"),
            name="吴某某",
            reason="确认",
        )
        signed, by = await asyncio.to_thread(signing.sign, made.pdf, [field])
    assert by == "tsa"
    [state] = await asyncio.to_thread(signature_states, signed)
    assert state.good
    assert state.stamp
    assert not state.stamp_trusted
    roots = local.roots.read_bytes()
    [state] = await asyncio.to_thread(signature_states, signed, stamp_roots=roots)
    assert state.good
    assert state.stamp_trusted
    unsigned, by = await asyncio.to_thread(signing.sign, made.pdf, [field])
    assert by == ""
    [state] = await asyncio.to_thread(signature_states, unsigned)
    assert state.good
    assert not state.stamp
