"""What `samples/build.py` is made of: plan, repository, grader, and the files that come out."""
