"""The tables. Times are naive UTC, ids are text: both as in the earlier Next.js overlay, so that its database
can be adopted (docs/deployment.md)."""

from __future__ import annotations

from .account import Account
from .attempt import Attempt
from .audit_log import AuditLog
from .claim import Claim
from .installation import Installation
from .organization_settings import OrganizationSettings
from .session import Session
from .user import User
from .verification import Verification

__all__ = [
    "Account", "Attempt", "AuditLog", "Claim", "Installation", "OrganizationSettings", "Session", "User",
    "Verification",
]
