"""Playable copies with a C2PA manifest, for those whose tools read C2PA. Optional.

The package stays as it is: its playable copies must be their segments joined, so a manifest goes
into copies beside it, in a directory of their own. C2PA says who signed the copy and that it was
not changed since; what the recording is worth is proved by the log in the package, which the
manifest names by the package's digest.
"""

from __future__ import annotations

import json
from pathlib import Path

from evidence_store.errors import PackageError

_ALGORITHMS = {"ed25519": "ED25519", "secp256r1": "ES256", "secp384r1": "ES384"}


def sign_copies(package: Path, out: Path, certificate: Path, key: Path) -> list[Path]:
    """Sign a copy of every playable MP4 of a package; returns the copies.

    Raises:
        PackageError: c2pa-python is not installed, the key does not fit, or nothing can be written.
    """
    try:
        import c2pa
    except ImportError as error:
        raise PackageError(
            "a C2PA manifest needs c2pa-python, which is not installed: pip install 'duizhi[c2pa]'"
        ) from error
    made: list[Path] = []
    try:
        digest = (package / "tagmanifest-sha256.txt").read_text(encoding="utf-8")
        info = c2pa.C2paSignerInfo(
            _algorithm(key).encode(), certificate.read_bytes(), key.read_bytes(), None
        )
        for source in sorted((package / "data/media").rglob("*-play.mp4")):
            target = out / source.relative_to(package / "data/media")
            target.parent.mkdir(parents=True, exist_ok=True)
            manifest = _manifest(source.relative_to(package).as_posix(), digest)
            with c2pa.Signer.from_info(info) as signer, c2pa.Builder(manifest) as builder:
                builder.sign_file(source, target, signer)
            made.append(target)
    except (OSError, ValueError, c2pa.C2paError) as error:
        raise PackageError(f"the C2PA copies cannot be made: {error}") from error
    return made


def _manifest(name: str, tag_manifest: str) -> str:
    said = {"file": name, "tagmanifest": tag_manifest.splitlines()}
    return json.dumps(
        {
            "claim_generator_info": [{"name": "Duizhi"}],
            "title": name.rpartition("/")[2],
            "format": "video/mp4",
            "assertions": [
                {
                    "label": "c2pa.actions",
                    "data": {
                        "actions": [
                            {
                                "action": "c2pa.created",
                                "digitalSourceType": "http://cv.iptc.org/newscodes/"
                                "digitalsourcetype/digitalCapture",
                            }
                        ]
                    },
                },
                {"label": "org.duizhi.package", "data": said},
            ],
        },
        ensure_ascii=False,
    )


def _algorithm(key: Path) -> str:
    """The C2PA name for what this key signs with."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    private = load_pem_private_key(key.read_bytes(), None)
    name = ""
    if isinstance(private, ed25519.Ed25519PrivateKey):
        name = "ed25519"
    elif isinstance(private, ec.EllipticCurvePrivateKey):
        name = private.curve.name
    if name not in _ALGORITHMS:
        raise ValueError(f"a key of {', '.join(_ALGORITHMS)} was expected")
    return _ALGORITHMS[name].lower()
