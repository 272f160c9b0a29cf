"""Speaking to an OpenAI-compatible model: who it is, what it can do."""
