"""Whether this installation is safe to be reached by others."""
