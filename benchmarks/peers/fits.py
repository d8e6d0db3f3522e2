"""Reading FITS with astropy and fitsio: a large picture, a RICE-compressed one, five columns of a table. One core."""
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
        return np.array(hdus[extension].data)


def with_fitsio(path, extension):
    with fitsio.FITS(path) as hdus:
        return hdus[extension].read()


report(
    {
        name: {
            astropy_name: median_seconds(lambda: with_astropy(args[key], extension)),
            fitsio_name: median_seconds(lambda: with_fitsio(args[key], extension)),
        }
        for name, key, extension in [("read", "large", 0), ("rice", "rice", 1), ("table", "table", 1)]
    }
)
