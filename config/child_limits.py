"""Limits a short-lived child process sets for itself before it reads what strangers made.

A file that makes a decoder loop, grow or crash then ends that process and nothing else.
"""

from __future__ import annotations

import resource

MEMORY_BYTES = 2 << 30  # address space; fonts and libraries are part of it
CPU_S = 20
OUTPUT_BYTES = 64 << 20


def restrict() -> None:
    """Bound memory, processor time and the size of what is written; no core file."""
    for name, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_S),
        (resource.RLIMIT_FSIZE, OUTPUT_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(name, (most, most))
