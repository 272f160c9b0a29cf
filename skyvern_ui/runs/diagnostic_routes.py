from __future__ import annotations

from typing import Any

from flask import abort, render_template

from ..access import find_run, skyvern
from ..aside import aside
from ..request import signed_in
from ..skyvern.values import Artifact
from . import diagnostic_rules, rules
from .blueprint import bp


@bp.get("/<run_id>/diagnostics/<artifact_id>")
def show_diagnostic(run_id: str, artifact_id: str) -> Any:
    """One thing that was written down, as text that can be read."""
    run = find_run(signed_in(), run_id)
    artifact = _of_run(rules.artifacts_of(skyvern(), run), artifact_id)
    text = skyvern().get_artifact_text(artifact_id)
    context: dict[str, Any] = {"run": run, "artifact": artifact, "traffic": None, "lines": None, "text": None}
    if artifact.kind == "har":
        context["traffic"] = aside(diagnostic_rules.summarise, text)
    elif artifact.kind == "browser_console_log":
        context["lines"] = diagnostic_rules.log_lines(text)
    if context["traffic"] is None and context["lines"] is None:
        readable = aside(diagnostic_rules.readable, artifact.kind, text)
        context |= {"text": readable[:diagnostic_rules.LONGEST], "length": len(readable)}
    return render_template("runs/_diagnostic.html", **context)


def _of_run(artifacts: list[Artifact], artifact_id: str) -> Artifact:
    found = next((a for a in artifacts if a.artifact_id == artifact_id), None)
    if found is None or found.is_screenshot or found.kind in ("recording", "download"):
        abort(404, "This run has nothing like that to read.")
    return found
