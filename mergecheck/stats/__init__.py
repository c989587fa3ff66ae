"""Frames to estimates; pure. Takes the two frames of the design and nothing else of a study."""
