"""What a workflow is, as Skyvern takes it: pure values, no Flask, no database, no network.

A *document* is the body of `POST /v1/workflows` (api 3.1, `WorkflowCreate`): plain dicts and lists, nothing renamed.
"""
