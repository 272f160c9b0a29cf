"""Signing in and out: the pages and the Better Auth contract."""
