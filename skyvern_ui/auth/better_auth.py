"""People, sessions and refusals in the shapes of the Better Auth client.

`token` in an answer is a session's id: the real token is only ever in the HttpOnly cookie.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import jsonify

from ..models import Session, User


def user_json(user: User) -> dict[str, Any]:
    return {
        "id": user.id, "name": user.name, "email": user.email, "emailVerified": bool(user.email_verified),
        "image": user.image, "createdAt": _iso(user.created_at), "updatedAt": _iso(user.updated_at),
        "role": user.role, "banned": user.is_banned, "banReason": user.ban_reason,
        "banExpires": _iso(user.ban_expires),
    }


def session_json(session: Session) -> dict[str, Any]:
    return {
        "id": session.id, "token": session.id, "userId": session.user_id, "expiresAt": _iso(session.expires_at),
        "createdAt": _iso(session.created_at), "updatedAt": _iso(session.updated_at),
        "ipAddress": session.ip_address or "", "userAgent": session.user_agent or "",
    }


def refusal(status: int, code: str, message: str) -> tuple[Any, int]:
    return jsonify(code=code, message=message), status


def _iso(moment: datetime | None) -> str | None:
    return moment.replace(tzinfo=UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if moment else None
