"""Golden values of @astronomaly/simulate: Sérsic profiles, SIE deflections by quadrature, Moffat profiles.

Run with numpy and scipy: python scripts/golden/simulate.py > packages/simulate/test/golden/simulate.json
"""

import json

import numpy
import scipy
from scipy.integrate import quad
from scipy.special import gamma, gammaincinv


def sersic(index, radius, axis_ratio, flux):
    """b_n from the inverse incomplete gamma function; brightness from the closed form of the total flux."""
    b = gammaincinv(2 * index, 0.5)
    total = 2 * numpy.pi * axis_ratio * index * radius**2 * numpy.exp(b) * b ** (-2 * index) * gamma(2 * index)
    radii = [0.0, 0.1, 0.5, 1.0, 2.0, 5.0]
    values = [float(flux / total * numpy.exp(-b * ((r / radius) ** (1 / index) - 1))) for r in radii]
    return {
        "index": index,
        "radius": radius,
        "axisRatio": axis_ratio,
        "flux": flux,
        "b": float(b),
        "r": radii,
        "brightness": values,
    }


def sie(x, y, b, q):
    """Deflection of the elliptical density kappa = b sqrt(q) / (2 sqrt(q^2 x^2 + y^2)) by Schramm's one-dimensional integral.

    With the substitution u = t^2 the integrand is smooth; nothing here uses the closed form under test.
    """

    def kappa(m):
        # m is the semi-major axis of the ellipse of constant density.
        return b * numpy.sqrt(q) / (2 * q * m)

    def integrand(t, power):
        u = t * t
        stretch = 1 - (1 - q * q) * u
        m = numpy.sqrt(u * (x * x + y * y / stretch))
        return 2 * t * kappa(m) * q / stretch**power

    along, _ = quad(integrand, 0, 1, args=(0.5,), epsabs=1e-13, epsrel=1e-12)
    across, _ = quad(integrand, 0, 1, args=(1.5,), epsabs=1e-13, epsrel=1e-12)
    return {"x": x, "y": y, "einsteinRadius": b, "axisRatio": q, "deflection": [float(x * along), float(y * across)]}


def moffat(fwhm, beta):
    alpha = fwhm / (2 * numpy.sqrt(2 ** (1 / beta) - 1))
    radii = [0.0, 1.0, 2.0, 3.0, 5.0, 8.0, 12.0]
    peak = (beta - 1) / (numpy.pi * alpha**2)
    return {"fwhm": fwhm, "beta": beta, "r": radii, "value": [float(peak * (1 + (r / alpha) ** 2) ** -beta) for r in radii]}


print(
    json.dumps(
        {
            "made_by": f"numpy {numpy.__version__}, scipy {scipy.__version__}",
            "sersic": [
                sersic(n, radius, q, flux)
                for n, radius, q, flux in [(0.36, 1, 1, 1), (0.5, 2, 0.5, 3), (1, 1, 1, 1), (2.5, 0.7, 0.8, 10), (4, 3, 0.3, 100), (10, 1, 1, 1)]
            ],
            "sie": [
                sie(x, y, b, q)
                for x, y, b, q in [(1, 0.3, 1, 0.7), (-0.2, 1.4, 2.2, 0.5), (0.05, -0.02, 1.5, 0.9), (3, -4, 1, 0.2), (0.7, 0, 1, 0.6), (0, 0.7, 1, 0.6)]
            ],
            "moffat": [moffat(4.5, 2.8), moffat(4.9, 3.5), moffat(4.2, 4.0)],
        },
        indent=1,
    )
)
