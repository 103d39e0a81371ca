#!/bin/sh
# Makes .venv from the hashed lock. Run from the repository root.
set -eu
python=${PYTHON:-python3}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "Duizhi needs Python 3.11 or newer; $("$python" --version) was found. Set PYTHON=..." >&2
    exit 1
}
[ -x .venv/bin/python ] || "$python" -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps \
    -r config/setup/uv.lock
.venv/bin/uv pip install --quiet --python .venv/bin/python --require-hashes --no-deps \
    -r requirements.lock
# The project itself, in place: makes the `duizhi` command. Builds with what is in the lock.
.venv/bin/uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation -e .
.venv/bin/python -c 'import recorder.native._media' 2>/dev/null ||
    echo "note: recorder/native was not compiled (it needs cc, libssl-dev and Python's headers);" \
        "media is received in Python, at several times the cost" >&2
