"""The same promises, held against the real Skyvern (make conformance)."""
