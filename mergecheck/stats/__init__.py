"""Frames to estimates; pure. Takes the two frames of the design and nothing else of a study.

`analysis.analyse` computes all that a report says; `frames` says what the two frames hold; `generate` makes
reviews, or whole studies, of which the true rates are known. The other modules hold one subject each.
"""
