"""scikit-learn's local outlier factor on one core: fits of growing size, and new rows scored against the largest."""
import warnings
from importlib.metadata import version

import numpy as np
from sklearn.neighbors import LocalOutlierFactor
from timing import arguments, median_seconds, report

warnings.filterwarnings("ignore")
args = arguments()
table = np.load(args["path"])
new = np.load(args["newPath"])

figures = {"fit": {}, "novelty": {}}
for size in args["sizes"]:
    rows = table[:size]
    for algorithm in ("brute", "auto"):
        name = f"scikit-learn {version('scikit-learn')} {algorithm}"
        model = LocalOutlierFactor(n_neighbors=args["neighbours"], algorithm=algorithm, novelty=True, n_jobs=1)
        figures["fit"].setdefault(size, {})[name] = median_seconds(lambda: model.fit(rows), -(-len(table) // size))
        if size == len(table):
            figures["novelty"].setdefault(size, {})[name] = len(new) / median_seconds(lambda: model.score_samples(new), 3)
report(figures)
