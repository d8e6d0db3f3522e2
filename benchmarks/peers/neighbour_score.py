"""The two costly steps of the neighbour score with scikit-learn on one core: random forest fit and predict, nearest labelled row."""
from importlib.metadata import version

import numpy as np
from sklearn.ensemble import RandomForestRegressor
from sklearn.neighbors import NearestNeighbors
from timing import arguments, median_seconds, report

args = arguments()
table = np.load(args["path"])
labelled = np.array(args["labelled"])
ratings = np.array(args["ratings"])


def nearest():
    NearestNeighbors(n_neighbors=1, n_jobs=1).fit(table[labelled]).kneighbors(table)


def retrain():
    forest = RandomForestRegressor(n_estimators=200, n_jobs=1, random_state=1).fit(table[labelled], ratings)
    forest.predict(table)
    nearest()


name = f"scikit-learn {version('scikit-learn')}"
report({"retrain": {name: median_seconds(retrain, 1)}, "nearest": {name: median_seconds(nearest, 1)}})
