"""The workflow copilot and the other routes that ask a model.

One row a route: method, template, prefixes, who may, audit name, deadline class.
The contract is Skyvern 1.0.56 and 1.0.50, as recorded from their routers.
"""

from __future__ import annotations

ROUTES: tuple[tuple[str, str, str, str, str, str], ...] = (
    ("POST", "suggest/{ai_suggestion_type}", "api", "member", "suggestion.create", "model"),
    ("POST", "generate/task", "api", "member", "suggestion.create", "model"),
    ("POST", "prompts/improve", "v1", "member", "prompt.improve", "model"),
    ("POST", "prompts/generate-workflow-title", "v1", "member", "prompt.title", "model"),
    ("POST", "prompts/summarize-output", "v1", "member", "prompt.summarize", "model"),
    ("POST", "workflow/copilot/chat-audio", "v1", "member", "copilot.chat_audio", "upload"),
    ("POST", "workflow/copilot/chat-post", "v1", "member", "copilot.chat_post", "stream"),
    ("GET", "workflow/copilot/chats", "v1", "member", "copilot.list_chats", "read"),
    ("GET", "workflow/copilot/chat-history", "v1", "member", "copilot.read_history", "read"),
    ("POST", "workflow/copilot/question-response", "v1", "member", "copilot.question_response", "read"),
    ("POST", "workflow/copilot/credential-deletion", "v1", "member", "copilot.credential_deletion", "read"),
    ("POST", "workflow/copilot/steer", "v1", "member", "copilot.steer", "read"),
    ("POST", "workflow/copilot/message-feedback", "v1", "member", "copilot.message_feedback", "read"),
    ("POST", "workflow/copilot/cancel", "v1", "member", "copilot.cancel", "read"),
    ("POST", "workflow/copilot/credential-response", "v1", "member", "copilot.credential_response", "read"),
    ("POST", "workflow/copilot/credential-generate", "v1", "member", "copilot.credential_generate", "model"),
    ("POST", "workflow/copilot/clear-proposed-workflow", "v1", "member", "copilot.clear_proposed_workflow", "read"),
    ("POST", "workflow/copilot/disable-auto-accept", "v1", "member", "copilot.disable_auto_accept", "read"),
    ("POST", "workflow/copilot/apply-proposed-workflow", "v1", "member", "copilot.apply_proposed_workflow", "create"),
    ("POST", "workflow/copilot/suggest-goal", "v1", "member", "copilot.suggest_goal", "model"),
    ("POST", "workflow/copilot/convert-yaml-to-blocks", "v1", "member", "copilot.convert_yaml_to_blocks", "read"),
)
