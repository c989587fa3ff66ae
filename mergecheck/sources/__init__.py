"""What exists out there, as records: benchmarks, predictions, grades."""
