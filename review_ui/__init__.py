"""The maintainer's program: a packet in, answers out. It reaches records, errors and packet, nothing else."""
