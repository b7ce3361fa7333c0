"""Counting what an alarm watches: one line of the log in CloudWatch's metric format."""

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit

_metrics = Metrics()


def measure(name: str, value: int = 1) -> None:
    """Add to a metric of this function, at once: what comes after may fail."""
    _metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)
    _metrics.flush_metrics()
