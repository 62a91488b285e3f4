#!/usr/bin/python3
"""Times reading one .nii.gz to 32-bit floats side by side: this library, nibabel, libdeflate (the floor on one core).

  dotnet build -c Release benchmarks/Smml.MLNet.Benchmarks
  cc -O3 -march=native benchmarks/reading/libdeflate_read.c -ldeflate -o artifacts/libdeflate_read
  /usr/bin/python3 benchmarks/reading/compare.py FILE [FILE FILE FILE] [--rounds N]

Needs Debian's python3-nibabel and libdeflate-dev. The programs take turns, so that a busy machine is busy for all of them;
the ratio of a round compares neighbours in time. With four files the last lines compare reading them in parallel and one
after the other.
"""
import argparse
import os
import pathlib
import statistics
import subprocess
import sys

NIBABEL = """
import sys, time, nibabel, numpy
for line in sys.stdin:
    start = time.perf_counter()
    nibabel.load(sys.argv[1]).get_fdata(dtype=numpy.float32, caching="unchanged")
    print(f"{(time.perf_counter() - start) * 1e3:.3f}", flush=True)
"""


class Worker:
    def __init__(self, name, command):
        self.name, self.times, self.extra = name, [], []
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, keep=True):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        words = self.process.stdout.readline().split()
        if keep:
            self.times.append(float(words[0]))
            self.extra.append(float(words[1]) if len(words) > 1 else None)
        return float(words[0])


def main():
    options = argparse.ArgumentParser()
    options.add_argument("files", nargs="+")
    options.add_argument("--rounds", type=int, default=40)
    root = pathlib.Path(__file__).resolve().parents[2]
    options.add_argument("--libdeflate", default=str(root / "artifacts/libdeflate_read"))
    options = options.parse_args()
    server = [str(root / "artifacts/bin/Smml.MLNet.Benchmarks/release/Smml.MLNet.Benchmarks"), "serve-read"]
    workers = [
        Worker("Smml.MLNet", server + options.files[:1]),
        Worker("nibabel", [sys.executable, "-c", NIBABEL, options.files[0]]),
        Worker("libdeflate", [options.libdeflate, options.files[0]]),
    ]
    if len(options.files) > 1:
        workers.append(Worker(f"Smml.MLNet, {len(options.files)} files in parallel", server + options.files))
    for _ in range(30):  # the just-in-time compiler is done
        for worker in workers:
            worker.run(keep=False)
    for _ in range(options.rounds):
        for worker in workers:
            worker.run()
    ours = workers[0]
    print(f"{options.files[0]}, {options.rounds} rounds, load {os.getloadavg()[0]:.1f}")
    for worker in workers:
        print(f"{worker.name:40} min {min(worker.times):8.2f} ms   median {statistics.median(worker.times):8.2f} ms")
    for other in workers[1:3]:
        ratios = [b / a if other.name == "nibabel" else a / b for a, b in zip(ours.times, other.times)]
        kind = "nibabel / ours" if other.name == "nibabel" else "ours / libdeflate"
        print(f"{kind:40} of the minima {min(other.times) / min(ours.times) if other.name == 'nibabel' else min(ours.times) / min(other.times):6.2f}   median of rounds {statistics.median(ratios):6.2f}")
    print(f"{'allocated / output':40} {max(value for value in ours.extra):6.3f}")
    if len(workers) > 3:
        together = workers[3]
        print(f"{'parallel / one after the other':40} {statistics.median(together.times) / (len(options.files) * statistics.median(ours.times)):6.2f}   allocated / output {max(together.extra):.3f}")


main()
