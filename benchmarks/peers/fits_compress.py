"""Compresses a picture with astropy, as surveys have them: RICE_1, row by row, quantised to a quarter of the noise, dithered."""
from astropy.io import fits
from timing import arguments, report

args = arguments()
with fits.open(args["large"], memmap=False) as hdus:
    tiles = fits.CompImageHDU(
        hdus[0].data.astype("f4"),
        hdus[0].header,
        compression_type="RICE_1",
        quantize_level=4,
        quantize_method=1,
        dither_seed=1,
    )
fits.HDUList([fits.PrimaryHDU(), tiles]).writeto(args["rice"], overwrite=True)
report({})
