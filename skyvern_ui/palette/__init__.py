"""/palette: one box for pages, actions and things: on every page with Ctrl or ⌘ and K, and a page of its own."""
