"""mergecheck: an agent's patch passes the tests; would the maintainer merge it?"""

__version__ = "0.1.0"
