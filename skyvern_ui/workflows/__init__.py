"""/workflows: what a team owns: a library, an editor, versions, launching, many runs from a table, scripts."""
