"""Benchmarks: each prints ratios and counts measured in one run."""
