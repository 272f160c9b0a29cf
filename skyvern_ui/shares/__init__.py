"""Links to one run for people without an account: signed, running out, revocable, inputs left out by default."""
