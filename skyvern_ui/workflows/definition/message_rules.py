"""What Skyvern refuses of a block that sends an e-mail, but for the parameters it names."""

from __future__ import annotations

from typing import Any

from .problem import Place

Json = dict[str, Any]
SECRETS = ("smtp_host", "smtp_port", "smtp_username", "smtp_password")


def judge_email(place: Place, block: Json) -> None:
    """Sender, copies and mail server, by how it is sent."""
    is_gmail = block.get("transport") == "gmail"
    texts = [block.get(f"custom_smtp_{name}") for name in ("host", "username", "password")]
    if is_gmail:
        if block.get("custom_smtp_port") is not None or any(isinstance(each, str) and each.strip() for each in texts):
            place.stop("custom_smtp_host", "With Gmail there is no mail server of your own: take those fields away.")
    elif "sender" not in block:
        place.stop("sender", "Say who sends it, unless it is sent by Gmail.")
    else:
        for name in ("cc", "bcc"):
            copies = block.get(name)
            if isinstance(copies, list) and any(isinstance(each, str) and each.strip() for each in copies):
                place.stop(name, "Copies can be sent with Gmail only.")
        if block.get("sender") == "":
            place.warn("sender", "“From” is still empty.")


def judge_secrets(place: Place, block: Json, kinds: dict[str, str]) -> None:
    """The secret parameters of the server's own sender; `kinds` are the types of all parameters by key."""
    own_host = block.get("custom_smtp_host")
    if block.get("transport") == "gmail" or (isinstance(own_host, str) and own_host.strip()):
        return
    for name in SECRETS:
        field = f"{name}_secret_parameter_key"
        named = block.get(field)
        key = named if isinstance(named, str) and named else name
        if key not in kinds:
            if key == named:
                place.stop(field, f"There is no parameter named {key}.")
        elif kinds[key] != "aws_secret":
            place.stop(field, f"The parameter {key} must be a secret.")
