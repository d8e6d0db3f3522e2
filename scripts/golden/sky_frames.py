"""Makes packages/fits/test/golden/sky-frames.json: places in the frames of FITS maps, and what they are in ICRS by astropy.

Usage: python scripts/golden/sky_frames.py   (needs numpy and astropy)
"""

import json
import pathlib

import astropy
import numpy as np
from astropy.coordinates import FK4, FK5, ICRS, BarycentricMeanEcliptic, FK4NoETerms, Galactic, SkyCoord, Supergalactic
from astropy.time import Time

OUT = pathlib.Path(__file__).parents[2] / "packages/fits/test/golden/sky-frames.json"
rng = np.random.default_rng(20240707)

FRAMES = [
    ("ICRS", None, ICRS()),
    ("FK5", 2000, FK5()),
    ("FK5", 1975, FK5(equinox=Time(1975, format="jyear"))),
    ("FK5", 2015.5, FK5(equinox=Time(2015.5, format="jyear"))),
    ("FK4", 1950, FK4(equinox=Time(1950, format="byear"))),
    ("FK4", 1900, FK4(equinox=Time(1900, format="byear"))),
    ("FK4", 1975, FK4(equinox=Time(1975, format="byear"))),
    ("FK4-NO-E", 1950, FK4NoETerms(equinox=Time(1950, format="byear"))),
    ("GALACTIC", None, Galactic()),
    ("SUPERGALACTIC", None, Supergalactic()),
    ("ECLIPTIC", 2000, BarycentricMeanEcliptic(equinox=Time(2000, format="jyear"))),
    ("ECLIPTIC", 1950, BarycentricMeanEcliptic(equinox=Time(1950, format="jyear"))),
]

places = [(0, 0), (180, 45), (10.6847083, 41.26875), (359.9999, -89.5), (123.4, 89.9), (266.4, -28.9)]
places += [(float(a), float(np.degrees(np.arcsin(s)))) for a, s in zip(rng.uniform(0, 360, 10), rng.uniform(-1, 1, 10))]

cases = []
for name, equinox, frame in FRAMES:
    lon, lat = np.array(places).T
    own = SkyCoord(lon, lat, unit="deg", frame=frame)
    icrs = own.icrs
    case = {"frame": name, "own": places, "icrs": np.column_stack([icrs.ra.deg, icrs.dec.deg]).tolist()}
    if equinox is not None:
        case["equinox"] = equinox
    cases.append(case)

OUT.write_text(json.dumps({"astropy": astropy.__version__, "cases": cases}, indent=1) + "\n")
