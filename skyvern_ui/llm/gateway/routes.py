"""The gateway: OpenAI's routes for services, with a key and credits of theirs."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from ...extensions import csrf
from ...guard import public
from .bodies import CHAT_KIND, EMBEDDING_KIND, IMAGE_KIND
from .listing import serve_models
from .serving import serve

bp = Blueprint("llm", __name__, url_prefix="/api/v1/llm")
csrf.exempt(bp)


@bp.post("/chat/completions")
@public  # programs have no session: they send a service key
def create_completion() -> Any:
    return serve(CHAT_KIND)


@bp.post("/image/generations")
@bp.post("/images/generations", endpoint="create_images")
@public  # programs have no session: they send a service key
def create_image() -> Any:
    return serve(IMAGE_KIND)


@bp.post("/embeddings")
@public  # programs have no session: they send a service key
def create_embedding() -> Any:
    return serve(EMBEDDING_KIND)


@bp.get("/models")
@public  # programs have no session: they send a service key
def list_models() -> Any:
    return serve_models()
