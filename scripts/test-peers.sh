#!/usr/bin/env bash
# Installs the programs that tests need: PyTorch and torchvision (Debian's packages) and TensorBoard (by pip, in a virtual
# environment in the user's cache) to compare with, and Chromium (Debian's package). Quick when they are there. Prints
# where they are, as lines HCSC_TORCH=..., HCSC_TENSORBOARD=... and HCSC_CHROMIUM=... for `eval`; all else goes to standard
# error. Any of the variables may be set before: that program is then taken as it is. --optional leaves out what cannot be
# had, instead of failing.
set -euo pipefail

optional=0
[ "${1:-}" = --optional ] && optional=1

say() { echo "test peers: $*" >&2; }
imports() { "$1" -c "import $2" >/dev/null 2>&1; }

apt_install() {
  command -v apt-get >/dev/null || { say "there is no apt-get to install $*"; return 1; }
  local root=()
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || { say "neither root nor sudo, to install $*"; return 1; }
    root=(sudo)
  fi
  say "installing $* with apt-get"
  "${root[@]}" apt-get update -q >&2 || say "apt-get update failed; trying with the lists there are"
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" >&2
}

torch() {
  local python="${HCSC_TORCH:-/usr/bin/python3}"
  if ! imports "$python" 'torch, torchvision'; then
    [ -z "${HCSC_TORCH:-}" ] || { say "HCSC_TORCH is $python, which cannot import torch and torchvision"; return 1; }
    apt_install python3-torch python3-torchvision || return 1
    imports "$python" 'torch, torchvision' || { say "$python cannot import torch and torchvision"; return 1; }
  fi
  say "PyTorch of $python"
  printf 'HCSC_TORCH=%q\n' "$python"
}

tensorboard() {
  local folder="${XDG_CACHE_HOME:-$HOME/.cache}/hcsc/test-peers/tensorboard"
  local python="${HCSC_TENSORBOARD:-$folder/bin/python}"
  if ! imports "$python" tensorboard.backend.event_processing.event_accumulator; then
    [ -z "${HCSC_TENSORBOARD:-}" ] || { say "HCSC_TENSORBOARD is $python, which cannot import tensorboard"; return 1; }
    local system=/usr/bin/python3
    imports "$system" ensurepip || apt_install python3 python3-venv || return 1
    say "installing TensorBoard in $folder"
    "$system" -m venv --clear "$folder" >&2 || return 1
    # It imports pkg_resources, which newer setuptools no longer have.
    "$folder/bin/pip" install --quiet --disable-pip-version-check 'tensorboard>=2.16,<3' 'setuptools<81' >&2 || return 1
    imports "$python" tensorboard.backend.event_processing.event_accumulator || { say "$python cannot import tensorboard"; return 1; }
  fi
  say "TensorBoard of $python"
  printf 'HCSC_TENSORBOARD=%q\n' "$python"
}

browser() {
  local program="${HCSC_CHROMIUM:-}" name
  # Ubuntu has a chromium-browser that only says where to get it.
  runs() { "$1" --version >/dev/null 2>&1; }
  if [ -z "$program" ]; then
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
      runs "$name" && { program="$(command -v "$name")"; break; }
    done
    [ -n "$program" ] || { apt_install chromium && program="$(command -v chromium)"; } || return 1
  fi
  runs "$program" || { say "$program is no Chromium that runs"; return 1; }
  say "Chromium is $program"
  printf 'HCSC_CHROMIUM=%q\n' "$program"
}

failed=0
torch || failed=1
tensorboard || failed=1
browser || failed=1
[ "$failed" = 0 ] || [ "$optional" = 1 ]
