"""How a peer talks to the harness: a hello line, then a line of figures for each line that asks for a number of steps."""
import json
import sys
import time


def serve(version, parameters, batch, step):
    """Says what this is, then does rounds of `step` (which returns its loss as a number) until there is no more input."""
    print(json.dumps({"version": version, "parameters": parameters}), flush=True)
    for line in sys.stdin:
        count = int(line)
        started = time.perf_counter()
        for _ in range(count):
            loss = step()
        seconds = time.perf_counter() - started
        print(json.dumps({"imagesPerSecond": count * batch / seconds, "loss": loss}), flush=True)
