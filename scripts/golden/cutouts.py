"""Golden cut-outs: whole pixels by astropy's Cutout2D, places by astropy's WCS, interpolation by scipy and by the kernels' formulas.

pip install numpy scipy astropy, then: python cutouts.py SHARED > packages/io/test/golden/cutouts.json
SHARED is the folder of shared data, with data/B_fits.
"""

import json
import math
import sys
import warnings
from pathlib import Path

import astropy
import numpy as np
import scipy
from astropy.io import fits
from astropy.nddata import Cutout2D
from astropy.nddata.utils import NoOverlapError, PartialOverlapError
from astropy.wcs import WCS
from scipy.ndimage import map_coordinates


def side(sigma, radius, p=1.15):
    n = ((4 * math.pi * sigma**2) ** (1 / p) + (8.91 * radius**2) ** (1 / p)) ** p
    return math.ceil(math.sqrt(n))


def picture(height, width, salt):
    """The pixels of the mosaics of the tests: whole numbers, that any program can make."""
    y, x = np.mgrid[0:height, 0:width]
    return ((x * 7 + y * 13 + (x * y) % 11 + salt * (x + 2 * y) % 17) % 97).astype("f8")


def cards(ra, dec, x, y, scale, turn):
    t = math.radians(turn)
    s = scale / 3600
    return {
        "CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CRVAL1": ra, "CRVAL2": dec, "CRPIX1": x, "CRPIX2": y,
        "CD1_1": -s * math.cos(t), "CD1_2": s * math.sin(t), "CD2_1": s * math.sin(t), "CD2_2": s * math.cos(t),
    }


A = {"height": 60, "width": 50, "salt": 3, "cards": cards(150.1, 2.2, 25, 30, 0.262, 0)}
B = {"height": 64, "width": 70, "salt": 5, "cards": cards(150.1004, 2.2003, 33, 30, 0.4, 30)}


def wcs_of(mosaic):
    return WCS(fits.Header(mosaic["cards"]))


def kernel(kind, t):
    t = abs(t)
    if kind == "bilinear":
        return max(0.0, 1 - t)
    if kind == "bicubic":
        if t < 1:
            return 1.5 * t**3 - 2.5 * t**2 + 1
        return -0.5 * t**3 + 2.5 * t**2 - 4 * t + 2 if t < 2 else 0.0
    return float(np.sinc(t) * np.sinc(t / 3)) if t < 3 else 0.0


RADIUS = {"bilinear": 1, "bicubic": 2, "lanczos3": 3}


def sample(data, x, y, kind, wide):
    height, width = data.shape
    if not (-0.5 <= x < width - 0.5 and -0.5 <= y < height - 0.5):
        return math.nan
    if kind == "nearest":
        return data[math.floor(y + 0.5), math.floor(x + 0.5)]
    reach = RADIUS[kind] * wide
    columns = range(math.floor(x - reach), math.ceil(x + reach) + 1)
    rows = range(math.floor(y - reach), math.ceil(y + reach) + 1)
    wx = np.array([kernel(kind, (k - x) / wide) for k in columns])
    wy = np.array([kernel(kind, (k - y) / wide) for k in rows])
    block = data[np.clip(rows, 0, height - 1)][:, np.clip(columns, 0, width - 1)]
    return float(wy @ block @ wx / wx.sum() / wy.sum())


def plain(values):
    return [None if math.isnan(v) else v for v in np.ravel(values).tolist()]


def resampled():
    a, b = picture(60, 50, 3), picture(64, 70, 5)
    wa, wb = wcs_of(A), wcs_of(B)
    out = []
    for place, size, pixels, kind, smooth in [
        ((20.3, 31.8), 9, 9, "bilinear", True),
        ((20.3, 31.8), 8, 5, "bilinear", True),
        ((20.3, 31.8), 8, 30, "bilinear", True),
        ((20.3, 31.8), 8, 30, "bilinear", False),
        ((24, 30), 7, 7, "bilinear", True),
        ((2.2, 57.1), 8, 12, "bilinear", True),
        ((20.3, 31.8), 9, 13.5, "nearest", True),
        ((20.3, 31.8), 9, 9, "bicubic", True),
        ((20.3, 31.8), 9, 6.3, "bicubic", True),
        ((47.9, 1.4), 9, 21, "bicubic", True),
        ((20.3, 31.8), 9, 9, "lanczos3", True),
        ((20.3, 31.8), 9, 25, "lanczos3", True),
        ((1.4, 2.1), 9, 9, "lanczos3", True),
    ]:
        step = pixels / size
        offsets = (np.arange(size) - (size - 1) / 2) * step
        xs, ys = np.meshgrid(place[0] + offsets, place[1] + offsets)
        wide = max(1.0, step) if smooth else 1.0
        first = np.array([[sample(a, x, y, kind, wide) for x, y in zip(*rows)] for rows in zip(xs, ys)])
        if kind == "bilinear" and wide == 1:
            inside = ~np.isnan(first)
            scipys = map_coordinates(a, [ys, xs], order=1, mode="nearest")
            assert np.allclose(first[inside], scipys[inside], rtol=1e-12, atol=1e-10)
        bx, by = wb.all_world2pix(*wa.all_pix2world(xs, ys, 0), 0)
        middle = (size - 1) // 2
        spacing = math.hypot(bx[middle, middle + 1] - bx[middle, middle], by[middle, middle + 1] - by[middle, middle])
        wide = max(1.0, spacing) if smooth else 1.0
        second = np.array([[sample(b, x, y, kind, wide) for x, y in zip(*rows)] for rows in zip(bx, by)])
        ra, dec = wa.all_pix2world(*place, 0)
        corner = wa.all_pix2world(xs[0, 0], ys[0, 0], 0)
        out.append(
            {
                "ra": float(ra), "dec": float(dec), "side": size, "sidePixels": pixels, "interpolation": kind,
                "antialias": smooth, "a": plain(first), "b": plain(second), "corner": [float(v) for v in corner],
            }
        )
    return out


def north():
    """North up around the object: places by astropy's own WCS of the cut-out, values by the formulas."""
    b, wb = picture(64, 70, 5), wcs_of(B)
    place, size, pixels = (36.4, 29.2), 12, 18
    ra, dec = (float(v) for v in wb.all_pix2world(*place, 0))
    corners = [wb.all_pix2world(place[0] + dx, place[1] + dy, 0) for dx, dy in ((-0.5, 0), (0.5, 0), (0, -0.5), (0, 0.5))]
    xyz = [
        np.array([math.cos(d) * math.cos(r), math.cos(d) * math.sin(r), math.sin(d)])
        for r, d in (np.radians(c) for c in corners)
    ]
    scale = math.degrees(math.sqrt(np.linalg.norm(np.cross(xyz[1] - xyz[0], xyz[3] - xyz[2])))) * pixels / size
    own = WCS(naxis=2)
    own.wcs.ctype = ["RA---TAN", "DEC--TAN"]
    own.wcs.crval = [ra, dec]
    own.wcs.crpix = [(size + 1) / 2] * 2
    own.wcs.cd = [[-scale, 0], [0, scale]]
    xs, ys = np.meshgrid(np.arange(size), np.arange(size))
    bx, by = wb.all_world2pix(*own.all_pix2world(xs, ys, 0), 0)
    values = [[sample(b, x, y, "bilinear", 1) for x, y in zip(*rows)] for rows in zip(bx, by)]
    return {"ra": ra, "dec": dec, "side": size, "sidePixels": pixels, "values": plain(values)}


def whole_pixels():
    a, wa = picture(60, 50, 3), wcs_of(A)
    out = []
    for place in [(20, 30), (20.5, 30.5), (20.49, 30.51), (0.2, 58.7), (49.4, 3), (-0.4, -0.4), (10.2, 59.4)]:
        for size in (1, 4, 7, 12):
            case = {"size": size}
            ra, dec = wa.all_pix2world(*place, 0)
            case["ra"], case["dec"] = float(ra), float(dec)
            for mode in ("partial", "strict"):
                try:
                    cut = Cutout2D(a, place, size, mode=mode, fill_value=np.nan)
                    case[mode] = plain(cut.data)
                except (NoOverlapError, PartialOverlapError) as error:
                    case[mode] = type(error).__name__
            case["place"] = list(place)
            out.append(case)
    return out


def brick(folder):
    """Whole pixels of a tile-compressed brick."""
    out = []
    with fits.open(folder / "legacy_brick_dr6/legacysurvey-0959p805-image-g.fits.fz") as hdus:
        data, wcs = hdus[1].data, WCS(hdus[1].header)
        for x, y in ((300.2, 250.3), (99.6, 101.4), (20.2, 330.1), (340.7, 280.9)):
            ra, dec = wcs.all_pix2world(x, y, 0)
            cut = Cutout2D(data, (x, y), 150, mode="partial", fill_value=np.nan).data
            out.append(
                {
                    "ra": float(ra), "dec": float(dec), "missing": int(np.isnan(cut).sum()),
                    "sum": float(np.nansum(cut.astype("f8"))), "absolute": float(np.nansum(np.abs(cut.astype("f8")))),
                    "middle": float(cut[75, 75]),
                }
            )
    return out


def bands(folder):
    """Three exposures of one field, each with its own TPV map, on the grid of the first."""
    data, maps = [], []
    for name in ("141223_020302_ooi_g", "141224_033245_ooi_r", "141206_043719_ooi_z"):
        with fits.open(folder / f"decam_ccd_stamps/obiwan_decals_grz/c4d_{name}_a1-S10.fits") as hdus:
            data.append(hdus[1].data.astype("f8"))
            maps.append(WCS(hdus[1].header))
    ra, dec, side = 28.4193, -16.4361, 30
    x0, y0 = maps[0].all_world2pix(ra, dec, 0)
    offsets = np.arange(side) - (side - 1) / 2
    xs, ys = np.meshgrid(x0 + offsets, y0 + offsets)
    sky = maps[0].all_pix2world(xs, ys, 0)
    planes = []
    for plane, wcs in zip(data, maps):
        x, y = wcs.all_world2pix(*sky, 0)
        planes.append(np.round(map_coordinates(plane, [y, x], order=1), 4).ravel().tolist())
    return {"ra": ra, "dec": dec, "side": side, "planes": planes}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    shared = Path(sys.argv[1]) / "data/B_fits"
    print(
        json.dumps(
            {
                "versions": {m.__name__: m.__version__ for m in (astropy, np, scipy)},
                "sides": [[s, r, side(s, r)] for s, r in ((1, 0), (1.5, 2), (2.1, 10), (0.6, 3.3), (3, 57.2), (0.01, 0), (2, 0.001))],
                "a": A,
                "b": B,
                "resampled": resampled(),
                "north": north(),
                "wholePixels": whole_pixels(),
                "brick": brick(shared),
                "bands": bands(shared),
            },
            separators=(",", ":"),
        )
    )
