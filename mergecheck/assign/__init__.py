"""Candidates to draws, waves and queues, under blind ids."""
