"""Counts what the calls of a run come to."""

from collections import Counter

from straitsx_bulk.schemas.run import ApiFigures


class Tally:
    """Running counts of requests and answers."""

    def __init__(self) -> None:
        self._by_status: Counter[str] = Counter()
        self._retries = 0

    def count_request(self, status: int, *, again: bool) -> None:
        """Count a request that was handed to a socket.

        Args:
            status: HTTP status of its answer, 0 where none came.
            again: Whether the same call had been handed to a socket before.
        """
        self._by_status[str(status)] += 1
        self._retries += again

    def figures(self, max_rate: float) -> ApiFigures:
        """Give the counts so far.

        Args:
            max_rate: The most requests in any one second, as the pacer measured it.

        Returns:
            The figures.
        """
        return ApiFigures(
            calls=self._by_status.total(),
            by_status=dict(sorted(self._by_status.items())),
            retries=self._retries,
            throttled=self._by_status["429"],
            max_rate=max_rate,
        )
