"""What `benchmarks/review_ui.py` consists of: the changes, the peers, a terminal to run them in, the table."""
