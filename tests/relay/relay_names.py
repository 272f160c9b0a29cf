"""What the relay under gunicorn and its tests agree on."""

from __future__ import annotations

KEY = b"CANARY-sk-7f3e0123456789abcdef"
