"""The versions of a workflow: listed, compared, brought back."""
