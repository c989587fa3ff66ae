"""What stands on a screen, one widget a file."""
