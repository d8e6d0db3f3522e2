"""Gaussian-process regression with scikit-learn in blocks, and the same prediction by hand in float32 numpy. One core."""
import warnings
from importlib.metadata import version

import numpy as np
from scipy.linalg import cholesky, solve_triangular
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import Matern, WhiteKernel
from timing import arguments, median_seconds, report

warnings.filterwarnings("ignore")
args = arguments()
table = np.load(args["path"])
known = np.load(args["knownPath"])
ratings = np.array(args["ratings"])
block = 4096


def fit():
    return GaussianProcessRegressor(Matern(nu=1.5) + WhiteKernel()).fit(known, ratings)


model = fit()
length = float(model.kernel_.k1.length_scale)
noise = float(model.kernel_.k2.noise_level)
factor = model.L_.astype(np.float32)
inverse = solve_triangular(model.L_, np.eye(len(known)), lower=True).astype(np.float32)
alpha = model.alpha_.ravel().astype(np.float32)
squares = (known * known).sum(axis=1)


def by_hand():
    for start in range(0, len(table), block):
        rows = table[start : start + block]
        distance = np.sqrt(np.maximum((rows * rows).sum(axis=1)[:, None] + squares - 2 * rows @ known.T, 0))
        scaled = np.float32(np.sqrt(3) / length) * distance
        k = (1 + scaled) * np.exp(-scaled)
        mean = k @ alpha
        v = k @ inverse.T
        std = np.sqrt(1 + noise - (v * v).sum(axis=1))
    return mean, std


def chunked():
    for start in range(0, len(table), block):
        model.predict(table[start : start + block], return_std=True)


name = f"scikit-learn {version('scikit-learn')}"
report(
    {
        "predict": {name: median_seconds(chunked, 1), f"numpy {version('numpy')} by hand, float32": median_seconds(by_hand, 3)},
        "fit": {name: median_seconds(fit, 1)},
    }
)
