"""Reading FITS with astropy and fitsio: a large picture, two RICE-compressed ones, sections of both, all columns of two tables. One core.

Pixels and columns become contiguous arrays of the machine's own byte order, strings and truth values included, as ours do.
"""
from importlib.metadata import version

import fitsio
import numpy as np
from astropy.io import fits
from timing import arguments, median_seconds, report

args = arguments()
astropy_name = f"astropy {version('astropy')}"
fitsio_name = f"fitsio {version('fitsio')}"


def with_astropy(path, extension):
    with fits.open(path, memmap=False) as hdus:
        data = hdus[extension].data
        return np.array(data, dtype=data.dtype.newbyteorder("="))


def with_fitsio(path, extension):
    with fitsio.FITS(path) as hdus:
        return hdus[extension].read()


def sections_with_fitsio(path, extension, count):
    n = args["cutoutSide"]
    with fitsio.FITS(path) as hdus:
        hdu = hdus[extension]
        return [hdu[y : y + n, x : x + n][0, 0] for x, y in args["corners"][:count]]


def sections_with_astropy(path, extension, count):
    n = args["cutoutSide"]
    with fits.open(path) as hdus:
        hdu = hdus[extension]
        return [np.array(hdu.section[y : y + n, x : x + n], dtype=np.float32)[0, 0] for x, y in args["corners"][:count]]


def columns_with_astropy(path):
    with fits.open(path) as hdus:
        data = hdus[1].data
        columns = {name: data[name] for name in hdus[1].columns.names}
        return {name: np.array(v, dtype=v.dtype.newbyteorder("=")) for name, v in columns.items()}


def columns_with_fitsio(path):
    with fitsio.FITS(path) as hdus:
        data = hdus[1].read()
        return {name: np.ascontiguousarray(data[name]) for name in data.dtype.names}


# In the order in which ours are measured.
report(
    {
        "cutouts": {
            fitsio_name: median_seconds(lambda: sections_with_fitsio(args["large"], 0, len(args["corners"]))),
            astropy_name: median_seconds(lambda: sections_with_astropy(args["large"], 0, len(args["corners"]))),
        }
    }
    | {
        name: {
            astropy_name: median_seconds(lambda: columns_with_astropy(args[name]), args["runs"]),
            fitsio_name: median_seconds(lambda: columns_with_fitsio(args[name]), args["runs"]),
        }
        for name in ("table", "survey")
    }
    | {
        "riceCutouts": {
            fitsio_name: median_seconds(lambda: sections_with_fitsio(args["rice"], 1, args["riceObjectCount"])),
            astropy_name: median_seconds(lambda: sections_with_astropy(args["rice"], 1, args["riceObjectCount"])),
        }
    }
    | {
        name: {
            astropy_name: median_seconds(lambda: with_astropy(args[key], extension), runs),
            fitsio_name: median_seconds(lambda: with_fitsio(args[key], extension), runs),
        }
        for name, key, extension, runs in [
            ("rice", "rice", 1, 5),
            ("brick", "brick", 1, args["runs"]),
            ("read", "large", 0, args["runs"]),
        ]
    }
)
