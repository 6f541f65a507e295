"""Times leafbeam and two rivals over folders of one-page PDFs, each system in turn, and prints a Markdown table.

python benchmarks/speed.py RIVALS_PYTHON ROUNDS FOLDER...

Every system reads a whole folder with two processes of one thread, its start included; the best of ROUNDS counts.
Memory is the peak of the sum of the processes' proportional set sizes. RIVALS_PYTHON, TESSDATA_PREFIX: see rivals.py.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SYSTEMS = ("leafbeam fast", "leafbeam accurate", "liteparse", "tesseract")
THREADS = {"OMP_NUM_THREADS": "1", "OMP_THREAD_LIMIT": "1", "PYTHONPATH": str(Path(__file__).parent)}
RIVAL = "import systems, sys; [systems.tried(sys.argv[1], pdf) for pdf in sys.argv[2:]]"


def commands(system: str, folder: Path, out: str) -> list[list[str]]:
    name, _, profile = system.partition(" ")
    if profile:
        return [[sys.executable, "-m", "leafbeam", "read", str(folder), "-o", out, "--jobs=2", f"--profile={profile}"]]
    pdfs = [str(pdf) for pdf in sorted(folder.rglob("*.pdf"))]
    return [[sys.argv[1], "-c", RIVAL, name, *pdfs[half::2]] for half in (0, 1)]


def memory_mb(root: int) -> float:
    """The proportional set sizes of a process and all below it; what has just ended counts as nothing."""
    try:
        below = Path(f"/proc/{root}/task/{root}/children").read_text().split()
        own = Path(f"/proc/{root}/smaps_rollup").read_text().partition("\nPss:")[2]
        return int(own.split()[0]) / 1024 + sum(memory_mb(int(child)) for child in below)
    except (OSError, IndexError):
        return 0.0


def timed(lines: list[list[str]]) -> tuple[float, float, float]:
    """Wall seconds, processor seconds and peak megabytes of commands that run side by side."""
    before, start, peak = sum(os.times()[2:4]), time.perf_counter(), 0.0
    running = [subprocess.Popen(line, env=os.environ | THREADS, stdout=-3, stderr=-3) for line in lines]
    while None in {process.poll() for process in running}:
        peak = max(peak, sum(memory_mb(process.pid) for process in running))
        time.sleep(0.1)
    return time.perf_counter() - start, sum(os.times()[2:4]) - before, peak


if __name__ == "__main__":
    start = min(timed([[sys.executable, "-m", "leafbeam", "--help"]])[0] for _ in range(5))
    print(f"`leafbeam --help`: {start:.2f} s\n\n| pages | system | pages/s | cpu-s/page | peak MB | times tesseract |")
    print("|---|---|---|---|---|---|", flush=True)
    for folder in map(Path, sys.argv[3:]):
        pages, best = len(list(folder.rglob("*.pdf"))), {}
        for system in SYSTEMS * int(sys.argv[2]):
            with tempfile.TemporaryDirectory() as out:
                best[system] = min(best.get(system, (9e9,)), timed(commands(system, folder, out)))
        for system, (wall, cpu, peak) in best.items():
            row = f"{pages / wall:.2f} | {cpu / pages:.2f} | {peak:.0f} | {best['tesseract'][0] / wall:.1f} |"
            print(f"| {folder.name} ({pages}) | {system} | {row}", flush=True)
