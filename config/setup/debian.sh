#!/bin/sh
# Installs what is missing from Debian. Usage: debian.sh demo|test
# As root it installs; otherwise it says exactly what to run and stops.
set -eu
# fonts-noto-cjk: the interview record as a PDF is typeset with it.
packages="openssl ca-certificates libgl1 libglib2.0-0 fonts-noto-cjk"
# For the receive path in C (recorder/native): a compiler, libcrypto and, for Debian's own Python,
# its headers. Without them it runs in Python.
packages="$packages gcc libc6-dev libssl-dev"
[ "${1:-demo}" = test ] && packages="$packages chromium ffmpeg xxd strace mosquitto
    softhsm2 poppler-utils postgresql"
# Other people's WHIP clients (tests/interop).
[ "${1:-demo}" = test ] && packages="$packages firefox-esr coturn python3-gi gstreamer1.0-nice
    gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad
    gstreamer1.0-plugins-ugly gir1.2-gst-plugins-base-1.0 gir1.2-gst-plugins-bad-1.0"
command -v python3 >/dev/null 2>&1 || packages="$packages python3"
python3 -c 'import ensurepip' >/dev/null 2>&1 || packages="$packages python3-venv"
headers=$(${PYTHON:-python3} -c 'import sysconfig; print(sysconfig.get_path("include"))' 2>/dev/null || true)
[ -f "$headers/Python.h" ] || packages="$packages python3-dev"
command -v apt-get >/dev/null 2>&1 || {
    echo "This is not a Debian system: please make sure these exist: $packages" >&2
    exit 0
}
missing=""
for package in $packages; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' ||
        missing="$missing $package"
done
[ -z "$missing" ] && exit 0
if [ "$(id -u)" != 0 ]; then
    echo "These Debian packages are missing. Please run, then try again:" >&2
    echo "    sudo apt-get update && sudo apt-get install --no-install-recommends$missing" >&2
    exit 1
fi
echo "installing:$missing"
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing >/dev/null
