"""Telling people that a service runs out of credits."""
