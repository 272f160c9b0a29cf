"""Keys of programs: their form, their rights, their secrets."""
