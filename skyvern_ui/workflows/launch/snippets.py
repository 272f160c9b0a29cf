"""A start of a workflow as a program would write it, with our address and the key from the environment."""

from __future__ import annotations

import json
import pprint
import shlex
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from ...runs.secret_rules import HEADERS, is_secret
from ...services.examples import VARIABLE
from ...skyvern.calls.launching import NOT_THERE, OLDER_NAMES

ADDRESSES = ("webhook_url", "totp_url", "browser_address")
BY_THE_SDK = ("workflow_id", "parameters", "webhook_url", "totp_url", "totp_identifier", "browser_session_id",
              "browser_profile_id", "max_screenshot_scrolls", "max_elapsed_time_minutes", "extra_http_headers",
              "browser_address", "ai_fallback", "run_with", "run_metadata")


class Snippet(NamedTuple):
    """One text to copy."""

    name: str
    title: str
    text: str


def snippets(address: str, body: dict[str, Any], version: int | None = None) -> list[Snippet]:
    """The same start in each language. `address` is where Skyvern's routes begin with us; `body` is that of `POST
    /v1/run/workflows`. What looks like a secret is replaced by a word in angle brackets. A `version` can only be
    named on the older route, which Skyvern's own client does not know."""
    plain = {name: value for name, value in masked(body).items() if value is not None}
    url, sent, answer = f"{address}/v1/run/workflows", plain, "run_id"
    if version is not None:
        url = f"{address}/api/v1/workflows/{body['workflow_id']}/run?version={version}"
        sent = {OLDER_NAMES.get(name, name): value for name, value in plain.items() if name not in NOT_THERE}
        answer = "workflow_run_id"
    found = [Snippet("curl", "cURL", _curl(url, sent)), Snippet("python", "Python", _python(url, sent, answer)),
             Snippet("typescript", "TypeScript", _typescript(url, sent, answer))]
    if version is None:
        found.insert(2, Snippet("sdk", "Skyvern for Python", _sdk(address, plain)))
    return found


def masked(body: dict[str, Any]) -> dict[str, Any]:
    """The body without what nobody should paste into a program: `<your name>` in place of each secret."""
    return {name: _address(name, value) if name in ADDRESSES else _without(name, value) for name, value in body.items()}


def _without(name: str, value: Any) -> Any:
    if name in HEADERS and isinstance(value, dict):
        return {key: f"<your {key}>" for key in value}
    if name != "parameters" and value is not None and is_secret(name) and not name.endswith("_id"):
        return f"<your {name}>"
    if isinstance(value, dict):
        return {key: _without(str(key), each) for key, each in value.items()}
    if isinstance(value, list):
        return [_without("", each) for each in value]
    return value


def _address(name: str, value: Any) -> Any:
    try:
        parts = urlsplit(str(value or ""))
        hides = parts.password or parts.username or any(is_secret(key) for key, _ in parse_qsl(parts.query))
    except ValueError:
        hides = True
    return f"<your {name}>" if hides else value


def _curl(url: str, sent: dict[str, Any]) -> str:
    body = shlex.quote(json.dumps(sent, indent=2, ensure_ascii=False))
    return (f'curl {shlex.quote(url)} \\\n  -H "x-api-key: ${VARIABLE}" \\\n'
            f"  -H 'Content-Type: application/json' \\\n  -d {body}")


def _python(url: str, sent: dict[str, Any], answer: str) -> str:
    return f"""\
import os
import requests

answer = requests.post(
    {url!r},
    headers={{"x-api-key": os.environ["{VARIABLE}"]}},
    json={_literal(sent, 4)},
    timeout=60,
)
answer.raise_for_status()
print(answer.json()["{answer}"])"""


def _sdk(address: str, sent: dict[str, Any]) -> str:
    rest = {name: value for name, value in sent.items() if name not in BY_THE_SDK}
    named = {name: value for name, value in sent.items() if name in BY_THE_SDK}
    lines = [f"        {name}={_literal(value, 8)}," for name, value in named.items()]
    if rest:
        more = _literal({"additional_body_parameters": rest}, 8)
        lines.append(f"        request_options={more},")
    told = "\n".join(lines)
    return f"""\
import asyncio
import os
from skyvern import Skyvern

async def main():
    skyvern = Skyvern(base_url={address!r}, api_key=os.environ["{VARIABLE}"])
    run = await skyvern.run_workflow(
{told}
    )
    print(run.run_id)

asyncio.run(main())"""


def _typescript(url: str, sent: dict[str, Any], answer: str) -> str:
    body = json.dumps(sent, indent=2).replace("\n", "\n  ")
    return f"""\
const answer = await fetch({json.dumps(url)}, {{
  method: "POST",
  headers: {{ "x-api-key": process.env.{VARIABLE}!, "Content-Type": "application/json" }},
  body: JSON.stringify({body}),
}});
if (!answer.ok) throw new Error(await answer.text());
const run = await answer.json();
console.log(run.{answer});"""


def _literal(value: Any, indent: int) -> str:
    """A value as Python writes it, over several lines where it is long."""
    return pprint.pformat(value, width=96 - indent, sort_dicts=False).replace("\n", "\n" + " " * indent)
