"""What somebody who was just given a key copies into a program: our own address, and the key from the environment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .keys.scopes import allows

VARIABLE = "SKYVERN_UI_KEY"


class Example(NamedTuple):
    """One text to copy."""

    name: str
    title: str
    text: str


def examples(base: str, scopes: Sequence[str], model: str) -> list[Example]:
    """The examples that fit these rights, the plainest first. `base` is our public address without a closing slash."""
    found = []
    if allows(scopes, "llm:chat"):
        found += [Example("chat-curl", "cURL", CHAT_CURL.format(base=base, model=model, key=f"${VARIABLE}")),
                  Example("chat-python", "OpenAI for Python",
                          CHAT_PYTHON.format(base=base, model=model, key=VARIABLE))]
    elif allows(scopes, "llm:images"):
        found.append(Example("image-curl", "cURL", IMAGE_CURL.format(base=base, model=model, key=f"${VARIABLE}")))
    if allows(scopes, "skyvern:run"):
        found += [Example("run-python", "Skyvern for Python", RUN_PYTHON.format(base=base, key=VARIABLE)),
                  Example("run-curl", "Skyvern with cURL", RUN_CURL.format(base=base, key=f"${VARIABLE}"))]
    found.append(Example("credits", "What it has left", CREDITS_CURL.format(base=base, key=f"${VARIABLE}")))
    return found


CHAT_CURL = """\
curl {base}/api/v1/llm/chat/completions \\
  -H "Authorization: Bearer {key}" \\
  -H "Content-Type: application/json" \\
  -d '{{"model": "{model}", "messages": [{{"role": "user", "content": "Hello"}}]}}'"""
CHAT_PYTHON = """\
import os
from openai import OpenAI

client = OpenAI(base_url="{base}/api/v1/llm", api_key=os.environ["{key}"])
answer = client.chat.completions.create(
    model="{model}",
    messages=[{{"role": "user", "content": "Hello"}}],
)
print(answer.choices[0].message.content)"""
IMAGE_CURL = """\
curl {base}/api/v1/llm/image/generations \\
  -H "Authorization: Bearer {key}" \\
  -H "Content-Type: application/json" \\
  -d '{{"model": "{model}", "prompt": "A lighthouse at dusk"}}'"""
RUN_PYTHON = """\
import asyncio
import os
from skyvern import Skyvern

async def main():
    skyvern = Skyvern(base_url="{base}/api/skyvern", api_key=os.environ["{key}"])
    run = await skyvern.run_task(url="https://example.com", prompt="Read the heading of this page")
    print(run.run_id)

asyncio.run(main())"""
RUN_CURL = """\
curl {base}/api/skyvern/v1/run/tasks \\
  -H "x-api-key: {key}" \\
  -H "Content-Type: application/json" \\
  -d '{{"url": "https://example.com", "prompt": "Read the heading of this page"}}'"""
CREDITS_CURL = """\
curl {base}/api/v1/credits -H "Authorization: Bearer {key}\""""
