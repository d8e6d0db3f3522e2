"""Golden values for the Gaussian process of @astronomaly/active-learning.

Needs numpy, scikit-learn and mpmath. Writes packages/active-learning/test/golden/gaussian-process.json.
"""

import json
import pathlib

import mpmath
import numpy as np
import sklearn
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, DotProduct, Matern, RationalQuadratic, WhiteKernel


def closed_form(start, stop, columns):
    i = np.arange(start, stop)[:, None]
    j = np.arange(columns)[None, :]
    return np.sin(1.3 * i + 0.7 * j * j + 0.1 * i * j) + 0.3 * np.cos(0.05 * i * (j + 1))


def log_gain(z):
    z = mpmath.mpf(z)
    # z Φ(z) cancels φ(z) for large −z: as many digits more as the sum loses.
    with mpmath.workdps(60 + int(abs(z))):
        return float(mpmath.log(mpmath.npdf(z) + z * mpmath.ncdf(z)))


X, others = closed_form(0, 40, 3), closed_form(40, 60, 3)
y = np.clip(np.round(2.5 + 2.5 * np.sin(2 * X[:, 0]) + 0.7 * X[:, 1]), 0, 5)
forms = {
    'rational-quadratic': RationalQuadratic() + WhiteKernel(),
    'matern-and-linear': ConstantKernel() * Matern(nu=1.5)
    + ConstantKernel() * DotProduct(sigma_0=0, sigma_0_bounds='fixed')
    + WhiteKernel(),
}
theta = {'rational-quadratic': [0.3, -0.2, -1.1], 'matern-and-linear': [0.4, 0.2, -0.7, -1.3]}
fits = {}
for name, kernel in forms.items():
    kernel = kernel.clone_with_theta(np.array(theta[name]))
    model = GaussianProcessRegressor(kernel, alpha=1e-10, optimizer=None).fit(X, y)
    value, gradient = model.log_marginal_likelihood(kernel.theta, eval_gradient=True)
    mean, std = model.predict(others, return_std=True)
    best = GaussianProcessRegressor(forms[name], alpha=1e-10, n_restarts_optimizer=5, random_state=0).fit(X, y)
    fits[name] = {
        'theta': theta[name],
        'value': value,
        'gradient': gradient.tolist(),
        'mean': mean.tolist(),
        'std': std.tolist(),
        'optimum': best.log_marginal_likelihood_value_,
    }

out = {
    'made by': f'scikit-learn {sklearn.__version__}, numpy {np.__version__}, mpmath {mpmath.__version__}',
    'rows': 'x[i][j] = sin(1.3 i + 0.7 j² + 0.1 i j) + 0.3 cos(0.05 i (j + 1)), i < 40, 3 columns; others: 40 ≤ i < 60',
    'y': y.tolist(),
    'fits': fits,
    'logGain': [[z, log_gain(z)] for z in [-1000, -100, -38, -10, -5, -3, -2.0001, -2, -1.9999, -1, -0.1, 0, 0.5, 2, 3, 3.001, 8, 50]],
}
path = pathlib.Path(__file__).parents[2] / 'packages/active-learning/test/golden/gaussian-process.json'
path.write_text(json.dumps(out, indent=1, ensure_ascii=False) + '\n')
