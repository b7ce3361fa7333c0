"""Reports: sums, liability, counting, reconciling, notices, statements."""
