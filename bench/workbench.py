"""The code that the benchmark scripts share: the environment, the problems and the workers.

A worker is a process that holds one implementation of the loss: worker.py or worker.R. It reads
commands from its standard input, one per line, and answers each with a line that starts with `=`:

    data FOLDER                             loads the problem in FOLDER        =
    result KIND TYPE FILE                   computes it once, into FILE        = extra bytes
    time KIND TYPE THREADS CALLS SAMPLES    computes it repeatedly             = seconds per call
    versions                                                                   = name version ...

KIND is what is computed: `value`; `gradient`, the value and the gradient; `detached`, the same with
pair weights held constant and rows scaled to length 1; `losses`, one loss per anchor; `ranking` and
`evaluation`, which are for bench/retrieval. Only circleloss obeys TYPE and THREADS, and supports
bfloat16; other workers compute in their own type, float32 or float64, with their own number of threads.
`time` answers with SAMPLES numbers, each the mean of CALLS calls. The extra bytes are the growth of the
process from its size before (VmRSS) to its peak (VmHWM).
"""

import csv
import os
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ENVIRONMENT = Path(os.environ.get("BENCH_ENVIRONMENT", HERE / "environment"))
RESULTS = HERE / "results"
THREADS = os.cpu_count()


def enter_environment():
    """Starts the running script anew with the Python that has the peers."""
    home = ENVIRONMENT / "python"
    python = home / "bin" / "python"
    if not python.exists():
        sys.exit("Run bench/set-up first.")
    if not home.samefile(sys.prefix):
        os.execv(python, [str(python), *sys.argv])


def make_problem(folder, rows, columns, references=0, classes=None, separation=1.0, gamma=80.0,
                 margin=0.4, seed=1, type="float32"):
    """Writes a problem into `folder`: clustered unit rows, exact in `type`, and their labels.

    The rows of a class lie around a common centre; `separation` is how far it is from the origin
    compared with how far they are from it.
    """
    import numpy as np

    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(seed)
    classes = classes or min(64, rows // 4)
    centres = separation * random.standard_normal((classes, columns))

    def side(name, count):
        labels = np.arange(count, dtype=np.int32) % classes
        random.shuffle(labels)
        points = centres[labels] + random.standard_normal((count, columns))
        points /= np.linalg.norm(points, axis=1, keepdims=True)
        points.astype(type).astype("float64").tofile(folder / f"{name}.float64")
        labels.tofile(folder / f"{name}_labels.int32")

    side("anchors", rows)
    if references:
        side("references", references)
    (folder / "problem.txt").write_text(f"{rows} {columns} {references} {gamma} {margin}\n")
    return folder


class Problem:
    """A problem read back: anchors, references, their labels, gamma, margin."""

    def __init__(self, folder):
        import numpy as np

        folder = Path(folder)
        words = (folder / "problem.txt").read_text().split()
        self.rows, self.columns, self.reference_rows = map(int, words[:3])
        self.gamma, self.margin = map(float, words[3:])
        self.separate = self.reference_rows > 0

        def side(name):
            points = np.fromfile(folder / f"{name}.float64").reshape(-1, self.columns)
            return points, np.fromfile(folder / f"{name}_labels.int32", dtype=np.int32)

        self.anchors, self.labels = side("anchors")
        self.references, self.reference_labels = (
            side("references") if self.separate else (self.anchors, self.labels)
        )


class Worker:
    """The other end of a worker's standard input and output."""

    def __init__(self, name, command, variables=None):
        self.name = name
        self.process = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=open(ENVIRONMENT / f"{name}.log", "w"),
            text=True,
            env={**os.environ, **(variables or {})},
        )

    def ask(self, *words):
        """Sends a command. Returns the words of the answer."""
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        for line in self.process.stdout:
            if line.startswith("="):
                return line[1:].split()
        raise RuntimeError(f"{self.name} ended: see {self.name}.log in the environment")

    def result(self, kind, type="float32"):
        """The numbers of one computation, and the extra bytes it took."""
        import numpy as np

        file = ENVIRONMENT / f"{self.name}.result"
        extra = float(self.ask("result", kind, type, file)[0])
        numbers = np.fromfile(file)
        file.unlink()
        return numbers, extra

    def time(self, kind, type="float32", threads=THREADS, calls=1, samples=1):
        """Seconds per call. The pause before lets the threads of other workers fall asleep, which
        spin for up to 0.2 seconds after their call."""
        time.sleep(0.3)
        return [float(word) for word in self.ask("time", kind, type, threads, calls, samples)]

    def versions(self):
        words = self.ask("versions")
        return dict(zip(words[::2], words[1::2]))

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def circleloss_worker():
    return Worker("circleloss", ["Rscript", "--no-init-file", HERE / "worker.R", "circleloss"],
                  {"R_LIBS": str(ENVIRONMENT / "library")})


HUGE_PAGES = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}  # spares page faults


def plain_r_worker(variables=None):
    """R with OpenBLAS, where set-up found it: R's own BLAS may be the slow reference one."""
    blas = next(ENVIRONMENT.glob("openblas/usr/lib/*/openblas-pthread/libblas.so.3"), "")
    return Worker("plain-R", ["Rscript", "--no-init-file", HERE / "worker.R", "plain"],
                  {"LD_PRELOAD": str(blas), **(variables or {})})


def python_worker(name, variables=None):
    return Worker(name, [sys.executable, HERE / "worker.py", name], {
        "KERAS_BACKEND": name.removeprefix("keras-"),
        "TORCHINDUCTOR_CACHE_DIR": str(ENVIRONMENT / "inductor"),
        **(variables or {}),
    })


def write_csv(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
