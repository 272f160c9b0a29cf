"""/artifacts and /api/artifact-proxy: bytes that runs left behind."""
