"""An organisation's own key for a provider of models: entered, tested, used directly, never fallen back from."""
