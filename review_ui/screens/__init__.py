"""What one sees, one screen a file."""
