"""The median of times of which some are not over yet (Kaplan and Meier): left out, the past would look quick."""

from collections.abc import Iterable


def median(finished: Iterable[float], open_for: Iterable[float] = ()) -> float | None:
    """The time by which half have finished, where the open ones are known to have lasted so long at least. None: so
    many are open that half have not finished yet."""
    ends = sorted(finished)
    lasting = sorted(open_for)
    at_risk, left, survival = len(ends) + len(lasting), 0, 1.0
    index = 0
    while index < len(ends):
        time = ends[index]
        # Who left before this moment is no longer at risk; who is cut off at the very moment still is.
        while left < len(lasting) and lasting[left] < time:
            left += 1
            at_risk -= 1
        count = 0
        while index < len(ends) and ends[index] == time:
            index += 1
            count += 1
        survival *= 1 - count / at_risk
        at_risk -= count
        # Rounding must not hide that exactly half have finished.
        if survival <= 0.5 + 1e-12:
            return time
    return None
