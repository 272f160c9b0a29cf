"""The gateway between the official OpenAI SDK and the real LiteLLM: what programs and providers really say and do."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from flask import Flask

from skyvern_ui import create_app
from skyvern_ui.audit import CLI
from skyvern_ui.config import Settings
from skyvern_ui.extensions import db
from skyvern_ui.llm.byok.rules import delete_provider_key, save_provider_key
from skyvern_ui.services.keys.rules import revoke_key
from tests.conftest import REQUIRE_ALL
from tests.real.litellm import CHATTING, EMBEDDING, MASTER_KEY, NOWHERE, PAINTING, PROVIDER_KEY, RealLiteLLM
from tests.support.databases import SqliteTemplate, settings_for
from tests.support.programs import CHAT, EMBEDDINGS, IMAGES, Service, audited, in_app, new_service, priced
from tests.support.provider import USAGE, Provider
from tests.support.server import running_server, wait_for

try:
    import openai
except ImportError:
    if REQUIRE_ALL:
        raise
    pytest.skip("the OpenAI SDK is not installed: `make conformance` installs it", allow_module_level=True)

pytestmark = [pytest.mark.conformance, pytest.mark.timeout(300)]
TOKENS, HELD, IMAGE = 1000, 5000, 2000  # thousandths: 1,000 tokens, held for a chat, a picture
USED = TOKENS * USAGE["total_tokens"] // 1000


@pytest.fixture(scope="module")
def gateway(real_litellm: RealLiteLLM, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, str]]:
    """The product over SQLite with two workers in front of LiteLLM: an application over its database, its address."""
    folder = tmp_path_factory.mktemp("gateway")
    told = {"LLM_UPSTREAM_URL": real_litellm.url, "LLM_UPSTREAM_KEY": MASTER_KEY, "BYOK_HOSTS": "127.0.0.1"}
    with SqliteTemplate(folder).fresh(folder) as url, running_server(url, folder, workers=2, **told) as server:
        app = create_app(settings_for(url, folder, **told))
        priced(app, (CHAT, "1k_tokens", TOKENS, HELD), (IMAGES, "image", IMAGE, IMAGE),
               (EMBEDDINGS, "1k_tokens", TOKENS, HELD))
        yield app, server.url
        with app.app_context():
            db.engine.dispose()
        app.extensions["reader"].close()
        assert "Traceback" not in server.log, server.log[-4000:]
        assert MASTER_KEY not in server.log and PROVIDER_KEY not in server.log


@pytest.fixture
def service(gateway: tuple[Flask, str], request: pytest.FixtureRequest) -> Service:
    app, url = gateway
    return new_service(app, url, request.node.name[:90], 50)


def sdk(service: Service, key: str = "", retries: int = 0) -> openai.OpenAI:
    """The SDK as a program makes it: our address and a service key."""
    return openai.OpenAI(base_url=f"{service.url}/api/v1/llm", api_key=key or service.key()[1], max_retries=retries)


def said(text: str) -> list[Any]:
    return [{"role": "user", "content": text}]


def spent(service: Service) -> int:
    """What was spent once no call is under way."""
    wait_for(lambda: service.balance()[1] == 0, 20, "the books")
    return audited(service)


def test_a_chat_is_answered_and_charged_by_its_tokens(service: Service) -> None:
    answer = sdk(service).chat.completions.with_raw_response.create(model=CHATTING, messages=said("say a"))
    parsed = answer.parse()
    assert parsed.choices[0].message.content == "Hi" and parsed.usage.total_tokens == USAGE["total_tokens"]
    assert answer.headers["X-Credits-Charged"] == "1" and answer.headers["X-Credential"] == "shared"
    assert spent(service) == USED


@pytest.mark.parametrize("asks", [True, False])
def test_a_stream_is_charged_by_its_tokens_whether_its_usage_was_asked_for_or_not(service: Service, asks: bool) -> None:
    more: dict[str, Any] = {"stream_options": {"include_usage": True}} if asks else {}
    chunks = list(sdk(service).chat.completions.create(model=CHATTING, messages=said("say b"), stream=True, **more))
    words = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert words == "word 0 word 1 word 2 "
    assert [chunk.usage.total_tokens for chunk in chunks if chunk.usage] == ([USAGE["total_tokens"]] if asks else [])
    assert spent(service) == USED


def test_a_program_that_leaves_its_stream_pays_for_it(service: Service) -> None:
    with closing(sdk(service).chat.completions.create(model=CHATTING, messages=said("slow c"), stream=True)) as stream:
        assert next(iter(stream)).choices
    assert service.balance()[1] == HELD
    assert spent(service) == USED
    assert service.charges()[0].details["tokens_out"] == USAGE["completion_tokens"]


def test_embeddings_are_charged_by_their_tokens(service: Service) -> None:
    client = sdk(service)
    answer = client.embeddings.create(model=EMBEDDING, input="say d", encoding_format="float")
    assert answer.data[0].embedding == [0.5] and answer.usage.total_tokens == 40
    assert spent(service) == 40
    assert client.embeddings.create(model=EMBEDDING, input=["say e"]).usage.total_tokens == 40


def test_images_are_charged_as_they_come(service: Service) -> None:
    pictures = sdk(service).images.generate(model=PAINTING, prompt="fewer f", n=3).data or []
    assert [base64.b64decode(each.b64_json or "") for each in pictures] == [b"hi"] * 2
    assert spent(service) == 2 * IMAGE


def test_a_provider_that_answers_405_makes_no_images_and_costs_nothing(service: Service) -> None:
    with pytest.raises(openai.APIStatusError) as refused:
        sdk(service).images.generate(model=PAINTING, prompt="none g", n=1)
    assert "image" in refused.value.message.lower(), refused.value.message
    assert refused.value.response.headers["x-should-retry"] == "false"
    assert spent(service) == 0


def test_the_models_are_those_of_litellm(service: Service) -> None:
    names = {model.id for model in sdk(service).models.list()}
    assert {CHATTING, PAINTING, EMBEDDING} <= names
    key = service.key(models=(CHATTING,))[1]
    assert {model.id for model in sdk(service, key).models.list()} == {CHATTING}
    with pytest.raises(openai.PermissionDeniedError) as refused:
        sdk(service, key).embeddings.create(model=EMBEDDING, input="say h")
    assert refused.value.code == "model_not_allowed"
    assert spent(service) == 0


def test_the_sdk_does_not_try_an_empty_pool_again(gateway: tuple[Flask, str], provider: Provider) -> None:
    service = new_service(*gateway, "poor", HELD // 1000)
    client = sdk(service, retries=3)
    client.chat.completions.create(model=CHATTING, messages=said("say i1"))
    with pytest.raises(openai.APIStatusError) as refused:
        client.chat.completions.create(model=CHATTING, messages=said("say i2"))
    assert refused.value.status_code == 402 and refused.value.code == "insufficient_credits"
    assert isinstance(refused.value.body, dict) and refused.value.body["limit_source"] == "org_pool"
    assert provider.asked["i2"] == 0 and len(service.charges()) == 1
    assert spent(service) == USED


def test_a_wrong_key_and_a_revoked_one_are_authentication_errors(service: Service) -> None:
    key_id, key = service.key()
    in_app(service.app, lambda: revoke_key(key_id, CLI))
    for given, code in ((key, "key_revoked"), ("skui_live_x", "key_mistyped"), ("sk-nobody-knows-it", "key_unknown")):
        with pytest.raises(openai.AuthenticationError) as refused:
            sdk(service, given, retries=2).chat.completions.create(model=CHATTING, messages=said("say j"))
        assert refused.value.code == code
    assert service.charges() == []


def test_the_sdk_tries_a_busy_model_again_and_each_try_is_free(service: Service, provider: Provider) -> None:
    with pytest.raises(openai.RateLimitError):
        sdk(service, retries=1).chat.completions.create(model=CHATTING, messages=said("busy k"))
    assert provider.asked["k"] == 2
    assert [charge.details["sdk_retry"] for charge in service.charges()] == [0, 1]
    assert spent(service) == 0


@pytest.mark.parametrize(("model", "text", "kind"), [
    (CHATTING, "fail l", openai.APIStatusError), (CHATTING, "bad m", openai.BadRequestError),
    (NOWHERE, "say n", openai.APIStatusError), ("nobody-knows-it", "say o", openai.APIStatusError)])
def test_what_fails_behind_litellm_is_said_and_free(service: Service, model: str, text: str, kind: type[Any]) -> None:
    with pytest.raises(kind) as refused:
        sdk(service).chat.completions.create(model=model, messages=said(text))
    assert refused.value.code and refused.value.response.headers["X-Credits-Charged"] == "0"
    assert PROVIDER_KEY not in str(refused.value) and MASTER_KEY not in str(refused.value)
    assert spent(service) == 0


def test_a_stream_that_breaks_behind_litellm_is_told_to_the_program(service: Service) -> None:
    words = []
    with pytest.raises(openai.APIError) as told:
        for chunk in sdk(service).chat.completions.create(model=CHATTING, messages=said("snap p"), stream=True):
            words.append(chunk.choices[0].delta.content)
    assert words[0] == "word 0 " and "sk-" not in told.value.message and "litellm" not in told.value.message.lower()
    assert spent(service) == HELD, "words came, and nobody said how many"


def test_with_a_key_of_its_own_a_service_pays_its_provider_and_not_us(service: Service, provider: Provider) -> None:
    app, own = service.app, "sk-their-own-0123456789"
    settings: Settings = app.config["SETTINGS"]
    in_app(app, lambda: save_provider_key(settings, app.extensions["sealer"], service.org_id, provider.url, own, CLI))
    answer = sdk(service).chat.completions.with_raw_response.create(model="m", messages=said("say q"))
    assert answer.headers["X-Credential"] == "byok" and answer.headers["X-Credits-Charged"] == "0"
    assert own in provider.keys and spent(service) == 0
    with pytest.raises(openai.APIStatusError):
        sdk(service).chat.completions.create(model="m", messages=said("fail r"))
    assert [(charge.byok, charge.actual) for charge in service.charges()] == [(True, 0), (True, 0)], "no falling back"
    in_app(app, lambda: delete_provider_key(service.org_id, CLI))
    sdk(service).chat.completions.create(model=CHATTING, messages=said("say s"))
    assert spent(service) == USED


def test_the_log_of_usage_is_the_same_as_the_books(service: Service) -> None:
    client = sdk(service)
    for number in range(3):
        client.chat.completions.create(model=CHATTING, messages=said(f"say t{number}"))
    with service.program(client.api_key) as program:
        assert program.get("/api/v1/credits").json()["credits"] == 50 - 3 * USED / 1000
        groups = program.get("/api/v1/usage?group_by=model").json()["groups"]
    assert [(group["group"], group["calls"], group["credits"]) for group in groups] == [(CHATTING, 3, 3 * USED / 1000)]
    assert spent(service) == 3 * USED
