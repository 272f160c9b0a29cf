"""Folders of workflows."""
