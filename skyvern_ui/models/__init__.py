"""The tables. Times are naive UTC, ids are text: both as in the earlier Next.js overlay, so that its database
can be adopted (docs/deployment.md)."""

from __future__ import annotations

from .account import Account
from .attempt import Attempt
from .audit_log import AuditLog
from .checkup import Checkup, LlmKey
from .claim import Claim
from .control import Control
from .installation import Installation
from .lease import Lease
from .organization_settings import OrganizationSettings
from .run_record import Failure, RunOrigin
from .saved_view import SavedView
from .session import Session
from .share import Share
from .user import User
from .verification import Verification
from .waiting import PostedCode, WaitingClaim
from .watch import Notice, Watch

__all__ = [
    "Account", "Attempt", "AuditLog", "Checkup", "Claim", "Control", "Failure", "Installation", "Lease", "LlmKey",
    "Notice", "OrganizationSettings", "PostedCode", "RunOrigin", "SavedView", "Session", "Share", "User",
    "Verification", "WaitingClaim", "Watch",
]
