"""Which inputs are hidden by their names, and which are not."""

from __future__ import annotations

import pytest

from skyvern_ui.runs.secret_rules import is_secret, unsecret


@pytest.mark.parametrize("name", ["password", "PASSWORD", "shop_password", "passwd", "pass", "passphrase", "secret",
                                  "client-secret", "apiKey", "api key", "API_KEY", "token", "accessToken", "totp",
                                  "otp", "otp_code", "pin", "card_number", "cardNumber", "credit-card", "cvv", "cvc",
                                  "iban", "private_key", "credentials", "Authorization", "cookie", "license_key"])
def test_secret_names_are_known(name: str) -> None:
    assert is_secret(name) and unsecret("x", name) is None


@pytest.mark.parametrize("name", ["city", "monkey", "compass", "keyboard", "spinner", "discard", "url", "postcard_text",
                                  "totp_identifier", "max_tokens", "prompt", "opinion", "pinned", "keys_of_the_city"])
def test_other_names_are_shown(name: str) -> None:
    assert not is_secret(name) and unsecret("x", name) == "x"


def test_secrets_deep_inside_are_hidden_and_the_rest_stays() -> None:
    told = unsecret({"login": [{"user": "Ada", "password": "p"}], "n": 1})
    assert told == {"login": [{"user": "Ada", "password": "(not shown)"}], "n": 1}
