"""Golden matches on the sky by astropy: match_to_catalog_sky and search_around_sky.

pip install numpy astropy scipy, then: python cross_match.py SHARED > packages/survey/test/golden/cross-match.json
SHARED is the folder of shared data, with data/C_catalogues/lenses.
"""

import json
import sys
from pathlib import Path

import astropy
import astropy.units as u
import numpy as np
import scipy
from astropy.coordinates import SkyCoord, search_around_sky
from astropy.table import Table

rng = np.random.default_rng(5)


def everywhere(count):
    return rng.uniform(0, 360, count), np.degrees(np.arcsin(rng.uniform(-1, 1, count)))


def polar(count, sign):
    return rng.uniform(0, 360, count), sign * (90 - 0.01 * rng.uniform(0, 1, count) ** 2)


def field(count, ra, dec, size):
    return ra + rng.uniform(-size, size, count), dec + rng.uniform(-size, size, count)


def moved(ra, dec, arcsec):
    return ra + rng.normal(0, arcsec / 3600, len(ra)) / np.cos(np.radians(dec)), dec + rng.normal(0, arcsec / 3600, len(ra))


def joined(*parts):
    return tuple(np.concatenate(columns) for columns in zip(*parts))


def rounded(ra, dec):
    """Ten decimals keep the file small; both programs read the same numbers."""
    return np.round(ra, 10), np.round(dec, 10)


def case(name, left, right, arcsec):
    left, right = rounded(*left), rounded(*right)
    a, b = (SkyCoord(*positions, unit="deg", frame="icrs") for positions in (left, right))
    nearest, separation, _ = a.match_to_catalog_sky(b)
    left_rows, right_rows, between, _ = search_around_sky(a, b, arcsec * u.arcsec)
    order = np.lexsort((right_rows, left_rows))
    return {
        "name": name,
        "left": [left[0].tolist(), left[1].tolist()],
        "right": [right[0].tolist(), right[1].tolist()],
        "radiusArcsec": arcsec,
        "nearest": nearest.tolist(),
        "nearestArcsec": separation.arcsec.tolist(),
        "pairs": [[int(left_rows[i]), int(right_rows[i]), float(between[i].arcsec)] for i in order],
    }


def cases():
    base = field(150, 200, 30, 0.02)
    wrap_left = field(150, 0, -0.003, 0.01)
    copies = field(20, 10, 10, 0.001)
    return [
        case("random positions on the whole sky", everywhere(250), everywhere(300), 3 * 3600),
        case("a field with errors of measurement", base, joined(moved(*base, 0.5), field(150, 200, 30, 0.02)), 2),
        case("the north pole", polar(150, 1), joined(polar(150, 1), ([0, 77], [90, 90])), 1.5),
        case("the south pole", polar(150, -1), joined(polar(150, -1), ([123], [-90])), 1.5),
        case("both sides of right ascension 0", wrap_left, (np.mod(moved(*wrap_left, 3)[0], 360), wrap_left[1]), 6),
        case("right ascensions beyond a turn", (base[0] - 720, base[1]), (base[0] + 360, base[1]), 3),
        case("copies of the same places", joined(copies, copies, copies), joined(copies, copies), 1),
        case("a radius beyond 90 degrees", everywhere(25), everywhere(25), 120 * 3600),
        case("opposite places", everywhere(30), joined(everywhere(4)), 179 * 3600),
    ]


def separations():
    """Separations of places near to and far from each other, and opposite ones."""
    ra, dec = everywhere(60)
    step = 10.0 ** rng.uniform(-9, 1, 60)
    ra2, dec2 = ra + step, np.clip(dec + step * rng.uniform(-1, 1, 60), -90, 90)
    ra2[40:50], dec2[40:50] = ra[40:50] + 180 - step[40:50], -dec[40:50]
    a, b = SkyCoord(ra, dec, unit="deg"), SkyCoord(ra2, dec2, unit="deg")
    return [list(map(float, row)) for row in zip(ra, dec, ra2, dec2, a.separation(b).deg)]


def lenses(folder):
    lenscat = Table.read(folder / "lenscat.csv", format="ascii.csv", fast_reader=True)
    left = SkyCoord(lenscat["RA [deg]"], lenscat["DEC [deg]"], unit="deg")
    out = []
    for name in ("stein_new_lenses.tsv", "stein_training_lenses.tsv"):
        stein = Table.read(folder / name, format="ascii.tab")
        right = SkyCoord(stein["ra"], stein["dec"], unit="deg")
        for arcsec in (2, 60):
            nearest, separation, _ = left.match_to_catalog_sky(right)
            near = separation.arcsec <= arcsec
            left_rows, right_rows, between, _ = search_around_sky(left, right, arcsec * u.arcsec)
            out.append(
                {
                    "right": name,
                    "radiusArcsec": arcsec,
                    "matched": int(near.sum()),
                    "nearestArcsecSum": float(separation.arcsec[near].sum()),
                    "nearestRowSum": int(nearest[near].sum()),
                    "pairs": len(left_rows),
                    "pairsArcsecSum": float(between.arcsec.sum()),
                    "leftRowSum": int(left_rows.sum()),
                    "rightRowSum": int(right_rows.sum()),
                }
            )
    return out


if __name__ == "__main__":
    print(
        json.dumps(
            {
                "versions": {m.__name__: m.__version__ for m in (astropy, np, scipy)},
                "separations": separations(),
                "cases": cases(),
                "lenses": lenses(Path(sys.argv[1]) / "data/C_catalogues/lenses"),
            },
            separators=(",", ":"),
        )
    )
