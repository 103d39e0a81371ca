"""The local authority: verified by the standard library's own TLS stack."""

from __future__ import annotations

import socket
import ssl
import threading
from pathlib import Path

import pytest

from command_centre.certificate import CertificateError, ensure_certificates, machine_names


def _handshake(server_name: str, paths_from: Path) -> None:
    paths = ensure_certificates(paths_from, ["localhost", "127.0.0.1"])
    server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_context.load_cert_chain(paths.certificate, paths.key)
    client_context = ssl.create_default_context(cafile=str(paths.authority))
    client_context.verify_flags |= ssl.VERIFY_X509_STRICT
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            try:
                with server_context.wrap_socket(connection, server_side=True) as secure:
                    secure.recv(1)
            except ssl.SSLError:
                connection.close()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            with (
                socket.create_connection(listener.getsockname()) as plain,
                client_context.wrap_socket(plain, server_hostname=server_name) as secure,
            ):
                secure.send(b"x")
        finally:
            thread.join()


def test_a_strict_client_that_trusts_the_authority_connects(tmp_path: Path) -> None:
    _handshake("localhost", tmp_path)
    _handshake("127.0.0.1", tmp_path)


def test_another_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        _handshake("other.example", tmp_path)


def test_files_are_kept_until_a_name_is_missing(tmp_path: Path) -> None:
    first = ensure_certificates(tmp_path, ["localhost"])
    certificate, authority = first.certificate.read_bytes(), first.authority.read_bytes()
    assert ensure_certificates(tmp_path, ["localhost"]).certificate.read_bytes() == certificate
    second = ensure_certificates(tmp_path, ["localhost", "room.example"])
    assert second.certificate.read_bytes() != certificate
    assert second.authority.read_bytes() == authority


def test_keys_are_private(tmp_path: Path) -> None:
    paths = ensure_certificates(tmp_path, ["localhost"])
    assert paths.key.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "ca" / "ca.key").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "ca").stat().st_mode & 0o777 == 0o700


def test_a_damaged_file_is_a_clear_error(tmp_path: Path) -> None:
    paths = ensure_certificates(tmp_path, ["localhost"])
    paths.certificate.write_text("not a certificate")
    with pytest.raises(CertificateError, match=r"server\.pem"):
        ensure_certificates(tmp_path, ["localhost"])


def test_this_machine_is_named() -> None:
    names = machine_names("duizhi.example")
    assert names[:3] == ["duizhi.example", "localhost", "127.0.0.1"]
    assert len(names) == len(set(names))
