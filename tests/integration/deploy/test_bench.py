"""What `crm bench` measures of processes that come and go."""

import subprocess
import sys

import psutil

from deploy.rehearsal.bench.use import resident_bytes


def test_a_worker_that_ended_since_it_was_listed_does_not_end_the_bench() -> None:
    worker = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    listed = psutil.Process(worker.pid)
    worker.communicate(b"\n")

    assert resident_bytes(psutil.Process(), [listed]) > 0
