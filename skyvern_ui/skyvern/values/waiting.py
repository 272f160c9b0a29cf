"""What a run waits for: a person at a `human_interaction` block, or a one-time code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from .reading import Json, parse_time, read_dict, read_int, read_text, read_texts

KIND = "human_interaction"
POLLED_FOR = timedelta(minutes=15)  # how long Skyvern looks for a code by default


@dataclass(frozen=True, slots=True)
class HumanBlock:
    """A block that waits for a person, as the timeline tells it: its texts are rendered (api 4.3)."""

    block_id: str
    label: str
    instructions: str | None
    positive: str
    negative: str
    recipients: tuple[str, ...]
    subject: str | None
    since: datetime | None

    @classmethod
    def from_json(cls, data: Json) -> HumanBlock:
        """Never raises. A block without words of its own has Skyvern's."""
        return cls(
            block_id=str(data.get("workflow_run_block_id") or ""),
            label=str(data.get("label") or KIND),
            instructions=read_text(data, "instructions"),
            positive=read_text(data, "positive_descriptor") or "Approve",
            negative=read_text(data, "negative_descriptor") or "Reject",
            recipients=read_texts(data, "recipients"),
            subject=read_text(data, "subject"),
            since=parse_time(data.get("created_at")),
        )


@dataclass(frozen=True, slots=True)
class RunHints:
    """What the definition of a run's workflow says about its waits, by the labels of blocks; times in seconds."""

    timeouts: dict[str, int]
    identifiers: tuple[str, ...]

    @classmethod
    def from_json(cls, data: Json) -> RunHints:
        """Reads `GET /v1/workflows/runs/{wr}`, which holds the workflow as it ran. Never raises."""
        blocks = list(_inside(read_dict(read_dict(data, "workflow"), "workflow_definition").get("blocks")))
        named = [read_text(data, "totp_identifier"), read_text(read_dict(data, "workflow"), "totp_identifier"),
                 *(read_text(block, "totp_identifier") for block in blocks)]
        waits = ((str(block.get("label")), read_int(block, "timeout_seconds")) for block in blocks
                 if block.get("block_type") == KIND)
        return cls({label: seconds for label, seconds in waits if seconds},
                   tuple(dict.fromkeys(name for name in named if name and "{{" not in name)))


@dataclass(frozen=True, slots=True)
class CodeReceipt:
    """How Skyvern took a code. The code itself is not kept."""

    is_understood: bool
    is_link: bool

    @classmethod
    def from_json(cls, data: Json) -> CodeReceipt:
        """A text in which no code was found is kept raw: `status` "raw_pending", no code (api 4.2)."""
        raw = data.get("status") == "raw_pending" or not data.get("code")
        return cls(not raw, data.get("otp_type") == "magic_link")


def waiting_block(rows: Iterable[Any]) -> HumanBlock | None:
    """The block of a timeline that waits for a person now, at whatever depth; None when none does."""
    for row in rows:
        if not isinstance(row, dict):
            continue
        block = read_dict(row, "block")
        if block.get("block_type") == KIND and block.get("status") in ("running", "paused"):
            return HumanBlock.from_json(block)
        if found := waiting_block(row.get("children") or ()):
            return found
    return None


def _inside(blocks: Any) -> Iterator[dict[str, Any]]:
    for block in blocks if isinstance(blocks, list) else ():
        if isinstance(block, dict):
            yield block
            yield from _inside(block.get("loop_blocks"))
