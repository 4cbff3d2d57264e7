"""What Postern takes while nobody asks, and how soon it is there."""

import time

from ..plan import Plan, Row, single_row
from ..processes import resident_mebibytes


def rows(plan: Plan) -> list[Row]:
    """Memory after the first answer, and the time until it, on a new database and on one that is there."""
    memory, first, again = [], [], []
    for number in range(plan.rounds):
        plan.progress(f"start {number + 1} of {plan.rounds}")
        for times in (first, again):
            started = plan.postern(f"start_{number}")
            times.append(started.seconds_to_first_answer * 1000)
            time.sleep(0.2)
            memory.append(resident_mebibytes(started.process))
            plan.stop(started)
    return [
        single_row("memory at rest, after the first answer", memory, "MiB", 16),
        single_row("start to first answer, new data directory", first, "ms", 50),
        single_row("start to first answer, database there", again, "ms", 50),
    ]
