"""The models of runs: those registered with Skyvern (since 1.0.45), and the organisation's defaults."""

from __future__ import annotations

from typing import Any

from .. import errors
from ..transport import Transport
from ..values.llm import CustomLlm, DefaultLlms, LlmStatus
from ..values.reading import read_dict, read_list

PATH = "/v1/custom-llms"


class LlmCalls(Transport):
    """Reading and changing which models there are. What is refused is told by field and message only: Skyvern's own
    words hold the whole configuration, with the key."""

    def list_custom_llms(self) -> list[CustomLlm]:
        """`GET /v1/custom-llms`: newest first (api 4.7). Raises Missing on releases before 1.0.45."""
        found = self._object("GET", PATH)
        return [CustomLlm.from_json(each) for each in read_list(found, "custom_llms") if isinstance(each, dict)]

    def create_custom_llm(self, config: dict[str, Any]) -> CustomLlm:
        """`POST /v1/custom-llms`: a new one. Sent once."""
        return CustomLlm.from_json(read_dict(self._object("POST", PATH, {"config": config}), "custom_llm"))

    def update_custom_llm(self, llm_id: str, config: dict[str, Any]) -> CustomLlm:
        """`PUT /v1/custom-llms/{id}`: replaces all of it; the mask as its key keeps the key. Sent once."""
        found = self._object("PUT", f"{PATH}/{llm_id}", {"config": config})
        return CustomLlm.from_json(read_dict(found, "custom_llm"))

    def delete_custom_llm(self, llm_id: str) -> None:
        """`DELETE /v1/custom-llms/{id}`. A default that named it keeps naming it: clear that first. Sent once."""
        self._call("DELETE", f"{PATH}/{llm_id}")

    def get_default_llms(self) -> DefaultLlms:
        """The defaults in `GET /api/v1/organizations/me` (api 1.6)."""
        return DefaultLlms.from_json(self._object("GET", "/api/v1/organizations/me"))

    def set_default_llms(self, wanted: DefaultLlms) -> DefaultLlms:
        """`PUT /api/v1/organizations`: both defaults at once; None clears one. Sent once. The defaults as they are
        then."""
        body: dict[str, Any] = {}
        for name, value in (("default_llm_key", wanted.smart), ("default_secondary_llm_key", wanted.fast)):
            body |= {name: value} if value else {f"clear_{name}": True}
        return DefaultLlms.from_json(self._object("PUT", "/api/v1/organizations", body))

    def list_models(self) -> dict[str, str]:
        """`GET /api/v1/models`: the names that runs may choose from, and their labels. Many of them have no key."""
        found = read_dict(self._object("GET", "/api/v1/models"), "models")
        return {str(name): str(label) for name, label in found.items()}

    def get_llm_status(self) -> LlmStatus | None:
        """`GET /v1/internal/llms/status` (1.0.45): what Skyvern knows of its own models; None where it does not say: it
        answers on the loopback only, so its 403 means nothing (api 1.4)."""
        try:
            found = self._call("GET", "/v1/internal/llms/status", keyed=False)
        except errors.Answered:
            return None
        return LlmStatus.from_json(found) if isinstance(found, dict) and "status" in found else None
