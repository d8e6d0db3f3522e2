"""Isolation forests of scikit-learn, isotree and coniferest, on one core and on two, on the table that ours was measured with."""
import warnings
from importlib.metadata import version

import joblib
import numpy as np
from coniferest.isoforest import IsolationForest as Coniferest
from isotree import IsolationForest as Isotree
from sklearn.ensemble import IsolationForest as Sklearn
from timing import arguments, median_seconds, report

warnings.filterwarnings("ignore")
args = arguments()
table = np.load(args["path"])
deep_rows = table[: args["deepRows"]]
ten = table[:10]


def make(trees, size, threads=1):
    return {
        f"scikit-learn {version('scikit-learn')}": (
            Sklearn(n_estimators=trees, max_samples=size, n_jobs=threads, random_state=1),
            lambda model, rows: model.score_samples(rows),
        ),
        f"isotree {version('isotree')}": (
            Isotree(
                ntrees=trees, sample_size=size, ndim=1, max_depth="auto", missing_action="fail", nthreads=threads, random_seed=1
            ),
            lambda model, rows: model.predict(rows),
        ),
        f"coniferest {version('coniferest')}": (
            Coniferest(n_trees=trees, n_subsamples=size, random_seed=1, n_jobs=threads),
            lambda model, rows: model.score_samples(rows),
        ),
    }


figures = {"score": {}, "pair": {}, "deep": {}, "fit": {}, "small": {}}
for name, (model, score) in make(100, 256).items():
    runs = 5 if name.startswith("scikit-learn") else args["fits"]
    figures["fit"][name] = 1e3 * median_seconds(lambda: model.fit(table), runs)
    figures["score"][name] = len(table) * 100 / median_seconds(lambda: score(model, table), 3) / 1e6
    figures["small"][name] = 1e6 * median_seconds(lambda: score(model, ten), 50)
for name, (model, score) in make(100, 256, 2).items():
    model.fit(table)
    # scikit-learn scores with the threads of joblib's configuration, the others with those that they were made with.
    with joblib.parallel_config(backend="threading", n_jobs=2):
        figures["pair"][name] = len(table) * 100 / median_seconds(lambda: score(model, table), 3) / 1e6
for name, (model, score) in make(1024, 1024).items():
    if name.startswith("isotree"):
        continue  # No target names it, and it is the slowest of the three already at 100 trees.
    model.fit(table)
    figures["deep"][name] = len(deep_rows) * 1024 / median_seconds(lambda: score(model, deep_rows), 1) / 1e6
report(figures)
