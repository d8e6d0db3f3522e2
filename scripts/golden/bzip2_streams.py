"""Streams by libbz2: packages/io/test/golden/bzip2-streams.json.

Run: python3 scripts/golden/bzip2_streams.py
"""

import base64
import bz2
import hashlib
import json
import pathlib
import platform
import random

random.seed(1)
fibonacci = [1, 2]
while sum(fibonacci) < 60_000:
    fibonacci.append(fibonacci[-1] + fibonacci[-2])
skewed = [value for value, times in enumerate(fibonacci) for _ in range(times)]
random.shuffle(skewed)
runs = b"".join(bytes([k % 7]) * k for k in (1, 3, 4, 5, 8, 254, 255, 256, 258, 259, 260, 263, 518, 1000, 70_000))
walk = bytearray()
for _ in range(250_000):
    walk.append((walk[-1] if walk else 0) if random.random() < 0.98 else random.randrange(256))

cases = {
    "no byte": (b"", 9),
    "one byte": (b"a", 9),
    "words": (b"the quick brown fox jumps over the lazy dog\n" * 20, 9),
    "every value": (bytes(range(256)) * 3, 9),
    "noise": (bytes(random.randrange(256) for _ in range(3000)), 9),
    "four equal bytes at the end": (b"abcaaaa", 9),
    "runs about the lengths at which they are split": (runs, 9),
    "codes longer than ten bits": (bytes(skewed), 1),
    "three blocks": (bytes(walk), 1),
    "ten million zeros": (bytes(10_000_000), 9),
}
out = {
    "made": f"bz2 of Python {platform.python_version()} (libbz2)",
    "streams": [
        {
            "name": name,
            "length": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
            "file": base64.b64encode(bz2.compress(data, level)).decode(),
        }
        for name, (data, level) in cases.items()
    ],
}
path = pathlib.Path(__file__).parents[2] / "packages/io/test/golden/bzip2-streams.json"
path.write_text(json.dumps(out, indent=1) + "\n")
