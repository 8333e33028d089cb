#!/bin/sh
# Runs its arguments with a Python 3.11 of this machine: one on the path, or one of pyenv's.
for python in python3.11 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.11*/bin/python3.11 python3 python; do
    if "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != (3, 11))' >/dev/null 2>&1; then
        exec "$python" "$@"
    fi
done
echo "Mimica's development needs Python 3.11 with venv, and none was found. Install it (Debian: python3.11 python3.11-venv) and try again." >&2
exit 1
