#!/bin/sh
# Tries the set-up for Emacs of editors/README.md with the real server: `run.sh DAGSMITH_BINARY`.
#
# Needs Emacs with eglot (29 or newer; Debian 12: `apt-get install emacs-nox elpa-eglot elpa-yaml-mode`); without it, says so and succeeds.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
emacs=${EMACS:-emacs}
if ! command -v "$emacs" >/dev/null 2>&1 ||
    ! "$emacs" --batch --eval '(progn (package-initialize) (require (quote eglot)))' >/dev/null 2>&1; then
    echo "no Emacs with eglot: its set-up was not tried"
    exit 0
fi
binary=$(realpath "$1")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cp -R "$here/../../testdata/projects/shop" "$scratch/shop"
(cd "$scratch/shop" && "$binary" deps >/dev/null)
# The page says `dagsmith`, as if on PATH; a home of its own keeps the user's configuration out.
mkdir "$scratch/bin"
ln -s "$binary" "$scratch/bin/dagsmith"
HOME=$scratch PATH=$scratch/bin:$PATH DAGSMITH_PROJECT=$scratch/shop "$emacs" --batch \
    --eval '(package-initialize)' -l "$here/test.el" -f ert-run-tests-batch-and-exit
