"""Starting a workflow: its inputs, its options, and the same call as code."""
