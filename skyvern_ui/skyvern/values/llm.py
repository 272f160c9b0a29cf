"""Models that were registered with Skyvern, which of them are its defaults, and what it says of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .reading import Json, parse_time, read_dict, read_float, read_int, read_list, read_text

KEY_PREFIX, MODEL_PREFIX = "CUSTOM_LLM_", "custom/"
PROVIDERS: dict[str, str] = {
    "openai_compatible": "OpenAI-compatible", "ollama": "Ollama", "openrouter": "OpenRouter", "gemini": "Gemini"}
MASK = "********"  # what Skyvern shows instead of a key; sent back, it keeps the key


@dataclass(frozen=True, slots=True)
class CustomLlm:
    """One registered model (api 4.7). `has_key` is all that Skyvern tells of its key. `version` is the time of its last
    change, as Skyvern wrote it."""

    id: str
    display_name: str
    provider: str
    model_name: str
    api_base: str | None
    has_key: bool
    api_version: str | None
    supports_vision: bool
    add_assistant_prefix: bool
    max_completion_tokens: int | None
    temperature: float | None
    reasoning_effort: str | None
    extra_parameters: Mapping[str, Any]
    version: str

    @property
    def llm_key(self) -> str:
        """How an organisation names it as its default."""
        return KEY_PREFIX + self.id

    @property
    def provider_label(self) -> str:
        """The provider in words."""
        return PROVIDERS.get(self.provider, self.provider)

    @property
    def changed_at(self) -> Any:
        """When it was changed last, aware, or None."""
        return parse_time(self.version)

    @classmethod
    def from_json(cls, data: Json) -> CustomLlm:
        """Never raises."""
        config = read_dict(data, "config")
        return cls(
            str(data.get("id") or ""), read_text(config, "display_name") or "without a name",
            read_text(config, "provider") or "", read_text(config, "model_name") or "", read_text(config, "api_base"),
            bool(config.get("api_key")), read_text(config, "api_version"), config.get("supports_vision") is not False,
            config.get("add_assistant_prefix") is True, read_int(config, "max_completion_tokens"),
            read_float(config, "temperature"), read_text(config, "reasoning_effort"),
            read_dict(config, "extra_parameters"), read_text(data, "modified_at") or "",
        )


@dataclass(frozen=True, slots=True)
class DefaultLlms:
    """The keys of the organisation's default models: `smart` for deciding, `fast` for small questions. None means that
    Skyvern's own settings decide."""

    smart: str | None
    fast: str | None

    @classmethod
    def from_json(cls, data: Json) -> DefaultLlms:
        """Never raises."""
        return cls(read_text(data, "default_llm_key"), read_text(data, "default_secondary_llm_key"))


@dataclass(frozen=True, slots=True)
class LlmStatus:
    """What Skyvern says of its own models (api 1.4). It says that one is set up, never that it answers."""

    status: str
    default_key: str | None
    has_own: bool
    missing: tuple[str, ...]
    detail: str | None
    next_step: str | None

    @classmethod
    def from_json(cls, data: Json) -> LlmStatus:
        """Never raises. `missing` are the environment variables that it lacks."""
        issues = [each for each in read_list(data, "issues") if isinstance(each, dict)]
        missing = [str(name) for each in issues for name in read_list(each, "missing_env_vars")]
        return cls(read_text(data, "status") or "", read_text(data, "default_llm_key"),
                   data.get("has_server_configured_llm") is True, tuple(dict.fromkeys(missing))[:12],
                   read_text(data, "detail"), read_text(data, "next_step"))
