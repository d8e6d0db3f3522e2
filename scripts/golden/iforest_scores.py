"""Scores of scikit-learn's isolation forest, and how far two of its own seeds are apart.

Writes packages/iforest/test/golden/sklearn-scores.json: per case the options in our words, the scores of one forest of 4,000 trees
(higher = odder) and the root mean square difference between forests of 100 trees with different seeds.

    pip install numpy scikit-learn && python scripts/golden/iforest_scores.py
"""

import json
import pathlib

import numpy as np
import sklearn
from sklearn.ensemble import IsolationForest

TREES = 4000
SEEDS = 20

i = np.arange(400)[:, None]
j = np.arange(6)[None, :]
WAVES = np.sin(1.3 * i + 0.7 * j * j + 0.1 * i * j) + 0.3 * np.cos(0.05 * i * (j + 1))
SKEWED = np.exp(2 * WAVES[np.arange(400) % 150])
SKEWED[:, 2] = 3
ROUNDED = np.round(WAVES * 2)

CASES = {
    "waves, defaults": (WAVES, {}),
    "skewed with duplicates and a constant column, defaults": (SKEWED, {}),
    "rounded with many ties, defaults": (ROUNDED, {}),
    "waves, 64 rows a tree, half of the columns": (WAVES, {"sampleSize": 64, "featuresPerTree": {"fraction": 0.5}}),
    "skewed, bootstrap": (SKEWED, {"bootstrap": True, "sampleSize": {"fraction": 0.5}}),
}


def translate(options):
    out = {}
    for ours, theirs in (("sampleSize", "max_samples"), ("featuresPerTree", "max_features"), ("bootstrap", "bootstrap")):
        if ours in options:
            value = options[ours]
            out[theirs] = value["fraction"] if isinstance(value, dict) else value
    return out


def score(x, options, trees, seed):
    forest = IsolationForest(n_estimators=trees, random_state=seed, **translate(options)).fit(x)
    return -forest.score_samples(x)


cases = []
for name, (x, options) in CASES.items():
    x = x.astype(np.float32)
    small = [score(x, options, 100, 1000 + seed) for seed in range(SEEDS)]
    pairs = [np.mean((a - b) ** 2) for k, a in enumerate(small) for b in small[:k]]
    cases.append(
        {
            "name": name,
            "options": options,
            "rows": len(x),
            "columns": x.shape[1],
            "data": x.ravel().tolist(),
            "trees": TREES,
            "scores": score(x, options, TREES, 1).round(8).tolist(),
            "spreadOf100Trees": float(np.sqrt(np.mean(pairs))),
        }
    )

target = pathlib.Path(__file__).parents[2] / "packages/iforest/test/golden/sklearn-scores.json"
target.write_text(
    json.dumps({"made by": "scripts/golden/iforest_scores.py", "scikit-learn": sklearn.__version__, "numpy": np.__version__, "cases": cases})
    + "\n"
)
