"""What a cURL command asks for is what the block asks for; what a block cannot do is refused by name."""

from __future__ import annotations

from typing import Any

import pytest

from skyvern_ui.workflows.definition.curl_reading import LONGEST, BadCommand, request_of

A = "https://api.example/v1"


def asked(method: str = "GET", url: str = A, headers: Any = None, body: Any = None, **more: Any) -> dict[str, Any]:
    return {"method": method, "url": url, "headers": headers, "body": body, **more}


@pytest.mark.parametrize(("command", "expected"), [
    (f"curl {A}", asked()),
    (f"$ /usr/bin/curl -sSL {A} --compressed -o out.json", asked(follow_redirects=True)),
    (f"curl -XDELETE '{A}' -H 'Accept: text/csv' -m 2.4", asked("DELETE", headers={"Accept": "text/csv"}, timeout=2)),
    (f"curl -I --url {A} -m inf", asked("HEAD", timeout=86_400)),
    (f"curl {A} \\\n  -H 'content-type: application/json' \\\r\n"
     "  -H 'content-length: 9' --data-raw '{\"n\": [1, null]}'",
     asked("POST", headers={"content-type": "application/json"}, body={"n": [1, None]})),
    (f"curl {A} -X PUT --json '{{\"a\": {{\"b\": \"=@c\"}}}}'",
     asked("PUT", headers={"Content-Type": "application/json"}, body={"a": {"b": "=@c"}})),
    (f"curl {A} -d '{{\"a\": 1}}'", asked("POST", headers={"Content-Type": "application/json"}, body={"a": 1})),
    (f"curl {A} -d 'q=a%20b&mail=a@b.example' --data-urlencode 'c=x&y' -d empty=",
     asked("POST", headers={"Content-Type": "application/x-www-form-urlencoded"},
           body={"q": "a b", "mail": "a@b.example", "c": "x&y", "empty": ""})),
    (f"curl {A} -F lamp=Alva -F 'note=x=y'",
     asked("POST", headers={"Content-Type": "application/x-www-form-urlencoded"},
           body={"lamp": "Alva", "note": "x=y"})),
    (f"curl -G '{A}?z=1' -d a=1 --data-urlencode 'b=x y'", asked(url=f"{A}?z=1&a=1&b=x%20y")),
    (f"curl {A} -u me:pw -A agent -e {A}/from -b 'sid=1; theme=dark'",
     asked(headers={"Authorization": "Basic bWU6cHc=", "User-Agent": "agent", "Referer": f"{A}/from",
                    "Cookie": "sid=1; theme=dark"})),
    ("curl $'https://api.example/\\u0021\\ud83d\\ude00' --data-raw $'a=b\\'c\\n'",
     asked("POST", "https://api.example/!😀", {"Content-Type": "application/x-www-form-urlencoded"}, {"a": "b'c\n"})),
    ("curl 'https://{{ host }}/{{ order }}' -H 'Authorization: Bearer {{ token }}'",
     asked(url="https://{{ host }}/{{ order }}", headers={"Authorization": "Bearer {{ token }}"})),
    ("curl api.example", asked(url="http://api.example")),
])
def test_a_command_is_read(command: str, expected: dict[str, Any]) -> None:
    assert request_of(command) == expected


@pytest.mark.parametrize(("command", "said"), [
    ("", "begins with"), (f"wget {A}", "begins with"), ("curl", "no address"), (f"curl '{A}", "never closed"),
    (f"curl {A} --cert me.pem", "nothing for --cert"), (f"curl {A} {A}/second", "nothing for https"),
    (f"curl {A} -m soon", "value of -m"), (f"curl {A} -X", "value of -X"), (f"curl {A} -H nocolon", "no colon"),
    (f'curl ^"{A}^"', "bash"), (f"curl {A} ^\n -v", "bash"),
    (f"curl {A} -d @body.json", "reads a file"), (f"curl {A} -F file=@lamp.pdf", "reads a file"),
    (f"curl {A} --data-urlencode name@file", "reads a file"),
    (f"curl {A} -d '[1]'", "neither"), (f"curl {A} -d hello", "neither"), (f"curl {A} --data-raw '@x'", "neither"),
    (f"curl {A} -H 'Content-Type: text/csv' -d 'a=b'", "neither"),
    (f"curl {A} --json '{{'", "not valid JSON"), (f"curl {A} --json '{{\"a\": NaN}}'", "not valid JSON"),
    (f"curl {A} -d a=1 -d a=2", "'a' twice"), (f"curl {A} -d $'a=\\x00'", "NUL"), ("curl " + "x" * LONGEST, "at most"),
])
def test_what_a_block_cannot_do_is_said(command: str, said: str) -> None:
    with pytest.raises(BadCommand) as refused:
        request_of(command)
    assert said in str(refused.value) and str(refused.value).endswith(".")
