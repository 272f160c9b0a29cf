"""Where a model that was registered with Skyvern is asked directly, and by which name."""

from __future__ import annotations

BASES = {"ollama": "http://localhost:11434", "openrouter": "https://openrouter.ai/api/v1",
         "gemini": "https://generativelanguage.googleapis.com/v1beta/openai"}
PREFIXES = {"openai_compatible": ("openai/",), "openrouter": ("openrouter/",), "gemini": ("gemini/",),
            "ollama": ("ollama_chat/", "ollama/")}


def asked_base(provider: str, api_base: str | None) -> str:
    """Where the OpenAI-compatible API of a registered model is. Ollama's has a /v1 that Skyvern leaves away."""
    base = (api_base or BASES.get(provider, "")).rstrip("/")
    return f"{base}/v1" if provider == "ollama" and not base.endswith("/v1") else base


def asked_model(provider: str, name: str) -> str:
    """The model's name as its server knows it: without the prefix that only tells Skyvern the provider."""
    for prefix in PREFIXES.get(provider, ()):
        if name.startswith(prefix):
            return name.removeprefix(prefix)
    return name
