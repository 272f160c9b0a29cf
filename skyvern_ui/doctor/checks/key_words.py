"""What can be wrong with a key, as data: `detail` of Skyvern's answer → cause, in words (field-notes 1.3)."""

from __future__ import annotations

from dataclasses import dataclass

MEND = "/doctor/mend/key"
LOOK = "Look for the current key: SKYVERN_API_KEY in the .env of the folder where Skyvern was started."
TRY = "Let the doctor try the keys that it finds, or make a new one."


@dataclass(frozen=True, slots=True)
class KeyCause:
    """A cause, in words, and what Skyvern says then: `status` and the beginning of `detail`; empty for those that we
    find out ourselves."""

    code: str
    title: str
    explain: str
    fix: tuple[str, ...]
    status: int = 0
    detail: str = ""


CAUSES: dict[str, KeyCause] = {each.code: each for each in (
    KeyCause("key_not_valid_here", "Skyvern cannot read this key",
             "It was not signed by this Skyvern: it was cut short, or comes from another installation, or Skyvern's "
             "SECRET_KEY has changed since it was made.", (TRY, LOOK), 403, "Could not validate credentials"),
    KeyCause("key_expired", "This key has run out",
             "It says so itself, and Skyvern does too.", (TRY, LOOK), 403, "Auth token is expired"),
    KeyCause("key_replaced", "This key was replaced by a newer one",
             "Skyvern knows the key and has marked it as no longer valid.", (TRY, LOOK), 403,
             "Your API key has expired"),
    KeyCause("key_bearer", "A proxy turns our key into another kind of login",
             "Skyvern says that it was logged in to with Authorization, which we never send.",
             ("Let the proxy pass x-api-key on and send no Authorization to Skyvern.",), 403,
             "Invalid authentication method"),
    KeyCause("key_other_database", "This key belongs to another database",
             "Its signature is right, but the organisation that it names does not exist in Skyvern's database. That "
             "happens after a database was restored, replaced or made anew.", (TRY, LOOK), 404,
             "Organization not found"),
    KeyCause("key_unknown", "Skyvern does not know this key",
             "Its signature is right, but Skyvern's database has no such key: it was made anew, or the database is "
             "another one.", (TRY, LOOK), 403, "Invalid credentials"),
    KeyCause("key_header_dropped", "The key does not arrive at Skyvern",
             "Skyvern answers this key exactly as it answers none and as it answers nonsense. A proxy in front takes "
             "the header x-api-key away.",
             ("Let the proxy pass the header x-api-key on.",
              "Or let this server reach Skyvern without the proxy: its own port 8000 inside the network.")),
    KeyCause("key_session", "This is a token of Skyvern's front end, not a key",
             "Such a token is made for a browser and ends within the hour.", (TRY, LOOK)),
    KeyCause("key_missing", "There is no key", "Skyvern answers, but wants a key.", (TRY, LOOK)),
    KeyCause("key_wrapped", "The key works, once what sticks to it is taken off",
             "", ("Store the cleaned key.",)),
    KeyCause("key_unsendable", "The key holds characters that no key has",
             "It cannot be sent as it is, and cleaning it did not help.", (TRY, LOOK)),
    KeyCause("key_too_long", "What is stored as the key is far too long",
             "It was refused for its size. Something else was pasted, such as a whole file.", (TRY, LOOK)),
    KeyCause("proxy_wants_login", "A proxy in front of Skyvern wants a password of its own",
             "It answers before Skyvern is asked. Skyvern itself never says 401.",
             ("Let this server reach Skyvern without the proxy: its own port 8000 inside the network.",
              "Or let the proxy pass requests that come from this server's address.")),
    KeyCause("key_not_judged", "Skyvern lives, but could not judge the key",
             "It failed while it looked the key up.", ("Look at Skyvern's log.",
                                                      "$ docker compose logs --tail 50 skyvern")),
    KeyCause("key_odd_answer", "Skyvern answers the key in a way that we do not know",
             "Neither accepted nor refused.", ("Look at what it said below, and at Skyvern's log.",)),
)}


def cause_of(status: int | None, detail: str) -> KeyCause | None:
    """The cause that Skyvern itself names, or None."""
    return next((each for each in CAUSES.values()
                 if each.detail and each.status == status and detail.startswith(each.detail)), None)
