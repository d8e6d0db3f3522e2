"""What all peers share: arguments, the median of some runs, and the report."""
import json
import statistics
import sys
import time


def arguments():
    return json.load(sys.stdin)


def median_seconds(body, runs=5):
    body()
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        body()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def report(figures):
    print(json.dumps(figures))
