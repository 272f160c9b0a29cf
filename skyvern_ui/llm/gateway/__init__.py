"""The gateway: OpenAI's routes for services, checked, charged, answered."""
