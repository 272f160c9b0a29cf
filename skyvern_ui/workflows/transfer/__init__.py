"""Workflows as files: read in with a preview, written out, and kept every night."""
