"""A cURL command, as a browser's developer tools or a manual give it, as the fields of an HTTP request block.

Read here and not by Skyvern: its own reader writes the whole command, keys and all, into its log, and hides a body that
it cannot send in a field named `data`.
"""

from __future__ import annotations

import json
import re
import shlex
from argparse import ArgumentParser, Namespace
from base64 import b64encode
from typing import Any, NoReturn
from urllib.parse import parse_qsl, quote

from ..json_reading import read_json

Json = dict[str, Any]
LONGEST = 50_000  # characters
NO_MATTER = ("-s --silent", "-S --show-error", "-v --verbose", "-i --include", "-k --insecure", "--compressed",
             "-f --fail", "-g --globoff", "-N --no-buffer", "-# --progress-bar", "--no-progress-meter", "--http1.1",
             "--http2", "--tlsv1.2", "--fail-with-body")
NO_MATTER_WITH_VALUE = ("-o --output", "-w --write-out", "--connect-timeout", "--retry", "--retry-delay")
ANSI_QUOTED = re.compile(r"\$'((?:[^'\\]|\\.)*)'", re.DOTALL)
ANSI_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{1,4})|x([0-9a-fA-F]{1,2})|(.))", re.DOTALL)
ANSI_LETTERS = {"n": "\n", "r": "\r", "t": "\t"}
JSON_TYPE, FORM_TYPE = "application/json", "application/x-www-form-urlencoded"


class BadCommand(Exception):
    """What a block cannot do or nobody can read, with the sentence that says so."""


class _Reader(ArgumentParser):
    def error(self, message: str) -> NoReturn:
        about, _, named = message.partition(": ")
        if about == "unrecognized arguments":
            raise BadCommand(f"An HTTP request block has nothing for {named.split()[0][:60]}. "
                             "Take it out of the command first.")
        raise BadCommand(f"The value of {about.removeprefix('argument ').split('/')[0]} is missing or cannot be read.")


def request_of(command: str) -> Json:
    """What a block of type `http_request` holds to do the same: always method, url, headers and body, and those of the
    others that the command names. Raises BadCommand."""
    asked = _asked(command)
    headers = _headers(asked)
    body, as_json = (None, False) if asked.get else _body(asked, headers)
    url = asked.url or asked.address or ""
    if asked.get and asked.data:
        url += ("&" if "?" in url else "?") + "&".join(asked.data)
    if not url:
        raise BadCommand("There is no address in this command.")
    if not any(name.lower() == "content-type" for name in headers) and body is not None:
        headers["Content-Type"] = JSON_TYPE if as_json else FORM_TYPE
    method = asked.request or ("HEAD" if asked.head else "POST" if body is not None else "GET")
    found: Json = {"method": method.upper(), "url": url if "://" in url or "{{" in url else f"http://{url}",
                   "headers": headers or None, "body": body}
    if asked.location:
        found["follow_redirects"] = True
    if asked.max_time is not None:
        found["timeout"] = asked.max_time
    try:
        return read_json(json.dumps(found))  # type: ignore[no-any-return]
    except ValueError as error:
        raise BadCommand(f"The command cannot be kept: {error}.") from None


def _asked(command: str) -> Namespace:
    if len(command) > LONGEST:
        raise BadCommand(f"A command has at most {LONGEST:,} characters.")
    if re.search(r"\^\s*$", command, re.MULTILINE) or '^"' in command:
        raise BadCommand("This is cURL as Windows' command prompt writes it. Copy it as “cURL (bash)”.")
    try:
        words = shlex.split(ANSI_QUOTED.sub(_unquoted, re.sub(r"\\\r?\n", " ", command)))
    except ValueError:
        raise BadCommand("A quotation mark is opened and never closed.") from None
    while words and words[0] in ("$", "#", "%"):
        words.pop(0)
    if not words or words[0].rpartition("/")[2] not in ("curl", "curl.exe"):
        raise BadCommand("A cURL command begins with “curl”.")
    return _reader().parse_args(words[1:])


def _unquoted(found: re.Match[str]) -> str:
    """`$'…'` as the shell reads it."""
    def letter(escape: re.Match[str]) -> str:
        code = escape.group(1) or escape.group(2)
        return chr(int(code, 16)) if code else ANSI_LETTERS.get(escape.group(3), escape.group(3))
    halves = ANSI_ESCAPE.sub(letter, found.group(1)).encode("utf-16", "surrogatepass")
    return shlex.quote(halves.decode("utf-16", "replace"))


def _reader() -> _Reader:
    reader = _Reader(add_help=False, allow_abbrev=False)
    reader.add_argument("address", nargs="?")
    reader.add_argument("--url")
    reader.add_argument("-X", "--request")
    reader.add_argument("-H", "--header", action="append", default=[])
    reader.add_argument("-d", "--data", "--data-ascii", "--data-binary", dest="data", action="append", type=_written,
                        default=[])
    reader.add_argument("--data-raw", dest="data", action="append")
    reader.add_argument("--data-urlencode", dest="data", action="append", type=_encoded)
    reader.add_argument("--json", action="append", type=_written, default=[])
    reader.add_argument("-F", "--form", action="append", type=_field, default=[])
    for names in (("-u", "--user"), ("-A", "--user-agent"), ("-e", "--referer"), ("-b", "--cookie")):
        reader.add_argument(*names)
    reader.add_argument("-m", "--max-time", type=_seconds)
    for names in (("-G", "--get"), ("-I", "--head"), ("-L", "--location")):
        reader.add_argument(*names, action="store_true")
    for each in NO_MATTER:
        reader.add_argument(*each.split(), action="store_true", dest="no_matter")
    for each in NO_MATTER_WITH_VALUE:
        reader.add_argument(*each.split(), dest="no_matter_either")
    return reader


def _written(text: str) -> str:
    return _refuse_file(text, text.startswith("@"))


def _field(text: str) -> tuple[str, str]:
    name, _, value = _refuse_file(text, bool(re.match(r"[^=]*=[@<]", text))).partition("=")
    return name, value


def _encoded(text: str) -> str:
    name, equals, value = _refuse_file(text, bool(re.match(r"[^=]*@", text))).partition("=")
    return f"{name}={quote(value)}" if equals and name else quote(value if equals else name)


def _refuse_file(text: str, reads_file: bool) -> str:
    if reads_file:
        raise BadCommand("The command reads a file of the machine where it was written. Leave it out, and add the file "
                         "to the block afterwards.")
    return text


def _seconds(text: str) -> int:
    return round(min(max(1.0, float(text)), 86_400.0))


def _headers(asked: Namespace) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in asked.header:
        name, colon, value = line.partition(":")
        if not colon:
            raise BadCommand(f"The header {line[:60]!r} has no colon.")
        found[name.strip()] = value.strip()
    if asked.user:
        found["Authorization"] = "Basic " + b64encode(asked.user.encode()).decode()
    for name, value in (("User-Agent", asked.user_agent), ("Referer", asked.referer), ("Cookie", asked.cookie)):
        if value:
            found[name] = value
    return {name: value for name, value in found.items() if name.lower() != "content-length"}


def _body(asked: Namespace, headers: dict[str, str]) -> tuple[Json | None, bool]:
    """The body and whether it is sent as JSON. Skyvern sends a JSON object or a form, and nothing else."""
    if asked.form:
        return _pairs(asked.form), False
    if not asked.data and not asked.json:
        return None, False
    text = "".join(asked.json) or "&".join(asked.data)
    kind = next((value for name, value in headers.items() if name.lower() == "content-type"), "").lower()
    if asked.json or "json" in kind or not kind and text.lstrip()[:1] in ("{", "["):
        try:
            body = read_json(text)
        except ValueError:
            raise BadCommand("The body is not valid JSON.") from None
        if not isinstance(body, dict):
            raise BadCommand("Skyvern sends a JSON object or a form; this body is neither.")
        return body, True
    pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=2000) if "=" in text else []
    if not pairs or kind and FORM_TYPE not in kind:
        raise BadCommand("Skyvern sends a JSON object or a form; this body is neither.")
    return _pairs(pairs), False


def _pairs(pairs: list[tuple[str, str]]) -> Json:
    found: Json = {}
    for name, value in pairs:
        if name in found:
            raise BadCommand(f"The form sends {name[:60]!r} twice; a block can hold it once.")
        found[name] = value
    return found
