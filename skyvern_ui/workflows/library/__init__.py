"""The list of workflows: found, sorted into folders, labelled, made, copied, deleted."""
