"""The tables. Times are naive UTC, ids are text: both as in the earlier Next.js overlay, so that its database
can be adopted (docs/deployment.md)."""

from __future__ import annotations

from .account import Account
from .attempt import Attempt
from .audit_log import AuditLog
from .budget_use import BudgetUse
from .charge import Charge, LedgerEntry, Price
from .checkup import Checkup, LlmKey
from .claim import Claim
from .control import Control
from .installation import Installation
from .kept_answer import KeptAnswer
from .lease import Lease
from .organization import Organization, OrganizationCredits
from .organization_settings import OrganizationSettings
from .provider_key import ProviderKey
from .refusal import Refusal
from .run_record import Failure, RunOrigin
from .saved_view import SavedView
from .service_key import ServiceKey, ServiceKeySecret
from .session import Session
from .share import Share
from .usage_day import UsageDay
from .user import User
from .verification import Verification
from .waiting import PostedCode, WaitingClaim
from .watch import Notice, Watch

__all__ = [
    "Account", "Attempt", "AuditLog", "BudgetUse", "Charge", "Checkup", "Claim", "Control", "Failure",
    "Installation", "KeptAnswer", "Lease", "LedgerEntry", "LlmKey", "Notice", "Organization", "OrganizationCredits",
    "OrganizationSettings", "PostedCode", "Price", "ProviderKey", "Refusal", "RunOrigin", "SavedView", "ServiceKey",
    "ServiceKeySecret", "Session", "Share", "UsageDay", "User", "Verification", "WaitingClaim", "Watch",
]
