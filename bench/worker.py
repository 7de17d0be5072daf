"""A worker with one of the peers of peers.py: worker.py NAME. See workbench.py for the commands."""

import ctypes
import gc
import importlib.metadata
import re
import sys
import time
from pathlib import Path

from peers import PEERS
from workbench import Problem

LIBRARIES = {
    "keras-torch": ["keras", "torch"],
    "keras-jax": ["keras", "jax", "jaxlib"],
    "torch": ["torch"],
    "torch-compile": ["torch"],
    "pytorch-metric-learning": ["pytorch-metric-learning", "torch"],
    "numpy": ["numpy"],
}


def memory(field):
    """A field of what the kernel says of this process, in bytes."""
    status = Path("/proc/self/status").read_text()
    return 1024 * int(re.search(rf"{field}:\s+(\d+)", status)[1])


def memory_in_use():
    """What the process holds, without what it has freed already."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    return memory("VmRSS")


def extra_bytes(call, before=None):
    """What call() returns, and how much the process grew by it at its peak.

    `before` is what the process held to begin with, if that was earlier than now.
    """
    in_use = memory_in_use()
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
    result = call()
    return result, max(memory("VmHWM") - (in_use if before is None else before), 0)


def seconds_per_call(call, calls):
    start = time.perf_counter()
    for _ in range(calls):
        call()
    return (time.perf_counter() - start) / calls


def serve(name):
    peer = None
    for line in sys.stdin:
        command, *words = line.split()
        answer = []
        if command == "data":
            peer = None
            peer = PEERS[name](Problem(words[0]))
        elif command == "result":
            kind, _, file = words
            numbers, extra = extra_bytes(lambda: peer.result(kind))
            numbers.tofile(file)
            answer = [extra]
        elif command == "time":
            call = peer.value if words[0] == "value" else peer.gradient
            answer = [seconds_per_call(call, int(words[3])) for _ in range(int(words[4]))]
        elif command == "versions":
            for library in LIBRARIES[name]:
                answer += [library, importlib.metadata.version(library)]
        print("=", *answer, flush=True)


if __name__ == "__main__":
    serve(sys.argv[1])
