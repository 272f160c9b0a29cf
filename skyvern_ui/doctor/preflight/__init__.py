"""A quick look before something is started."""
