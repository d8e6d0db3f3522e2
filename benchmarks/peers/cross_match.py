"""astropy's match_to_catalog_sky and search_around_sky on two catalogues, with the trees that they build. One core."""
from importlib.metadata import version

import astropy.units as u
import numpy as np
from astropy.coordinates import SkyCoord, search_around_sky
from timing import arguments, median_seconds, report

args = arguments()
left, right = np.load(args["left"]), np.load(args["right"])
radius = args["radiusArcsec"] * u.arcsec


def coordinates():
    """New objects each time: the trees are kept in them."""
    return SkyCoord(*left, unit="deg"), SkyCoord(*right, unit="deg")


def nearest():
    a, b = coordinates()
    rows, separations, _ = a.match_to_catalog_sky(b)
    near = separations <= radius
    return near.nonzero()[0], rows[near], separations[near].arcsec


def all_pairs():
    a, b = coordinates()
    return search_around_sky(a, b, radius)


name = f"astropy {version('astropy')}"
report({"nearest": {name: median_seconds(nearest, 3)}, "all": {name: median_seconds(all_pairs, 3)}})
