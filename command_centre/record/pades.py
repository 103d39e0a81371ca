"""Signatures inside a PDF: PAdES (ETSI EN 319 142-1) by pyHanko, one field for each place.

Everything is appended (incremental updates): the signed file begins with the very bytes of the
document that was made. All fields are put in before the first signature; each signature after it
only fills one in, so that every one stays valid. A file is judged by ``bottom_line``, which also
asks whether what was appended after a signature was allowed; ``intact`` alone does not.

Time stamps (RFC 3161) are put in when a time stamper is given, and only then a network is used.
"""

from __future__ import annotations

import hashlib
import io
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from pyhanko.pdf_utils.content import PdfContent
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import (
    AxisAlignment,
    BoxConstraints,
    InnerScaling,
    Margins,
    SimpleBoxLayoutRule,
)
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.general import SigningError
from pyhanko.sign.timestamps import HTTPTimeStamper, TimeStamper
from pyhanko.sign.validation import EmbeddedPdfSignature, validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from command_centre.record.errors import SignatureError
from command_centre.record.field_signature import FieldSignature

# pyHanko tells at length about chains it tries; what matters is in the result.
logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
logging.getLogger("pyhanko_certvalidator").setLevel(logging.CRITICAL)


#: The appearance has the size of its field already.
_AS_IS = SimpleBoxLayoutRule(
    x_align=AxisAlignment.ALIGN_MIN,
    y_align=AxisAlignment.ALIGN_MIN,
    margins=Margins(0, 0, 0, 0),
    inner_content_scaling=InnerScaling.NO_SCALING,
)


@dataclass(frozen=True)
class SignatureState:
    """What was found of one signature in a file."""

    field: str
    name: str  # common name of the certificate
    good: bool  # pyHanko's bottom_line
    intact: bool
    authority_sha256: str  # of the certificate at the top of its chain
    certificate_sha256: str
    time: str  # as the signer stated it
    stamp: str = ""  # of an RFC 3161 authority, whose token is good; empty: none
    stamp_trusted: bool = False  # it leads to a root that was given


def sign_pdf(
    pdf: bytes, wanted: Sequence[FieldSignature], time_stamper: TimeStamper | None = None
) -> bytes:
    """Append all signatures, in order.

    Raises:
        SignatureError: the file is no PDF that can be signed, or no time stamp could be had.
    """
    try:
        signed = _with_fields(pdf, wanted)
        for one in wanted:
            signed = _signed(signed, one, time_stamper)
    except (PdfError, SigningError, OSError, ValueError) as error:
        raise SignatureError(f"the document cannot be signed: {error}") from error
    return signed


def http_time_stamper(url: str, timeout_s: float) -> TimeStamper:
    """An RFC 3161 authority by HTTP."""
    return HTTPTimeStamper(url, timeout=timeout_s)


def signature_states(
    pdf: bytes, *, moment: datetime | None = None, stamp_roots: bytes = b""
) -> list[SignatureState]:
    """Every signature in a file, judged at a moment (now when not given).

    The chain is trusted up to the certificate that the signature itself carries; whether that is
    the authority it should be is for the caller to compare. A time stamp is judged by
    ``stamp_roots`` (PEM) when some are given, else only by the certificate in its token.

    Raises:
        SignatureError: the file cannot be read as a PDF.
    """
    try:
        reader = PdfFileReader(io.BytesIO(pdf))
        trusted = [_asn1(der) for der in _certificates(stamp_roots)]
        return [_state(embedded, moment, trusted) for embedded in reader.embedded_signatures]
    except (PdfError, SignatureValidationError, ValueError, KeyError, OSError) as error:
        raise SignatureError(f"the file cannot be read as a PDF: {error}") from error


def _with_fields(pdf: bytes, wanted: Sequence[FieldSignature]) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    for one in wanted:
        left, bottom, right, top = one.box
        fields.append_signature_field(
            writer,
            fields.SigFieldSpec(
                one.field,
                on_page=one.page - 1,
                box=(round(left), round(bottom), round(right), round(top)),
                readable_field_name=one.label,
            ),
        )
    out = io.BytesIO()
    writer.write(out)  # type: ignore[no-untyped-call]
    return out.getvalue()


def _signed(pdf: bytes, one: FieldSignature, time_stamper: TimeStamper | None) -> bytes:
    store = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    store.register(_asn1(one.key.authority.public_bytes(serialization.Encoding.DER)))
    signer = signers.SimpleSigner(
        signing_cert=_asn1(one.key.certificate.public_bytes(serialization.Encoding.DER)),
        signing_key=asn1_keys.PrivateKeyInfo.load(one.key.key_der),
        cert_registry=store,
    )
    metadata = signers.PdfSignatureMetadata(
        field_name=one.field,
        md_algorithm="sha256",
        name=one.name,
        reason=one.reason,
        subfilter=fields.SigSeedSubFilter.PADES,
    )
    style = StaticStampStyle(
        background=_Appearance(one.appearance), background_layout=_AS_IS, border_width=0
    )
    out = io.BytesIO()
    signers.PdfSigner(metadata, signer, timestamper=time_stamper, stamp_style=style).sign_pdf(
        IncrementalPdfFileWriter(io.BytesIO(pdf)), output=out
    )
    return out.getvalue()


class _Appearance(PdfContent):
    """A page of another PDF as the look of a signature."""

    def __init__(self, pdf: bytes) -> None:
        super().__init__()
        self._pdf = pdf

    def render(self) -> bytes:
        writer = self._ensure_writer
        page = writer.import_page_as_xobject(PdfFileReader(io.BytesIO(self._pdf)))
        self.resources.xobject["/Handwriting"] = page
        x1, y1, x2, y2 = page.get_object()["/BBox"]
        self.box = BoxConstraints(width=abs(x2 - x1), height=abs(y2 - y1))
        return b"/Handwriting Do"


def _certificates(pem: bytes) -> list[bytes]:
    found = x509.load_pem_x509_certificates(pem) if pem else []
    return [one.public_bytes(serialization.Encoding.DER) for one in found]


def _state(
    embedded: EmbeddedPdfSignature, moment: datetime | None, trusted: list[asn1_x509.Certificate]
) -> SignatureState:
    certificate = embedded.signer_cert
    others = list(embedded.other_embedded_certs)
    roots = [one for one in others if one.issuer == one.subject]
    context = ValidationContext(trust_roots=roots, other_certs=others, moment=moment)
    stamps = ValidationContext(trust_roots=trusted, moment=moment)
    status = validate_pdf_signature(embedded, context, ts_validation_context=stamps)
    token = status.timestamp_validity
    stamp_trusted = bool(token and token.trusted)
    if token and not token.trusted and not trusted:
        # nobody said whom to trust: the token is judged by the certificate it carries
        stamps = ValidationContext(trust_roots=[token.signing_cert], moment=moment)
        status = validate_pdf_signature(embedded, context, ts_validation_context=stamps)
    stated = embedded.self_reported_timestamp
    return SignatureState(
        field=embedded.field_name,
        name=str(certificate.subject.native.get("common_name", "")),
        good=bool(status.bottom_line),
        intact=bool(status.intact),
        authority_sha256=hashlib.sha256(roots[0].dump()).hexdigest() if roots else "",
        certificate_sha256=hashlib.sha256(certificate.dump()).hexdigest(),
        time=stated.isoformat() if stated else "",
        stamp=token.timestamp.isoformat() if token and token.valid and token.intact else "",
        stamp_trusted=stamp_trusted,
    )


def _asn1(der: bytes) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(der)
