"""The settings of a whole workflow: those of its body, and those of its `workflow_definition`."""

from __future__ import annotations

from .kinds import Field

_AREAS = (
    ("NONE", "No proxy"), ("RESIDENTIAL", "Residential, USA"), ("RESIDENTIAL_ISP", "Residential, fixed provider"),
    ("US-CA", "California"), ("US-NY", "New York"), ("US-TX", "Texas"), ("US-FL", "Florida"), ("US-WA", "Washington"),
    ("RESIDENTIAL_AR", "Argentina"), ("RESIDENTIAL_AU", "Australia"), ("RESIDENTIAL_BR", "Brazil"),
    ("RESIDENTIAL_CA", "Canada"), ("RESIDENTIAL_FR", "France"), ("RESIDENTIAL_DE", "Germany"),
    ("RESIDENTIAL_GB", "Great Britain"), ("RESIDENTIAL_IN", "India"), ("RESIDENTIAL_IE", "Ireland"),
    ("RESIDENTIAL_IT", "Italy"), ("RESIDENTIAL_JP", "Japan"), ("RESIDENTIAL_MX", "Mexico"),
    ("RESIDENTIAL_NL", "Netherlands"), ("RESIDENTIAL_NZ", "New Zealand"), ("RESIDENTIAL_PH", "Philippines"),
    ("RESIDENTIAL_SA", "Saudi Arabia"), ("RESIDENTIAL_ZA", "South Africa"), ("RESIDENTIAL_KR", "South Korea"),
    ("RESIDENTIAL_ES", "Spain"), ("RESIDENTIAL_TR", "Turkey"),
)
_CODE = (("agent", "The agent"), ("code", "Generated code"))

SETTINGS = (
    Field("title", "text", "Title", "How people find it.", required=True, common=True),
    Field("description", "long_text", "Description", "What it does, for those who look for it.", common=True),
    Field("model", "model", "Model", "The language model for all blocks. Empty: the server's.", common=True),
    Field("max_elapsed_time_minutes", "number", "Longest run in minutes", "From 1 to 480. Empty: 240.", "limits",
          least=1, most=480, common=True),
    Field("webhook_callback_url", "address", "Webhook", "Told when a run is over.", common=True,
          example="https://example.com/hooks/skyvern"),
    Field("status", "choice", "State", "A draft is not offered to others.", default="published",
          choices=(("published", "Published"), ("draft", "Draft"), ("auto_generated", "Made from a prompt"),
                   ("importing", "Being imported"), ("import_failed", "Import failed"))),
    Field("proxy_location", "proxy", "Proxy", "Where the browser appears to be. Self-hosted servers have no proxies of "
          "their own.", "page", choices=_AREAS),
    Field("browser_type", "choice", "Browser", "Self-hosted servers refuse a choice.", "page",
          choices=(("msedge", "Edge"), ("chrome", "Chrome"), ("stealth-chromium", "Stealth Chromium"))),
    Field("persist_browser_session", "flag", "Keep the browser's data",
          "Cookies and sign-ins of a run are there again in the next.", "page", default=False),
    Field("reuse_browser_session", "flag", "Use a running browser again", "Runs share one browser session.", "page",
          default=False),
    Field("browser_profile_id", "text", "Browser profile", "The id of a saved profile to begin with.", "page"),
    Field("browser_profile_key", "template", "One profile for each",
          "Keeps a profile of its own for each value of this.", "page", example="{{ account }}"),
    Field("pin_saved_session_ip", "flag", "Keep the address",
          "A saved browser goes out from the same address each time.", "page", default=False),
    Field("max_screenshot_scrolls", "number", "Most scrolls for a picture",
          "How far long pages are scrolled for screenshots.", "limits", least=0),
    Field("extra_http_headers", "map", "Extra headers", "Sent with every request of the browser.", "page"),
    Field("cdp_connect_headers", "map", "Headers for a remote browser",
          "Sent when Skyvern connects to a browser elsewhere. *** keeps what is stored.", "page"),
    Field("totp_identifier", "template", "One-time code for", "The address or number that gets the codes.", "sign-in"),
    Field("totp_verification_url", "address", "Address that gives one-time codes",
          "Your own service that answers with the code.", "sign-in"),
    Field("mask_secrets", "flag", "Hide secrets", "In screenshots, recordings, the live view and logs.", "sign-in",
          default=None),
    Field("run_sequentially", "flag", "One run at a time", "The next waits until the last is over.", "limits",
          default=False),
    Field("sequential_key", "template", "One at a time for each", "Only runs with the same value wait.", "limits",
          when=("run_sequentially", ("true",)), example="{{ account }}"),
    Field("run_with", "choice", "Runs with", "Code is written from earlier runs; it is faster and costs less.", "code",
          default="agent", choices=_CODE, clearable=True),
    Field("ai_fallback", "flag", "The agent helps where code fails", "Else a step that fails in code fails the run.",
          "code", default=True),
    Field("cache_key", "template", "One script for each", "Keeps generated code for each value of this.", "code",
          default="default", clearable=True),
    Field("code_version", "number", "Version of generated code", "1 or 2.", "code", least=1, most=2),
    Field("adaptive_caching", "flag", "Code that adapts", "The code is renewed when pages change.", "code",
          default=False),
    Field("generate_script_on_terminal", "flag", "Make code from ended runs too",
          "Also from runs that were ended by a block.", "code", default=False),
    Field("enable_self_healing", "flag", "Repair code", "Kept by Skyvern 1.0.56 without effect.", "code",
          default=None),
    Field("is_saved_task", "flag", "Is a saved task", "Listed among tasks and not among workflows.", "more",
          default=False),
    Field("folder_id", "text", "Folder", "Set when it is made; later the library moves it.", "more"),
)

DEFINITION_SETTINGS = (
    Field("workflow_system_prompt", "long_template", "Instructions for all blocks",
          "Given to the model with every block.", common=True),
    Field("finally_block_label", "block", "Last of all", "A block that runs however the others end: one of the "
          "outermost, with nothing after it.", common=True),
    Field("error_code_mapping", "map", "Error codes",
          "Codes of your own for all blocks, each with a sentence that says when it applies.", "errors"),
    Field("retry_policy", "retry", "Try again", "Which endings start the run again, and how often.", "errors"),
    Field("browser_settings", "json", "Browser", "The time zone the browser reports.", "page",
          example='{"timezone_id": "Europe/Berlin"}'),
    Field("completion_contract", "json", "What a run must produce", "Written by Skyvern's copilot; leave it as it is.",
          "more"),
)
