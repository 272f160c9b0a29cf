"""Binds the routes of workflows to their blueprint, each room by its noun."""

from __future__ import annotations

from .batches import draft_routes as batch_drafts
from .batches import routes as batches
from .blueprint import bp
from .editor import block_routes as editor_blocks
from .editor import curl_routes as editor_curl
from .editor import name_routes as editor_names
from .editor import parameter_routes as editor_parameters
from .editor import pick_routes as editor_picks
from .editor import routes as editor
from .editor import save_routes as editor_saving
from .editor import text_routes as editor_text
from .folders import routes as folders
from .labels import routes as labels
from .launch import routes as launch
from .library import bulk_routes as library_bulk
from .library import marking, new_routes
from .library import routes as library
from .overview import routes as overview
from .scripts import routes as scripts
from .transfer import export_routes, folder_routes, import_routes
from .trying import routes as trying
from .versions import routes as versions

__all__ = ["batch_drafts", "batches", "bp", "editor", "editor_blocks", "editor_curl", "editor_names",
           "editor_parameters", "editor_picks", "editor_saving", "editor_text", "export_routes", "folder_routes",
           "folders", "import_routes", "labels", "launch", "library", "library_bulk", "marking", "new_routes",
           "overview", "scripts", "trying", "versions"]
