"""A raw patch to the canonical change, with git as the judge of what applies."""
