#!/bin/sh
# Make or mend .venv with what one group of commands needs: sh environment.sh report|test|lab
#
# Packages come from the group's lock file and are compared with their hashes. An interrupted run resumes:
# the group's mark is written last, and says which lock and folder it was made for. PYTHON=… picks an interpreter.
set -eu
cd "$(dirname "$0")"

stop() {
    echo "$1" >&2
    exit 1
}

case ${1:-} in
report) lock=requirements.lock ;;
test | lab) lock=requirements-$1.lock ;;
*)
    echo "Say which packages to install: sh environment.sh report, test or lab" >&2
    exit 2
    ;;
esac
mark=.venv/.installed-$1
made_for="$(cat "$lock" pyproject.toml | cksum) $PWD"

usable() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

# Sets python to the first interpreter that is new enough and can make an environment.
find_python() {
    bare=""
    for name in ${PYTHON:-python3.13 python3.12 python3.11 python3.14 python3 python}; do
        usable "$name" || continue
        if "$name" -c 'import ensurepip, venv' >/dev/null 2>&1; then
            python=$name
            return
        fi
        bare=$name
    done
    [ -z "$bare" ] || stop "$bare has no venv module: install it (on Debian or Ubuntu: apt-get install $bare-venv), then run the same command again."
    [ -z "${PYTHON:-}" ] || stop "PYTHON=$PYTHON is not a Python 3.11 or newer that runs here."
    stop "No Python 3.11 or newer was found: install one with its venv module, or name it with PYTHON=/path/to/python3."
}

if usable .venv/bin/python && [ "$(cat "$mark" 2>/dev/null)" = "$made_for" ]; then
    exit 0
fi
if ! { usable .venv/bin/python && .venv/bin/python -m pip --version >/dev/null 2>&1; }; then
    find_python
    echo "Making the environment .venv with $("$python" --version)."
    "$python" -m venv --clear .venv || stop "The environment .venv could not be made; the message above says why. Run the same command again when that is mended."
fi
echo "Installing the $1 packages from $lock into .venv; the first time this takes minutes."
.venv/bin/python -m pip install -qq --disable-pip-version-check --no-input --only-binary :all: --require-hashes -r "$lock" ||
    stop "The $1 packages could not be installed; pip's message above says why. Most often the network or the package index cannot be reached, or the disk is full. Run the same command again to resume."
# No address is asked here: setuptools came from the lock.
.venv/bin/python -m pip install -qq --disable-pip-version-check --no-input --no-deps --no-build-isolation --no-index -e . ||
    stop "ctip_analysis itself could not be installed into .venv; pip's message above says why."
.venv/bin/python -m compileall -q ctip_analysis
printf '%s' "$made_for" >"$mark"
