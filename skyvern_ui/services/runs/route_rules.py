"""Which of Skyvern's routes a service may have: by which scope, charged as what, showing whose things.

The rows are those of the route table, by their names in the audit. What is not named here is closed, and so is
everything that only admins may do. The shared things of the house (workflows, folders, credentials by name) are for
every service with the scope; runs, browser sessions and uploads are for the organisation that made them.
"""

from __future__ import annotations

from typing import NamedTuple

from ...skyvern.routes import Match
from ..credits.endpoints import BROWSER, RUN_TASK, RUN_WORKFLOW, UPLOAD, WRITE

NAMES = {
    "skyvern:read": """artifact.download artifact.list artifact.read artifact.sign browser_type.list folder.list
        folder.read heal_episode.list model.list run.list run.list_actions run.list_steps run.read run.read_history
        run.read_tags run.read_timeline run_tags.list script.compare script.list script.read script.read_detail
        script.read_version script.read_versions server.read_config server.read_heartbeat server.read_version
        tag_key.list tag_value.list workflow.list workflow.list_templates workflow.read workflow.read_history
        workflow.read_tags workflow.read_versions workflow_tags.list""",
    "skyvern:run": """run.cancel run.cancel_many run.continue run.create run.retry run.retry_webhook run.tag run.untag
        sdk_action.run""",
    "skyvern:files": "file.delete file.upload",
    "skyvern:workflows": """folder.create folder.delete folder.update tag_key.delete tag_key.update tag_value.create
        tag_value.delete tag_value.rename tag_value.update workflow.create workflow.create_from_prompt workflow.delete
        workflow.move workflow.set_template workflow.tag workflow.untag workflow.update""",
    "skyvern:browsers": """browser_profile.create browser_profile.delete browser_profile.list browser_profile.read
        browser_profile.reset browser_profile.update browser_session.close browser_session.create browser_session.extend
        browser_session.list browser_session.read browser_session.read_metadata browser_session.refresh
        browser_session.update""",
    "skyvern:credentials": """credential.create credential.delete credential.list credential.move credential.read
        credential.update credential_folder.create credential_folder.delete credential_folder.list
        credential_folder.read credential_folder.update totp_code.create""",
}
CLOSED_FOR = {
    "starting runs that nobody pays for": "schedule.cancel schedule.create schedule.delete schedule.disable "
                                          "schedule.enable schedule.list schedule.read schedule.update",
    "secrets": """credential.cancel_test credential.read_test credential.read_totp_code credential.test totp_code.list
        vault.list_items vault.read_status""",
    "the editor's assistants": """copilot.apply_proposed_workflow copilot.cancel copilot.chat_audio copilot.chat_post
        copilot.clear_proposed_workflow copilot.convert_yaml_to_blocks copilot.credential_deletion
        copilot.credential_generate copilot.credential_response copilot.disable_auto_accept copilot.list_chats
        copilot.message_feedback copilot.question_response copilot.read_history copilot.steer copilot.suggest_goal
        prompt.improve prompt.summarize prompt.title suggestion.create workflow.draft_from_document
        workflow.import_document""",
    "naming the runs of others": """browser_profile.read_usage fallback_episode.list fallback_episode.read
        feedback.create feedback.read reliability.list reliability.read run_tags.suggest script.read_blocks
        script.read_runs script.read_values""",
    "a person's own browser": """browser_recording.delete browser_recording.read browser_session.process_recording
        browser_session.read_action_logs browser_session.record_actions browser_session.register debug_session.create
        debug_session.prewarm debug_session.read debug_session.read_block_outputs debug_session.read_compatibility
        debug_session.read_viewer_state""",
    "live sockets": """browser_session.control browser_session.message browser_session.watch browser_session.watch_vnc
        run.control run.message run.watch run.watch_vnc""",
    "many runs or none at one price": "run.create_block run_group.cancel run_group.create run_group.read",
    "accounts of the house": """google_account.list google_sheet.create google_sheet.list google_sheet.read
        microsoft_account.list phone_number.list script.clear_cache script.delete_value script.pin script.unpin""",
}
CLOSED = frozenset(name for names in CLOSED_FOR.values() for name in names.split())
# Rows of an open name that show things of others, or start runs in a way that has no price.
CLOSED_ROWS = frozenset({
    "debug-session/{debug_session_id}/runs", "runs/heal_summary/batch", "step/{entity_id}/artifacts",
    "tasks/{task_id}/steps/{step_id}/artifacts", "thought/{entity_id}/artifacts",
    "workflow_run_block/{entity_id}/artifacts", "workflows/{workflow_id}/heal_episodes",
})
SCOPE_OF = {name: scope for scope, names in NAMES.items() for name in names.split()}

# An organisation has these only if it made them; `entity_id` is a task's or a workflow run's in the rows left open.
OWNED = frozenset({"run_id", "workflow_run_id", "task_id", "session_id", "file_id", "entity_id"})
# Lists of everybody's: of these a service gets its own rows. The number is how many pages Skyvern has of one.
LISTS = {"runs": 10, "workflows/runs": 10, "workflows/{workflow_id}/runs": 10, "tasks": 10,
         "browser_sessions/{session_id}/workflow_runs": 1, "browser_sessions/history": 10, "browser_sessions": 1}
PRICED_AS = {
    "run/tasks": RUN_TASK, "run/tasks/login": RUN_TASK, "run/tasks/download_files": RUN_TASK, "tasks": RUN_TASK,
    "run/workflows": RUN_WORKFLOW, "workflows/{workflow_id}/run": RUN_WORKFLOW,
    "workflows/runs/{workflow_run_id}/retry": RUN_WORKFLOW, "upload_file": UPLOAD, "browser_sessions": BROWSER,
}
# To stop is free, so that an empty pool never keeps anything running.
FREE = frozenset({"run.cancel", "run.cancel_many", "browser_session.close"})


class Terms(NamedTuple):
    """How a service has a route. `endpoint`: what it is charged as, None when it is free. `pages`: of a list of
    everybody's things, how many pages are looked through for its own; 0 for any other answer."""

    scope: str
    endpoint: str | None
    pages: int

    @property
    def starts_run(self) -> bool:
        """True for what begins a run that is paid for."""
        return self.endpoint in (RUN_TASK, RUN_WORKFLOW)


def plain(template: str) -> str:
    """The template as the table writes it: `agents` is another word for `workflows` (1.0.39)."""
    return "/".join("workflows" if word == "agents" else word for word in template.split("/"))


def terms_of(method: str, match: Match) -> Terms | None:
    """The terms of a route, None when no service may have it. `method` may be HEAD; a socket is `WS`."""
    template = plain(match.template)
    scope = SCOPE_OF.get(match.audit)
    if scope is None or match.who != "member" or method == "WS" or template in CLOSED_ROWS:
        return None
    reads = not match.is_write or match.audit.partition(".")[2].startswith(("list", "read"))
    if reads:
        return Terms(scope, None, 0 if match.is_write else LISTS.get(template, 0))
    return Terms(scope, None if match.audit in FREE else PRICED_AS.get(template, WRITE), 0)
