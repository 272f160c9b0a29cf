"""Print every route of the installed Skyvern as JSON: [["GET", "/v1/runs"], …], sockets as "WS".

Runs in the server's own environment (tests/real/skyvern.py, environment_folder):
    python tests/real/list_routes.py > tests/real/routes-1.0.56.json
"""

from __future__ import annotations

import json
import os
import sys
import tempfile


def list_routes() -> list[list[str]]:
    from skyvern.forge.api_app import create_api_app  # only its own environment has it

    found: set[tuple[str, str]] = set()
    for route in create_api_app().routes:
        methods = getattr(route, "methods", None) or (["WS"] if "WebSocket" in type(route).__name__ else ["MOUNT"])
        found |= {(method, route.path) for method in methods if method != "HEAD"}
    return [list(pair) for pair in sorted(found, key=lambda pair: (pair[1], pair[0]))]


def main() -> None:
    sys.path[:] = [place for place in sys.path if place != os.path.dirname(os.path.abspath(__file__))]
    with tempfile.TemporaryDirectory() as folder:  # (our own skyvern.py would shadow theirs)
        os.chdir(folder)  # importing it may write .env and databases where it stands
        os.environ.update(HOME=folder, ENV="local", SKYVERN_TELEMETRY="false", ENABLE_CODE_BLOCK="true",
                          DATABASE_STRING=f"sqlite+aiosqlite:///{folder}/data.db", LLM_KEY="OPENAI_COMPATIBLE",
                          ENABLE_OPENAI_COMPATIBLE="true", OPENAI_COMPATIBLE_MODEL_NAME="scripted",
                          OPENAI_COMPATIBLE_API_KEY="scripted", OPENAI_COMPATIBLE_API_BASE="http://127.0.0.1:9/v1",
                          LITELLM_LOCAL_MODEL_COST_MAP="True")
        kept, sys.stdout = sys.stdout, sys.stderr  # what it logs must not mix with the list
        routes = list_routes()
        sys.stdout = kept
    print("[\n" + ",\n".join(json.dumps(pair) for pair in routes) + "\n]")


if __name__ == "__main__":
    main()
