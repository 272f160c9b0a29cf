"""What a key may be allowed to do. A scope ending in `:*` allows its whole group."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Scope(NamedTuple):
    """One right, and what it means to whoever gives it."""

    name: str
    label: str
    explain: str


SCOPES = (
    Scope("llm:chat", "Chat", "Chat completions, streamed or not."),
    Scope("llm:images", "Images", "Image generations."),
    Scope("llm:embeddings", "Embeddings", "Embeddings of texts."),
    Scope("llm:models", "Models", "The list of models. Reading it costs nothing."),
    Scope("skyvern:read", "Look", "Its own runs, their files and recordings, and the workflows. Costs nothing."),
    Scope("skyvern:run", "Run", "Start, retry and cancel tasks and workflows."),
    Scope("skyvern:files", "Files", "Upload files for runs."),
    Scope("skyvern:workflows", "Workflows", "Create and change workflows and their folders."),
    Scope("skyvern:browsers", "Browsers", "Open, use and close browser sessions and profiles."),
    Scope("skyvern:credentials", "Credentials", "Create and remove the logins that runs use. Reading never shows one."),
)
GROUPS = {"llm:*": "All of the models", "skyvern:*": "All of Skyvern that services may have"}
NAMES = tuple(scope.name for scope in SCOPES)
DEFAULT = ("llm:*",)


def allows(given: Iterable[str], wanted: str) -> bool:
    """Whether these rights open this scope. An unknown name opens nothing."""
    return any(wanted == each or (each in GROUPS and wanted.startswith(each[:-1])) for each in given)


def clean(given: Iterable[str]) -> tuple[str, ...]:
    """These rights, each once. Raises ValueError with a sentence for an unknown one."""
    wanted = tuple(dict.fromkeys(given))
    for each in wanted:
        if each not in NAMES and each not in GROUPS:
            raise ValueError(f"There is no scope {each}. Known: {', '.join((*GROUPS, *NAMES))}.")
    return wanted
