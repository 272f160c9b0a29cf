"""What somebody needs who is to help, and nothing else."""
