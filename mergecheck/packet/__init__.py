"""The packet that a reviewer gets, and the answers file that comes back.

`format` and `form` say what a packet holds, `events` what an answers file holds; `write` and `open` are the two
ends of a packet, `answers` the append-only file, `outcome` what its events amount to.
"""
