"""The tables. Times are naive UTC, ids are text: both as in the earlier Next.js overlay, so that its database
can be adopted (docs/deployment.md)."""

from __future__ import annotations

from .account import Account
from .attempt import Attempt
from .audit_log import AuditLog
from .batch import Batch, BatchRow
from .budget_use import BudgetUse
from .charge import Charge, LedgerEntry, Price
from .checkup import Checkup, LlmKey
from .claim import Claim
from .control import Control
from .export_round import ExportRound
from .installation import Installation
from .kept_answer import KeptAnswer
from .lease import Lease
from .organization import Organization, OrganizationCredits
from .organization_settings import OrganizationSettings
from .parcel import Parcel
from .provider_key import ProviderKey
from .refusal import Refusal
from .run_record import Failure, RunOrigin
from .saved_view import SavedView
from .schedule_watch import ScheduleWatch
from .service_key import ServiceKey, ServiceKeySecret
from .session import Session
from .share import Share
from .trial import Trial, TrialBrowser
from .usage_day import UsageDay
from .user import User
from .verification import Verification
from .waiting import PostedCode, WaitingClaim
from .watch import Notice, Watch
from .workflow_draft import DraftRevision, WorkflowDraft
from .workflow_favourite import WorkflowFavourite

__all__ = [
    "Account", "Attempt", "AuditLog", "Batch", "BatchRow", "BudgetUse", "Charge", "Checkup", "Claim", "Control",
    "DraftRevision", "ExportRound", "Failure", "Installation", "KeptAnswer", "Lease", "LedgerEntry", "LlmKey", "Notice",
    "Organization", "OrganizationCredits", "OrganizationSettings", "Parcel", "PostedCode", "Price", "ProviderKey",
    "Refusal", "RunOrigin", "SavedView", "ScheduleWatch", "ServiceKey", "ServiceKeySecret", "Session", "Share", "Trial",
    "TrialBrowser", "UsageDay", "User", "Verification", "WaitingClaim", "Watch", "WorkflowDraft", "WorkflowFavourite",
]
