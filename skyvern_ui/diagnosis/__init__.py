"""What an error of Skyvern, of LiteLLM or of a model's provider means: a table of rules as data, and its reader."""
