"""Scores of scikit-learn's local outlier factor.

Writes packages/iforest/test/golden/sklearn-lof.json: per case the options in our words, the rows, their `-negative_outlier_factor_`,
`-score_samples` of new rows with `novelty=True`, and `-offset_` for a contamination of 0.1. Distances come from scikit-learn's k-d
tree, which sums squares of differences; its brute force expands them and is off by 1e-8 and more between duplicates, where 1e-10
counts. Where rows are equally far away and not equal, it depends on the algorithm which of them are neighbours: such cases get their
distances precomputed, those to later rows larger by parts in 1e13, so that earlier rows win.

    pip install numpy scikit-learn && python scripts/golden/lof.py
"""

import json
import pathlib
import warnings

import numpy as np
import sklearn
from sklearn.neighbors import LocalOutlierFactor

warnings.filterwarnings("ignore")


def waves(rows, columns, phase=0.0):
    i = np.arange(rows)[:, None]
    j = np.arange(columns)[None, :]
    return np.sin(1.3 * i + 0.7 * j * j + 0.1 * i * j + phase) / np.sqrt(1 + j) + 0.3 * np.cos(0.05 * i * (j + 1))


def copies(rows, columns, distinct):
    return waves(distinct, columns)[np.arange(rows) % distinct]


def mixed():
    x = waves(200, 4)
    x[50:90] = x[50]  # 40 duplicates, more than k
    x[:, 2] = 3  # a constant column
    x[7] = [9, -9, 3, 9]
    return x


lattice = np.stack(np.meshgrid(np.arange(12), np.arange(9)), -1).reshape(-1, 2)[np.argsort(waves(108, 1)[:, 0])]
binary = (waves(150, 6) > 0).astype(float)

# name: rows, new rows, neighbours, whether equally distant rows differ
CASES = {
    "waves, defaults": (waves(300, 5), waves(60, 5, 0.4), 50, False),
    "one column": (waves(200, 1), waves(40, 1, 0.4), 20, False),
    "two columns, one neighbour": (waves(150, 2), waves(30, 2, 0.4), 1, False),
    "40 columns": (waves(160, 40), waves(30, 40, 0.4), 10, False),
    "far from the origin": (waves(200, 6) * 0.01 + 300, waves(40, 6, 0.4) * 0.01 + 300, 20, False),
    "far and near": (np.exp(8 * waves(200, 3)), np.exp(8 * waves(40, 3, 0.4)), 15, False),
    "more duplicates than neighbours, a constant column": (mixed(), mixed()[::9] + 0.01, 20, False),
    "duplicates only, as many as neighbours": (copies(120, 3, 20), waves(30, 3), 5, False),
    "more neighbours than rows": (waves(12, 3), waves(5, 3, 0.4), 50, False),
    "two rows": (waves(2, 3), waves(4, 3, 0.4), 50, False),
    "a lattice full of ties": (lattice, np.concatenate([lattice[:30], lattice[:20] + 0.5]), 7, True),
    "ones and zeros, ties and duplicates": (binary, binary[::5][:20], 10, True),
}


def distances(a, b):
    d = np.sqrt(((a[:, None, :] - b[None, :, :]) ** 2).sum(-1))
    later = np.arange(len(b))[None, :]
    return np.where(d > 0, d * (1 + 1e-13 * later), 1e-20 * (later + 1))


def run(x, new, neighbours, ties):
    if not ties:
        make = lambda **options: LocalOutlierFactor(n_neighbors=neighbours, algorithm="kd_tree", **options)
        inner, outer = x, new
    else:
        make = lambda **options: LocalOutlierFactor(n_neighbors=neighbours, metric="precomputed", **options)
        inner, outer = distances(x, x), distances(new, x)
        np.fill_diagonal(inner, 0)
    model = make(novelty=True).fit(inner)
    return {
        "trainingScores": (-model.negative_outlier_factor_).tolist(),
        "scores": (-model.score_samples(outer)).tolist(),
        "offsetOfATenth": float(-make(contamination=0.1).fit(inner).offset_),
    }


cases = []
for name, (x, new, neighbours, ties) in CASES.items():
    x, new = (rows.astype(np.float32).astype(np.float64) for rows in (x, new))
    cases.append(
        {
            "name": name,
            "neighbours": neighbours,
            "columns": x.shape[1],
            "rows": x.ravel().tolist(),
            "newRows": new.ravel().tolist(),
            **run(x, new, neighbours, ties),
        }
    )

target = pathlib.Path(__file__).parents[2] / "packages/iforest/test/golden/sklearn-lof.json"
target.write_text(
    json.dumps({"made by": "scripts/golden/lof.py", "scikit-learn": sklearn.__version__, "numpy": np.__version__, "cases": cases}) + "\n"
)
