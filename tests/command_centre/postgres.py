"""A PostgreSQL of its own for tests and benchmarks: a fresh cluster, on a socket only.

Root cannot run it; then it runs as ``postgres``, the user Debian's package makes.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

_PLACES = Path("/usr/lib/postgresql")
_WAIT_S = 120


def binaries() -> Path | None:
    """Where the server's programs are; None when it is not installed."""
    found = sorted(_PLACES.glob("*/bin/initdb")) if _PLACES.is_dir() else []
    return found[-1].parent if found else None


@contextlib.contextmanager
def postgres(*options: str) -> Iterator[str]:
    """A running server; yields its address."""
    programs = binaries()
    assert programs is not None, "postgresql is not installed: config/setup/debian.sh test"
    top = Path(tempfile.mkdtemp(prefix="duizhi-pg-"))
    user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    if os.geteuid() == 0:
        found = pwd.getpwnam(user)
        os.chown(top, found.pw_uid, found.pw_gid)
    data = top / "data"

    def call(*command: str) -> None:
        subprocess.run(
            command,
            user=user if os.geteuid() == 0 else None,
            group=user if os.geteuid() == 0 else None,
            extra_groups=[] if os.geteuid() == 0 else None,
            cwd=top,
            check=True,
            timeout=_WAIT_S,
            stdout=subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(top)},
        )

    try:
        init = ("--auth=trust", "--username=duizhi", "--encoding=UTF8", "--no-sync")
        call(str(programs / "initdb"), "-D", str(data), *init)
        with (data / "postgresql.conf").open("a") as file:
            file.write(f"listen_addresses = ''\nunix_socket_directories = '{top}'\nfsync = off\n")
            file.writelines(f"{option}\n" for option in options)
        control = str(programs / "pg_ctl")
        log = ("-l", str(top / "log"), "-t", str(_WAIT_S))
        call(control, "-D", str(data), *log, "-w", "start")
        try:
            yield f"postgresql://duizhi@/postgres?host={top}"
        finally:
            call(control, "-D", str(data), "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(top, ignore_errors=True)
