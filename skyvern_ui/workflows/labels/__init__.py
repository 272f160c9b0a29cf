"""Labels of workflows: groups, values, colours."""
