"""/doctor: what is broken between here and the model, and the mend."""
