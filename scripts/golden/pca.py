"""Principal components of a small closed-form table by scikit-learn: packages/features/test/golden/pca.json.

The table: x[i, j] = sin(i (j + 1)) + 0.1 j cos(3 i + j) for 60 rows and 8 columns, rounded to float32; column 5 is multiplied by 40.
"""
import json
from pathlib import Path

import numpy as np
import sklearn
from sklearn.decomposition import PCA

i, j = np.mgrid[0:60, 0:8].astype(float)
x = np.sin(i * (j + 1)) + 0.1 * j * np.cos(3 * i + j)
x[:, 5] *= 40
x = x.astype(np.float32).astype(float)


def describe(table):
    pca = PCA(svd_solver="full").fit(table)
    components = pca.components_
    signs = np.sign(components[np.arange(8), np.abs(components).argmax(axis=1)])
    components = components * signs[:, None]
    return {
        "explainedVariance": pca.explained_variance_.tolist(),
        "explainedVarianceRatio": pca.explained_variance_ratio_.tolist(),
        "components": components.ravel().tolist(),
        "firstRow": ((table[0] - pca.mean_) @ components.T).tolist(),
        "for95Percent": int(np.searchsorted(np.cumsum(pca.explained_variance_ratio_), 0.95) + 1),
    }


target = Path(__file__).parents[2] / "packages" / "features" / "test" / "golden" / "pca.json"
target.write_text(
    json.dumps(
        {
            "versions": {"scikit-learn": sklearn.__version__, "numpy": np.__version__},
            "raw": describe(x),
            "standardised": describe((x - x.mean(axis=0)) / x.std(axis=0, ddof=1)),
        },
        indent=1,
    )
    + "\n"
)
