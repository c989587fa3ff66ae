"""Estimates to what a person reads."""
