"""The receiving SRTP key, from aiortc's finished DTLS handshake (RFC 5764, 4.2)."""

from __future__ import annotations

from aiortc.rtcdtlstransport import SRTP_PROFILES, RTCDtlsTransport

_LABEL = b"EXTRACTOR-dtls_srtp"


def receiving_key(dtls: RTCDtlsTransport) -> tuple[str, bytes]:
    """Name of the profile, and master key and salt.

    Raises:
        ValueError: the handshake chose no profile known here.
    """
    connection = dtls._ssl
    chosen = connection.get_selected_srtp_profile() if connection is not None else b""
    for profile in SRTP_PROFILES:
        if connection is None or profile.openssl_profile != chosen:
            continue
        size = 2 * (profile.key_length + profile.salt_length)
        material = connection.export_keying_material(_LABEL, size)
        theirs = 0 if dtls._role == "server" else 1
        return chosen.decode(), profile.get_key_and_salt(material, theirs)
    raise ValueError("no SRTP profile was negotiated")
