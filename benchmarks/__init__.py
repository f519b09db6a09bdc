"""Benchmarks: figures of one run on one machine, with the ratio to something bare measured in the same run."""
