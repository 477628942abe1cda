#!/bin/sh
# The wheel, in a clean environment, away from the source: sample district, served, replayed.
# usage: run.sh PYTHON FOLDER_OF_THE_WHEEL FOLDER_OF_THE_LOCKS
set -eu
python=$1
wheel=$(ls "$(cd "$2" && pwd)"/riskmap-*.whl)
locks=$(cd "$3" && pwd)
away=$(mktemp -d)
server=
trap 'test -z "$server" || kill "$server" 2>/dev/null || true; rm -rf "$away"' EXIT
cd "$away"

for inside in web/static/vendor/ data/fonts/ data/schemes/ data/sample/ data/standards/; do
  "$python" -m zipfile -l "$wheel" | grep -q "^$inside" || { echo "the wheel lacks $inside"; exit 1; }
done

"$python" -m venv env
env/bin/pip --disable-pip-version-check install --quiet --no-deps --require-hashes \
  -r "$locks/runtime.lock" -r "$locks/web.lock"
env/bin/pip --disable-pip-version-check install --quiet --no-deps --no-index "$wheel"

env/bin/riskmap demo district --weeks 3 --days 3 --no-serve
cd district
../env/bin/riskmap layers
latest=$(../env/bin/python - <<'PY'
import sqlite3
with sqlite3.connect("riskmap.db") as store:
    print(store.execute("select max(date) from days").fetchone()[0])
PY
)
../env/bin/riskmap replay "$latest"
../env/bin/riskmap weekly show
../env/bin/riskmap export "$latest" --format png --out day.png
test -s day.png

port=$(../env/bin/python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
../env/bin/riskmap serve --port "$port" >serve.log 2>&1 &
server=$!
../env/bin/python - "$port" <<'PY'
import json
import sys
import time
import urllib.error
import urllib.request

base = f"http://127.0.0.1:{sys.argv[1]}"
for _ in range(150):
    try:
        urllib.request.urlopen(f"{base}/readyz", timeout=5).close()
        break
    except (urllib.error.URLError, ConnectionError):
        time.sleep(0.2)
else:
    sys.exit("the server did not get ready:\n" + open("serve.log").read())
for path in ("/", "/shelters", "/weekly", "/cards", "/docs"):
    with urllib.request.urlopen(base + path, timeout=30) as page:
        assert page.status == 200 and page.read(), path
with urllib.request.urlopen(f"{base}/api/v1/days", timeout=30) as answer:
    assert len(json.load(answer)) == 3
with urllib.request.urlopen(f"{base}/api/v1/weeks", timeout=30) as answer:
    assert len(json.load(answer)) == 3
PY
echo "wheel smoke test: passed"
