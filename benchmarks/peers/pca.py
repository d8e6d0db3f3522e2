"""Principal components from a file: scikit-learn's IncrementalPCA, and a covariance streamed by hand through numpy's BLAS. One core."""
from importlib.metadata import version

import numpy as np
from sklearn.decomposition import IncrementalPCA
from timing import arguments, median_seconds, report

table = np.load(arguments()["path"], mmap_mode="r")
batch = 2048


def incremental():
    pca = IncrementalPCA(n_components=26)
    for start in range(0, len(table), batch):
        pca.partial_fit(np.asarray(table[start : start + batch]))
    return pca


def streamed():
    count, mean, scatter = 0, 0.0, 0.0
    for start in range(0, len(table), batch):
        rows = np.asarray(table[start : start + batch])
        own = rows.mean(axis=0, dtype=np.float64)
        centred = rows - own.astype(np.float32)
        step = own - mean
        total = count + len(rows)
        scatter = scatter + (centred.T @ centred).astype(np.float64) + np.outer(step, step) * (count * len(rows) / total)
        mean = mean + step * (len(rows) / total)
        count = total
    values, vectors = np.linalg.eigh(scatter / (count - 1))
    return mean, vectors[:, ::-1][:, :26]


pca = incremental()
mean, components = streamed()
numpy_name = f"numpy {version('numpy')} by hand, float32"
sklearn_name = f"scikit-learn IncrementalPCA {version('scikit-learn')}"
components = components.astype(np.float32)
mean = mean.astype(np.float32)


def project():
    for start in range(0, len(table), batch):
        (np.asarray(table[start : start + batch]) - mean) @ components


def transform():
    for start in range(0, len(table), batch):
        pca.transform(np.asarray(table[start : start + batch]))


report(
    {
        "stream": {sklearn_name: median_seconds(incremental, 1), numpy_name: median_seconds(streamed, 3)},
        "transform": {sklearn_name: median_seconds(transform, 3), numpy_name: median_seconds(project, 3)},
    }
)
