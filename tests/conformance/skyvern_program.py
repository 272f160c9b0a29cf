"""A program that uses the official Skyvern SDK. Run by the python of Skyvern's own environment, never imported by ours.

    python skyvern_program.py ADDRESS KEY      reads {"call", "with"} line by line, writes {"answer"} or {"refused"}
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from skyvern import Skyvern  # type: ignore[import-not-found]
from skyvern.client.core.api_error import ApiError  # type: ignore[import-not-found]


async def upload(skyvern: Any, name: str, content: str) -> Any:
    """With the SDK's own HTTP client: its `upload_file` sends the text it is given as a form field, and Skyvern itself
    refuses that with 422 (1.0.56)."""
    answer = await skyvern._client_wrapper.httpx_client.request(
        "v1/upload_file", method="POST", files={"file": (name, content.encode(), "text/plain")}, data={})
    if answer.status_code != 200:
        raise ApiError(status_code=answer.status_code, headers=dict(answer.headers), body=answer.text)
    return answer.json()


def plain(answer: Any) -> Any:
    if isinstance(answer, list):
        return [plain(each) for each in answer]
    return answer.model_dump(mode="json") if hasattr(answer, "model_dump") else answer


async def main(address: str, key: str) -> None:
    skyvern = Skyvern(base_url=address, api_key=key, timeout=60)
    while line := await asyncio.to_thread(sys.stdin.readline):
        wish = json.loads(line)
        try:
            if wish["call"] == "upload":
                told: Any = {"answer": await upload(skyvern, **wish["with"])}
            else:
                told = {"answer": plain(await getattr(skyvern, wish["call"])(**wish["with"]))}
        except ApiError as error:
            told = {"refused": {"status": error.status_code, "body": error.body, "kind": type(error).__name__}}
        print(json.dumps(told, default=str), flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
