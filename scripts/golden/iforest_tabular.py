"""Scores of two seeds of scikit-learn's isolation forest on the tabular sets of ADBench (up to 20,000 rows).

Writes packages/iforest/test/golden/sklearn-tabular.json: for each set the rows looked at, the scores of these rows (higher = odder)
by two forests with scikit-learn's defaults, and the root mean square difference of two forests there, over the pairs of ten seeds.

    pip install numpy scikit-learn && python scripts/golden/iforest_tabular.py <folder of the .npz files>
"""

import json
import pathlib
import sys

import numpy as np
import sklearn
from sklearn.ensemble import IsolationForest

SEEDS = 10
ROWS = 100

sets = []
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.npz")):
    x = np.load(path)["X"].astype(np.float32)
    if len(x) > 20_000:
        continue
    scores = [-IsolationForest(random_state=seed).fit(x).score_samples(x) for seed in range(SEEDS)]
    rows = np.linspace(0, len(x) - 1, ROWS).round().astype(int)
    pairs = [np.mean((a - b)[rows] ** 2) for k, a in enumerate(scores) for b in scores[:k]]
    sets.append(
        {
            "name": path.stem,
            "rows": rows.tolist(),
            "scores": [[round(float(s), 7) for s in scores[seed][rows]] for seed in range(2)],
            "spread": float(np.sqrt(np.mean(pairs))),
        }
    )

out = pathlib.Path(__file__).parents[2] / "packages/iforest/test/golden/sklearn-tabular.json"
out.write_text(json.dumps({"scikit-learn": sklearn.__version__, "numpy": np.__version__, "sets": sets}))
print(f"{len(sets)} sets, {out.stat().st_size} bytes")
