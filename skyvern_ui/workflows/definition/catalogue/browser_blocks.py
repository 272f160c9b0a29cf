"""Blocks that drive the browser."""

from __future__ import annotations

from dataclasses import replace

from .kinds import Field
from .shared import DATA_SCHEMA, DL, GOAL, MAX_STEPS, PAGE, TITLE, C, D, E, M, P, R, T, V, kind, schema

_EXPORTING = ("export_enabled", ("true",))
_CRITERION = replace(C[0], help="The statement to check against the page. One of the two is needed.")
_GIVING_UP = replace(C[1], common=True, help="When this is true the workflow ends as terminated.")

BROWSER_BLOCKS = (
    kind("task_v2", "Agent task", "sparkles", "browser",
         "Give a goal of several steps; the agent plans and does them on its own.",
         Field("prompt", "long_template", "Goal", "What to reach, in plain words.", required=True, common=True,
               example="Find the cheapest train from Bremen to Oslo on 3 May and note its price."),
         PAGE,
         Field("max_steps", "number", "Most steps", "How many steps it may take in all.", "limits", default=25),
         Field("max_iterations", "number", "Most rounds of planning", "How often it may plan what comes next.",
               "limits", default=50),
         *T, *D, start={"prompt": ""}),
    kind("navigation", "Browse", "mouse-pointer-click", "browser",
         "Do something on a site: fill in a form, click through pages, look something up.",
         GOAL, PAGE, TITLE, *C, *V,
         Field("complete_criterion_is_untrusted", "flag", "“Done when” holds text from a page",
               "Its words are then treated as data and not as instructions.", "limits", default=False),
         *E, *R, *P, *T, *M, *D, *DL, start={"navigation_goal": ""}),
    kind("action", "Single action", "zap", "browser", "Do exactly one thing on the page that is open.",
         replace(GOAL, label="Action", help="The one thing to do.", example="Click on “Accept all cookies”."),
         Field("selector", "text", "Element", "A CSS or XPath selector of the element, when you know it.", "page",
               common=True, example="#submit"),
         Field("ai_fallback", "choice", "Selector and agent", "What the selector means to the agent.", "page",
               default="fallback", choices=(("fallback", "Selector first, the agent when it fails"),
                                            ("proactive", "The agent always, the selector is a hint"))),
         replace(PAGE, common=False), TITLE, *E, *R, *P, *T, *M, *D, *DL, start={"navigation_goal": ""}),
    kind("extraction", "Extract data", "scan", "browser", "Read data from the page that is open.",
         Field("data_extraction_goal", "long_template", "What to read", "The data you want, in plain words.",
               required=True, common=True, example="The number, date and total of each order in the table."),
         replace(DATA_SCHEMA, common=True), replace(PAGE, common=False), TITLE,
         Field("export_enabled", "flag", "Save as a file too", "Writes the records to a Parquet file.", "output",
               default=False),
         schema("export_data_schema", "Columns of the file", "A JSON schema of one record of the file.", "object",
                when=_EXPORTING),
         Field("export_file_name", "template", "Name of the file", "Without its ending.", "output", when=_EXPORTING),
         Field("export_records", "template", "Records for the file",
               "Which list of the result becomes the rows. Empty: the list that it holds.", "output",
               when=_EXPORTING),
         *E, *R, *P, *D, start={"data_extraction_goal": ""}),
    kind("login", "Sign in", "key-round", "browser",
         "Sign in to a site. Choose the login among its parameters; the password never passes through the model.",
         PAGE, replace(P[0], common=True, label="Login",
                       help="The parameter that holds the login, and others that this block may use."),
         replace(GOAL, required=False, common=False, label="Instructions",
                 help="Anything special about this sign-in. Empty: Skyvern's own instructions.", example=""),
         TITLE, *C, *V,
         Field("skip_saved_profile", "flag", "Do not use the saved browser profile",
               "Signs in anew even when the browser is signed in already.", "sign-in", default=False),
         *E, *R, *T, *M, *D),
    kind("validation", "Check the page", "circle-check", "browser",
         "Decide by looking at the page whether to go on.",
         _CRITERION, _GIVING_UP,
         Field("without_page_information", "flag", "Decide without the page",
               "Only the values in the text are looked at, not the page.", default=False),
         MAX_STEPS, *E, *P, *M, *D, start={"complete_criterion": ""}),
    kind("goto_url", "Open page", "globe", "browser", "Open an address in the browser.",
         replace(PAGE, required=True, help="The address to open."), start={"url": ""}),
    kind("task", "Browser task (older)", "bot", "browser",
         "The older form of Browse and Extract data in one. Use those for something new.",
         replace(GOAL, required=False), PAGE,
         Field("data_extraction_goal", "long_template", "What to read", "The data you want, in plain words.",
               common=True),
         DATA_SCHEMA, TITLE, *C, *V, *E, *R, *P, *T, *M, *D, *DL, start={"navigation_goal": ""}, deprecated=True),
)
