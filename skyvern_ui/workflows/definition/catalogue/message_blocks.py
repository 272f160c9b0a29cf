"""Blocks that write to people and hear from them."""

from __future__ import annotations

from .kinds import Field
from .shared import BODY_FORMATS, P, kind

_GMAIL, _SMTP = ("transport", ("gmail",)), ("transport", ("", "smtp"))
_OLD = "The key of a secret parameter; only where the server's own sender is used."


def _secret_key(name: str, label: str) -> Field:
    return Field(f"smtp_{name}_secret_parameter_key", "parameter", label, _OLD, "e-mail", when=_SMTP)


MESSAGE_BLOCKS = (
    kind("send_email", "Send e-mail", "mail", "messages", "Send an e-mail, with files of the run when you like.",
         Field("recipients", "list", "To", "One address in each line.", required=True, common=True,
               example="team@example.com"),
         Field("subject", "template", "Subject", "What the e-mail is about.", required=True, common=True),
         Field("body", "long_template", "Text", "What the e-mail says.", required=True, common=True),
         Field("sender", "template", "From", "Needed unless it is sent by Gmail.", default="", common=True, when=_SMTP,
               example="robot@example.com"),
         Field("body_format", "choice", "Format", "How the text is written.", default="text", choices=BODY_FORMATS),
         Field("file_attachments", "list", "Attached files", "Paths, or outputs of blocks that made files."),
         Field("transport", "choice", "Sent by", "Empty: a mail server.", "e-mail",
               choices=(("smtp", "A mail server"), ("gmail", "A connected Gmail account"))),
         Field("credential_id", "credential", "Google account", "The account that sends it.", "e-mail", when=_GMAIL),
         Field("cc", "list", "Cc", "Only with Gmail.", "e-mail", default=[], when=_GMAIL),
         Field("bcc", "list", "Bcc", "Only with Gmail.", "e-mail", default=[], when=_GMAIL),
         Field("custom_smtp_host", "template", "Mail server", "Empty: the server's own sender.", "e-mail", when=_SMTP,
               example="smtp.example.com"),
         Field("custom_smtp_port", "number", "Port", "Empty: the usual one.", "e-mail", least=1, most=65535,
               when=_SMTP, example="587"),
         Field("custom_smtp_username", "template", "User of the mail server", "Who signs in there.", "e-mail",
               when=_SMTP),
         Field("custom_smtp_password", "secret", "Password of the mail server",
               "Skyvern keeps it encrypted. Better: the name of a secret parameter in braces.", "e-mail", when=_SMTP),
         _secret_key("host", "Secret that holds the host"), _secret_key("port", "Secret that holds the port"),
         _secret_key("username", "Secret that holds the user"),
         _secret_key("password", "Secret that holds the password"),
         start={"sender": "", "recipients": [], "subject": "", "body": ""}),
    kind("email_inbox", "Read e-mail", "inbox", "messages", "Find e-mails in a connected inbox.",
         Field("email_client", "choice", "Inbox", "Whose inbox is searched.", required=True, common=True,
               choices=(("gmail", "Gmail"), ("outlook", "Outlook"))),
         Field("credential_id", "credential", "Account", "The connected account.", "sign-in", common=True),
         Field("prompt", "long_template", "Which e-mails", "In plain words. Empty: all that match.", common=True),
         Field("sender", "template", "From", "Only from this sender.", common=True),
         Field("subject", "template", "Subject", "Only with this in the subject.", common=True),
         Field("folder", "template", "Folder", "Empty: the inbox."),
         Field("newer_than_days", "number", "At most so many days old", "Empty: of any age.", "limits"),
         Field("max_results", "number", "Most e-mails", "The newest come first.", "limits", default=25),
         Field("include_body", "flag", "With their text", "Else only sender, subject and date are read.", "output",
               default=True),
         Field("download_attachments", "flag", "Download attached files", "For blocks that come later.", "output",
               default=False),
         *P, start={"email_client": "gmail"}),
    kind("human_interaction", "Ask a person", "hand", "messages",
         "Stop and ask people to approve or reject; the run waits for the answer.",
         Field("instructions", "long_template", "Question", "What the person should look at and decide.", common=True,
               default="Please review and approve or reject to continue the workflow."),
         Field("recipients", "list", "Who is asked", "They get an e-mail.", required=True, common=True),
         Field("positive_descriptor", "template", "Words for yes", "On the button that lets the run go on.",
               default="Approve", common=True),
         Field("negative_descriptor", "template", "Words for no", "On the button that ends the run.", default="Reject",
               common=True),
         Field("timeout_seconds", "number", "Longest wait in seconds", "After that the run ends.", "limits",
               default=7200),
         Field("subject", "template", "Subject of the e-mail", "What the e-mail is about.", "e-mail",
               default="Human interaction required for workflow run"),
         Field("body", "long_template", "Text of the e-mail", "What the e-mail says.", "e-mail",
               default="Your interaction is required for a workflow run!"),
         Field("body_format", "choice", "Format", "How the text is written.", "e-mail", default="text",
               choices=BODY_FORMATS),
         Field("sender", "text", "From", "The address from which people are asked.", "e-mail",
               default="hello@skyvern.com"),
         start={"instructions": "", "recipients": []}),
)
