"""What a service may ask of a model: every field that is passed on, and its shape. What is not named here is refused.

The names are OpenAI's. What would let a caller choose where a request goes, with which key, or what is recorded
(`api_base`, `api_key`, `metadata`, `user`, `extra_body`, …) is not here, nor is anything that makes another server
fetch an address: pictures come as `data:` URLs.
"""

from __future__ import annotations

from typing import Any

MOST_MESSAGES, MOST_PARTS, MOST_TOOLS, MOST_INPUTS = 1000, 256, 128, 2048
MOST_IN_ALL = 2000  # parts and calls of all messages together: each takes its time to be judged
LONG, SHORT = 8_000_000, 256

Schema = dict[str, Any]


def closed(required: list[str], **properties: Schema) -> Schema:
    """An object with these fields and no others."""
    return {"type": "object", "additionalProperties": False, "required": required, "properties": properties}


def text(most: int = LONG, least: int = 0) -> Schema:
    return {"type": "string", "minLength": least, "maxLength": most}


def number(least: float, most: float) -> Schema:
    return {"type": "number", "minimum": least, "maximum": most}


def whole(least: int, most: int) -> Schema:
    return {"type": "integer", "minimum": least, "maximum": most}


def one_of(*values: str) -> Schema:
    return {"enum": list(values)}


def many(item: Schema, most: int, least: int = 0) -> Schema:
    return {"type": "array", "items": item, "minItems": least, "maxItems": most}


FLAG: Schema = {"type": "boolean"}
FREE: Schema = {"type": "object", "maxProperties": 500}
MODEL: Schema = {**text(SHORT, 1), "pattern": r"^[^\x00-\x1f\x7f]+\Z"}
PICTURE = {"type": "string", "pattern": r"^data:image/(png|jpeg|webp|gif);base64,[A-Za-z0-9+/=]+\Z", "maxLength": LONG}
SOUND = closed(["data", "format"], data=text(), format=one_of("wav", "mp3"))
PART: Schema = {"anyOf": [
    closed(["type", "text"], type={"const": "text"}, text=text()),
    closed(["type", "refusal"], type={"const": "refusal"}, refusal=text()),
    closed(["type", "image_url"], type={"const": "image_url"},
           image_url=closed(["url"], url=PICTURE, detail=one_of("auto", "low", "high"))),
    closed(["type", "input_audio"], type={"const": "input_audio"}, input_audio=SOUND),
]}
CALL = closed(["id", "type", "function"], id=text(SHORT), type={"const": "function"},
              function=closed(["name", "arguments"], name=text(SHORT), arguments=text()))
MESSAGE = closed(
    ["role"], role=one_of("system", "developer", "user", "assistant", "tool"),
    content={"anyOf": [text(), {"type": "null"}, many(PART, MOST_PARTS)]}, name=text(SHORT),
    tool_calls=many(CALL, MOST_TOOLS), tool_call_id=text(SHORT), refusal={"type": ["string", "null"]},
    reasoning_content={"type": ["string", "null"]})
FUNCTION = closed(["name"], name=text(SHORT, 1), description=text(100_000), parameters=FREE,
                  strict={"type": ["boolean", "null"]})
TOOL = closed(["type", "function"], type={"const": "function"}, function=FUNCTION)
CHOICE: Schema = {"anyOf": [one_of("none", "auto", "required"), closed(
    ["type", "function"], type={"const": "function"}, function=closed(["name"], name=text(SHORT)))]}
FORMAT: Schema = {"oneOf": [
    closed(["type"], type=one_of("text", "json_object")),
    closed(["type", "json_schema"], type={"const": "json_schema"}, json_schema=closed(
        ["name"], name=text(SHORT), description=text(100_000), schema=FREE, strict={"type": ["boolean", "null"]})),
]}

CHAT = closed(
    ["model", "messages"], model=MODEL, messages=many(MESSAGE, MOST_MESSAGES, 1), stream=FLAG,
    stream_options=closed([], include_usage=FLAG, include_obfuscation=FLAG), temperature=number(0, 2),
    top_p=number(0, 1), top_k=whole(0, 10_000), n=whole(1, 1), seed=whole(-2**63, 2**63 - 1),
    stop={"anyOf": [text(1000), many(text(1000), 4), {"type": "null"}]}, max_tokens=whole(1, 10_000_000),
    max_completion_tokens=whole(1, 10_000_000), presence_penalty=number(-2, 2), frequency_penalty=number(-2, 2),
    logit_bias={"type": "object", "maxProperties": 300, "additionalProperties": number(-100, 100)}, logprobs=FLAG,
    top_logprobs=whole(0, 20), response_format=FORMAT, tools=many(TOOL, MOST_TOOLS), tool_choice=CHOICE,
    parallel_tool_calls=FLAG, reasoning_effort=one_of("none", "minimal", "low", "medium", "high", "xhigh"),
    verbosity=one_of("low", "medium", "high"))
IMAGE = closed(
    ["prompt"], model=MODEL, prompt=text(32_000, 1), n=whole(1, 10),
    size={"type": "string", "pattern": r"^(auto|[1-9][0-9]{1,4}x[1-9][0-9]{1,4})\Z"},
    quality=one_of("auto", "standard", "hd", "low", "medium", "high"), style=one_of("vivid", "natural"),
    response_format=one_of("url", "b64_json"), background=one_of("auto", "transparent", "opaque"),
    output_format=one_of("png", "jpeg", "webp"), output_compression=whole(0, 100), moderation=one_of("auto", "low"))
EMBEDDING = closed(
    ["model", "input"], model=MODEL, dimensions=whole(1, 65_536), encoding_format=one_of("float", "base64"),
    input={"anyOf": [text(LONG, 1), many(text(LONG, 1), MOST_INPUTS, 1), many(whole(0, 2**31), 100_000, 1),
                     many(many(whole(0, 2**31), 100_000, 1), MOST_INPUTS, 1)]})
