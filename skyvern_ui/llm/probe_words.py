"""What the steps of a probe have in common: their names, and an answer explained by the table of errors."""

from __future__ import annotations

import re
from dataclasses import replace

from ..diagnosis.diagnosis import Diagnosis
from ..diagnosis.table import translate
from ..doctor.finding import Finding, Verdict, diagnosed
from .answer import Answer
from .upstream import Upstream

LAYER, MEND = "model", "/settings/llms"
DETAILS = {  # by trouble and detail, as relay.ask names them
    ("refused", "no_route"): "There is no way to this host from here.",
    ("refused", "forbidden"): "The name leads to an address of the machine's own cloud, which is never asked.",
    ("tls", "plain"): "It speaks plain http there: the address must begin with http://.",
    ("tls", "secure"): "It speaks https there: the address must begin with https://.",
    ("tls", "expired"): "The certificate has expired.",
    ("tls", "self_signed"): "The certificate is signed by itself.",
    ("tls", "unknown_issuer"): "The certificate is signed by an authority that this server does not know.",
    ("tls", "wrong_name"): "The certificate is for another name.",
    ("tls", "handshake"): "The handshake broke off.",
    ("timeout", "name"): "The time ran out while its name was looked up.",
    ("timeout", "connect"): "The time ran out before a connection was made, as with a firewall that swallows packets.",
    ("timeout", "handshake"): "The time ran out in the TLS handshake.",
    ("timeout", "waiting"): "The question was sent; then nothing came.",
    ("timeout", "body"): "The answer began and did not end in time.",
    ("reset", "closed"): "It closed the connection without a word.",
    ("reset", "reset"): "It broke the connection.",
    ("reset", "body"): "The connection broke inside the answer.",
}


def name_of(upstream: Upstream, step: str, check: str = "model") -> str:
    """The name of a row: its check's, the upstream's and, where a check asks several things, the step's."""
    plain = re.sub(r"[^a-z0-9]+", "-", upstream.name.lower()).strip("-")
    return "-".join(part for part in (check, plain, step) if part)


def explained(upstream: Upstream, name: str, answer: Answer, *evidence: tuple[str, str], trouble: str = "",
              verdict: Verdict = "fail") -> Finding:
    """An answer that is not good news, in the words of the table. `trouble` is what only the asker could see in it:
    `not_json`, `not_seen`."""
    reply = replace(answer.reply, trouble=trouble) if trouble else answer.reply
    found = translate(reply) or _unknown(answer)
    more = [("Asked", f"{upstream.label}, {upstream.base}"), ("Set in", upstream.origin),
            ("More", DETAILS.get((answer.reply.trouble, answer.detail), "")), ("Leads to", answer.location), *evidence,
            ("Time", f"{answer.seconds:.2f} s")]
    plain = replace(found, title=found.title.rstrip("."))
    return diagnosed(name, LAYER, plain, *((key, value) for key, value in more if value), verdict=verdict, mend=MEND)


def _unknown(answer: Answer) -> Diagnosis:
    return Diagnosis("provider", "model_answer_unknown", "The model's server gave an answer that nobody here knows.",
                     f"Its status was {answer.status}." if answer.status else "No answer came.",
                     ("Read what it said, and look into its own log.",), "no", "operator")
