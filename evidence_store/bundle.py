"""Joins the verifying half of this package into the single file ``verify.py`` of a package.

The modules are taken in the order of their dependencies and kept as they are, docstrings and
comments included; only their imports are gathered at the top. A test holds that no two of them
define the same name, and runs the result with ``python3 -I -S``.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

#: What verification stands on, each after what it uses.
VERIFIER_MODULES = (
    "errors",
    "canonical",
    "entry",
    "commitment",
    "merkle",
    "ed25519",
    "mldsa",
    "sm2",
    "note",
    "checkpoint",
    "cosignature",
    "cosigned_head",
    "policy",
    "proof",
    "key_pem",
    "report",
    "tick_run",
    "retention_account",
    "books",
    "accounting",
    "time_account",
    "late_account",
    "transcript",
    "package_files",
    "coverage",
    "payload_check",
    "settlement",
    "package_layout",
    "derived_account",
    "player_data",
    "media_check",
    "key_statement",
    "session_ladder",
    "receipt",
    "key_ladder",
    "session_marks",
    "protection",
    "witness_account",
    "document_account",
    "stamp_token",
    "stamp_account",
    "twin_check",
    "media_sm3",
    "disclosed_log",
    "disclosure",
    "manifest_check",
    "derived_check",
    "ladder",
    "pack_command",
)

_HEAD = '''#!/usr/bin/env python3
"""Verifies this package: python3 verify.py [PACKAGE] [--json] [--key PUBLIC_KEY.pem]

核验本导出包。只用 Python 标准库（3.10 或更新），不联网，不修改任何文件。
One file, Python standard library only (3.10 or newer); no network, nothing is written.
The steps are listed in the part called "ladder" below and numbered alike in its code.

This file is the verifying half of Duizhi's evidence_store package, joined in reading order.
"""

from __future__ import annotations

'''

_TAIL = """
if __name__ == "__main__":
    sys.exit(pack_main())
"""


def verifier_source() -> str:
    """The text of verify.py."""
    directory = Path(__file__).parent
    imports: dict[str, set[str]] = {}  # "" holds the modules that are imported whole
    parts: list[str] = []
    for name in VERIFIER_MODULES:
        body = _without_imports((directory / f"{name}.py").read_text(encoding="utf-8"), imports)
        rule = "-" * (90 - len(name))
        parts.append(f"\n# ---- {name} {rule}\n\n{body.strip()}\n")
    lines = [f"import {module}" for module in sorted({"sys", *imports.pop("", set())})]
    for module, names in sorted(imports.items()):
        lines.append(f"from {module} import {', '.join(sorted(names))}")
    return _HEAD + "\n".join(lines) + "\n" + "\n".join(parts) + _TAIL


def _without_imports(source: str, imports: dict[str, set[str]]) -> str:
    """The text of a module without its imports; those of the standard library are gathered."""
    lines = source.split("\n")
    for node in ast.parse(source).body:
        if not isinstance(node, (ast.Import, ast.ImportFrom)):
            continue
        module = (node.module or "") if isinstance(node, ast.ImportFrom) else ""
        if module != "__future__" and not module.startswith("evidence_store"):
            imports.setdefault(module, set()).update(alias.name for alias in node.names)
        for number in range(node.lineno - 1, node.end_lineno or node.lineno):
            lines[number] = ""
    return re.sub("\n{4,}", "\n\n\n", "\n".join(lines))
