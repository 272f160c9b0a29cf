"""What services have used."""
