"""Folders of workflows (since 0.2.21)."""

from __future__ import annotations

from ..transport import Transport
from ..values.library import Folder

MOST_FOLDERS = 500


class FolderCalls(Transport):
    """Folders, and which workflow is in which."""

    def list_folders(self) -> list[Folder]:
        """`GET /v1/folders`: the 500 changed last (api 3.8)."""
        return [Folder.from_json(row) for row in self._rows("/v1/folders", [("page_size", str(MOST_FOLDERS))])]

    def get_folder(self, folder_id: str) -> Folder:
        """`GET /v1/folders/{id}` (api 3.8)."""
        return Folder.from_json(self._object("GET", f"/v1/folders/{folder_id}"))

    def create_folder(self, title: str, description: str) -> Folder:
        """`POST /v1/folders` (api 3.8). Sent once."""
        return Folder.from_json(self._object("POST", "/v1/folders", {"title": title, "description": description}))

    def update_folder(self, folder_id: str, title: str, description: str) -> Folder:
        """`PUT /v1/folders/{id}`: an empty description is kept as such, null would change nothing. Sent once."""
        body = {"title": title, "description": description}
        return Folder.from_json(self._object("PUT", f"/v1/folders/{folder_id}", body))

    def delete_folder(self, folder_id: str, with_workflows: bool) -> None:
        """`DELETE /v1/folders/{id}?delete_workflows=`: else its workflows are in no folder. Sent once."""
        self._call("DELETE", f"/v1/folders/{folder_id}?delete_workflows={'true' if with_workflows else 'false'}")

    def move_workflow(self, wpid: str, folder_id: str | None) -> None:
        """`PUT /v1/workflows/{wpid}/folder`: None takes it out of its folder. Sent once."""
        self._call("PUT", f"/v1/workflows/{wpid}/folder", {"folder_id": folder_id})
