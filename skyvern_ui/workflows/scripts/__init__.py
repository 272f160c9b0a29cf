"""What Skyvern has written down of a workflow as code, and how well it holds."""
