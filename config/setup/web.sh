#!/bin/sh
# Installs the web packages from the lock and builds web/dist (interop: clients for tests/interop). Run from the repository root.
# Node 20.19 with npm 11 or newer is used where it is; otherwise one from PyPI, inside .venv.
set -eu
suits() {
    command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1 || return 1
    node -e 'const [a, b] = process.versions.node.split(".").map(Number);
             process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' || return 1
    [ "$(npm --version 2>/dev/null | cut -d. -f1)" -ge 11 ]
}
if ! suits; then
    [ -x .venv/bin/node ] || .venv/bin/python -m pip install --quiet \
        --disable-pip-version-check --require-hashes --no-deps -r config/setup/node.lock
    PATH="$PWD/.venv/bin:$PATH"
    export PATH
fi
[ "${1:-build}" = interop ] && { cd tests/interop; exec npm ci --silent --no-audit --no-fund; }
cd web
case "${1:-build}" in
    install) npm ci --silent --no-audit --no-fund ;;
    build) npm run --silent build ;;
    test) npm run --silent test ;;
    *) echo "usage: web.sh install|build|test|interop" >&2; exit 2 ;;
esac
