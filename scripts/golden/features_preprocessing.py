"""Golden values for @astronomaly/features: resize, sigma clipping and zscale.

Needs numpy, scikit-image and astropy. Run from the repository root:
    python scripts/golden/features_preprocessing.py
Writes packages/features/test/golden/{resize,sigma-clip,z-scale}.json.
"""

import json
import pathlib

import astropy
import numpy as np
import skimage
from astropy.stats import SigmaClip
from astropy.visualization import ZScaleInterval
from skimage.transform import resize

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "packages" / "features" / "test" / "golden"


def write(name, value):
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / name).write_text(json.dumps(value) + "\n")


def picture(height, width, channels, seed):
    """A blob on noise, rounded so that it is written exactly."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    blob = 5 * np.exp(-((x - 0.4 * width) ** 2 + (y - 0.6 * height) ** 2) / (0.02 * (height**2 + width**2)))
    return np.round(blob[:, :, None] * np.arange(1, channels + 1) + random.normal(0, 0.5, (height, width, channels)), 4)


def resize_cases():
    cases = []
    for height, width, channels, to in [
        (9, 7, 1, (5, 4)),
        (8, 8, 3, (13, 11)),
        (12, 10, 2, (5, 17)),
        (20, 20, 1, (3, 3)),
        (1, 6, 1, (4, 3)),
        (2, 2, 1, (5, 5)),
    ]:
        image = picture(height, width, channels, height * width)
        for method, order in [("bilinear", 1), ("bicubic", 3)]:
            for antialias in [True, False]:
                out = resize(
                    image, to, order=order, mode="reflect", anti_aliasing=antialias, preserve_range=True, clip=True
                )
                cases.append(
                    {
                        "shape": image.shape,
                        "data": image.ravel().tolist(),
                        "to": to,
                        "method": method,
                        "antialias": antialias,
                        "out": np.round(out, 8).ravel().tolist(),
                    }
                )
    return cases


def sigma_clip_cases():
    random = np.random.default_rng(1)
    noise = np.round(random.normal(10, 2, 300), 3)
    with_stars = noise.copy()
    with_stars[::17] += np.round(random.exponential(60, with_stars[::17].size), 3)
    skewed = np.round(random.gamma(0.8, 3, 201), 3)
    samples = {"noise": noise, "stars": with_stars, "skewed": skewed, "ties": np.repeat([1.0, 2.0, 3.0, 50.0], [30, 40, 20, 2])}
    cases = []
    for name, values in samples.items():
        for sigma, rounds, centre in [(3, 5, "median"), (2, 5, "median"), (3, None, "median"), (2.5, 1, "mean")]:
            clip = SigmaClip(sigma=sigma, maxiters=rounds, cenfunc=centre, stdfunc="std")
            masked, lower, upper = clip(values, masked=True, return_bounds=True)
            kept = masked.compressed()
            cases.append(
                {
                    "name": name,
                    "sigma": sigma,
                    "maxIterations": rounds or "converge",
                    "centre": centre,
                    "lower": float(lower),
                    "upper": float(upper),
                    "mask": np.ma.getmaskarray(masked).astype(int).tolist(),
                    "median": float(np.median(kept)),
                    "mean": float(np.mean(kept)),
                    "std": float(np.std(kept)),
                }
            )
    return {"samples": {name: values.tolist() for name, values in samples.items()}, "cases": cases}


def z_scale_cases():
    random = np.random.default_rng(2)
    cases = []
    field = np.round(random.normal(100, 5, 2500), 2)
    field[::40] += np.round(random.exponential(500, field[::40].size), 2)
    samples = {"field": field, "ramp": np.arange(50.0), "constant": np.full(30, 7.0), "three": np.array([3.0, 1.0, 2.0])}
    for name, options in [
        ("field", {}),
        ("field", {"contrast": 0.5}),
        ("field", {"n_samples": 100}),
        ("field", {"krej": 1.5, "max_iterations": 10}),
        ("field", {"max_reject": 0.01, "krej": 1.0}),
        ("ramp", {}),
        ("constant", {}),
        ("three", {}),
    ]:
        low, high = ZScaleInterval(**options).get_limits(samples[name])
        cases.append({"name": name, "options": options, "low": float(low), "high": float(high)})
    return {"samples": {name: values.tolist() for name, values in samples.items()}, "cases": cases}


made_with = {"numpy": np.__version__, "scikit-image": skimage.__version__, "astropy": astropy.__version__}
write("resize.json", {"madeWith": made_with, "cases": resize_cases()})
write("sigma-clip.json", {"madeWith": made_with, **sigma_clip_cases()})
write("z-scale.json", {"madeWith": made_with, **z_scale_cases()})
