"""A server that never rests: ``python -m tests.reliability.busy STATE SKY SEED``.

It runs a mix of jobs and writes a line to its standard output for everything it
has acknowledged, until it is killed.
"""

from __future__ import annotations

import asyncio
import random
import sys
from pathlib import Path

from lsp_jupyter.jobs.job import Origin, Phase
from tests.jobs.service import ANN, FAILING, QUICK, SLOW, Service

MANY_ROWS = "SELECT TOP 150000 a.id, a.name FROM test.stars AS a, test.stars AS b WHERE b.n < 5"
MIX = [*(QUICK,) * 6, *(MANY_ROWS,) * 3, *(FAILING,) * 2, SLOW]
#: Jobs under way at once.
FLOCK = 20


def say(word: str, job_id: str) -> None:
    sys.stdout.write(f"{word} {job_id}\n")
    sys.stdout.flush()


async def one(service: Service, chance: random.Random) -> None:
    """The life of one job, as a client sees it."""
    query = chance.choice(MIX)
    if chance.random() < 0.3:
        job = await service.submit(query, origin=Origin.TAP_SYNC)
        say("sync", job.id)
    elif chance.random() < 0.5:
        job = await service.jobs.create(ANN, {"QUERY": query}, origin=Origin.TAP_ASYNC)
        say("made", job.id)
        await service.jobs.run(ANN, job.id)
        say("queued", job.id)
    else:
        job = await service.submit(query)
        say("queued", job.id)
    if query == SLOW:
        await asyncio.sleep(chance.random())
        job = await service.jobs.abort(ANN, job.id)
    else:
        job = await service.jobs.finished(ANN, job.id, 60)
    if job.phase is Phase.COMPLETED and chance.random() < 0.2:
        say("deleting", job.id)
        await service.jobs.delete(ANN, job.id)
        say("deleted", job.id)
    else:
        say(job.phase.lower(), job.id)


async def main(state: Path, sky: Path, seed: int) -> None:
    chance = random.Random(seed)
    async with Service(state, sky, running_per_user=6) as service:
        say("ready", "-")

        async def client() -> None:
            while True:
                await one(service, chance)

        await asyncio.gather(*(client() for _ in range(FLOCK)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])))
