"""The entry wrapper of scheduled jobs: run, log what was done, let a failure be retried."""

from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools import Logger

logger = Logger()


class Job:
    """A Lambda handler around a job. Running late, twice or concurrently must be harmless."""

    def __init__(self, story: Callable[[], Mapping[str, int]]) -> None:
        self.story = story
        self.__doc__ = story.__doc__

    def __call__(self, event: object, context: object) -> dict[str, Any]:
        """Run once; returns and logs the counts that the story gives."""
        counts = dict(self.story())
        logger.info("ran", extra={"counts": counts})
        return counts


def job(story: Callable[[], Mapping[str, int]]) -> Job:
    """Make a story without parameters a scheduled job."""
    return Job(story)
