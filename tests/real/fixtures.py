"""The real servers as fixtures, one of each for the whole session; register with pytest_plugins."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.real.litellm import RealLiteLLM, running_litellm
from tests.real.litellm import installed as litellm_installed
from tests.real.mail import Mail, running_mail
from tests.real.model import ScriptedModel, running_model
from tests.real.process import is_installed
from tests.real.site import Site, running_site
from tests.real.skyvern import RealSkyvern, environment_folder, running_skyvern
from tests.support.provider import Provider, running_provider


@pytest.fixture(scope="session")
def scripted_model() -> Iterator[ScriptedModel]:
    with running_model() as model:
        yield model


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    with running_site() as running:
        yield running


@pytest.fixture(scope="session")
def skyvern_mail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mail]:
    with running_mail(tmp_path_factory.mktemp("mail")) as running:
        yield running


@pytest.fixture(scope="session")
def real_skyvern(tmp_path_factory: pytest.TempPathFactory, scripted_model: ScriptedModel,
                 skyvern_mail: Mail) -> Iterator[RealSkyvern]:
    """The real server. Without its environment the test is skipped, or installs it under REQUIRE=all."""
    if not is_installed(environment_folder()) and os.environ.get("REQUIRE") != "all":
        pytest.skip("Skyvern is not installed: `make skyvern` installs it")
    with running_skyvern(tmp_path_factory.mktemp("skyvern"), model_url=scripted_model.url,
                         settings=skyvern_mail.settings) as real:
        yield real


@pytest.fixture(scope="session")
def provider() -> Iterator[Provider]:
    with running_provider() as provider:
        yield provider


@pytest.fixture(scope="session")
def real_litellm(tmp_path_factory: pytest.TempPathFactory, scripted_model: ScriptedModel,
                 provider: Provider) -> Iterator[RealLiteLLM]:
    """The real LiteLLM. Without its environment the test is skipped, or installs it under REQUIRE=all."""
    if not litellm_installed() and os.environ.get("REQUIRE") != "all":
        pytest.skip("LiteLLM is not installed: `make conformance` installs it")
    with running_litellm(tmp_path_factory.mktemp("litellm"), model_url=scripted_model.url,
                         provider_url=provider.url) as real:
        yield real
