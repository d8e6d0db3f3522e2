"""Makes packages/fits/test/golden/fits-read.json: small FITS files that astropy wrote, and what astropy reads in them.

Usage: python scripts/golden/fits_read.py   (needs numpy and astropy)
"""

import base64
import gzip
import hashlib
import io
import json
import pathlib
import warnings

import astropy
import numpy as np
from astropy.io import fits
from astropy.wcs import WCS

OUT = pathlib.Path(__file__).parents[2] / "packages/fits/test/golden/fits-read.json"
rng = np.random.default_rng(20240607)


def packed(hdus):
    buffer = io.BytesIO()
    fits.HDUList(hdus).writeto(buffer)
    raw = buffer.getvalue()
    return raw, base64.b64encode(gzip.compress(raw, 9, mtime=0)).decode()


def pixels(array):
    return hashlib.sha256(np.asarray(array).astype(">f8").tobytes()).hexdigest()


def image_case(name, hdus, index):
    raw, file = packed(hdus)
    with fits.open(io.BytesIO(raw)) as opened:
        data = opened[index].data
        return {"name": name, "hdu": index, "file": file, "shape": list(data.shape), "sha256": pixels(data)}


def images():
    yy, xx = np.mgrid[0:23, 0:31]
    smooth = (1000 * np.exp(-((xx - 14.0) ** 2 + (yy - 11.0) ** 2) / 40)).astype("f4")
    noisy = (smooth + rng.normal(0, 3, smooth.shape)).astype("f4")
    noisy[3:6, 4:9] = 0
    holed = noisy.copy()
    holed[10, 12:20] = np.nan
    counts = np.round(noisy).astype("i4")
    cube = np.stack([counts, counts // 2, -counts]).astype("i2")
    primary = fits.PrimaryHDU
    comp = fits.CompImageHDU
    yield image_case("uint8", [primary(np.abs(counts % 251).astype("u1"))], 0)
    yield image_case("int8 by BZERO -128", [primary((counts % 100 - 50).astype("i1"))], 0)
    yield image_case("uint16 by BZERO 32768", [primary((counts % 60000).astype("u2"))], 0)
    yield image_case("uint32 by BZERO 2^31", [primary(counts.astype("u4"))], 0)
    yield image_case("uint64 by BZERO 2^63", [primary((counts.astype("i8") + 5).astype("u8"))], 0)
    yield image_case("int64", [primary(counts.astype("i8") * 2**20)], 0)
    yield image_case("float64", [primary(holed.astype("f8") / 3)], 0)
    yield image_case("four axes", [primary(cube[None])], 0)
    yield image_case("one axis", [primary(noisy[4])], 0)
    blank = primary(counts.astype("i2"))
    # Not 0, which astropy passes over.
    blank.header["BLANK"] = 12
    yield image_case("int16 with BLANK", [blank], 0)
    for kind in ("RICE_1", "GZIP_1", "GZIP_2", "NOCOMPRESS"):
        yield image_case(f"{kind} int16 cube in tiles", [primary(), comp(cube, compression_type=kind, tile_shape=(2, 7, 10))], 1)
        yield image_case(f"{kind} uint8", [primary(), comp(np.abs(counts % 251).astype("u1"), compression_type=kind)], 1)
        yield image_case(f"{kind} int32", [primary(), comp(counts * 70000, compression_type=kind, tile_shape=(23, 31))], 1)
        yield image_case(f"{kind} uint16", [primary(), comp((counts % 60000).astype("u2"), compression_type=kind)], 1)
    for kind in ("RICE_1", "GZIP_1", "GZIP_2"):
        for method in (-1, 1, 2):
            yield image_case(
                f"{kind} float32 quantised, method {method}",
                [primary(), comp(holed, compression_type=kind, quantize_level=4, quantize_method=method, dither_seed=9990)],
                1,
            )
        yield image_case(
            f"{kind} float64 quantised",
            [primary(), comp(noisy.astype("f8"), compression_type=kind, quantize_level=16, quantize_method=1, dither_seed=7)],
            1,
        )
    wide = (np.tile(smooth, (1, 400))[:3] + rng.normal(0, 5, (3, 12400))).astype("f4")
    yield image_case(
        "dither beyond 10,000 pixels",
        [primary(), comp(wide, compression_type="RICE_1", quantize_level=2, quantize_method=1, dither_seed=9999, tile_shape=(3, 12400))],
        1,
    )
    for kind in ("GZIP_1", "GZIP_2"):
        yield image_case(f"{kind} float32 lossless", [primary(), comp(holed, compression_type=kind, quantize_level=0)], 1)
        yield image_case(f"{kind} float64 lossless", [primary(), comp(holed.astype("f8") / 7, compression_type=kind, quantize_level=0)], 1)
    constant = noisy.copy()
    constant[7] = 12.5
    constant[8] = np.nan
    yield image_case("tiles that could not be quantised", [primary(), comp(constant, compression_type="RICE_1", quantize_level=1e-9)], 1)


def tables():
    n = 7
    columns = [
        fits.Column("text", "6A", array=np.array(["a", "bc", "", "d  e", "'q'", "123456", " x"])),
        fits.Column("pair", "8A", dim="(4,2)", array=np.array([["ab", "cd"]] * n)),
        fits.Column("flag", "L", array=np.arange(n) % 2 == 0),
        fits.Column("bits", "11X", array=rng.integers(0, 2, (n, 11)).astype(bool)),
        fits.Column("byte", "B", array=np.arange(n, dtype="u1") * 40),
        fits.Column("sbyte", "B", bzero=-128, array=np.arange(n, dtype="i1") - 3),
        fits.Column("short", "I", array=np.arange(n, dtype="i2") * -4000),
        fits.Column("ushort", "I", bzero=2**15, array=np.arange(n, dtype="u2") * 9000),
        fits.Column("int", "J", unit="ct", array=np.arange(n, dtype="i4") * -300_000_000),
        fits.Column("uint", "J", bzero=2**31, array=np.arange(n, dtype="u4") * 700_000_000),
        fits.Column("long", "K", array=np.arange(n, dtype="i8") * 2**59 + 1),
        fits.Column("ulong", "K", bzero=2**63, array=np.arange(n, dtype="u8") * 2**60 + 1),
        fits.Column("real", "E", unit="mag", array=np.array([1.5, np.nan, -2, 3e30, 0, 7, 8], "f4")),
        fits.Column("double", "D", unit="deg", array=np.linspace(-1, 1, n) / 3),
        fits.Column("vector", "3E", array=rng.normal(size=(n, 3)).astype("f4")),
        fits.Column("complex", "C", array=(np.arange(n) + 1j * np.arange(n)[::-1]).astype("c8")),
        fits.Column("scaled", "I", array=np.arange(n, dtype="i2")),
        fits.Column("nulled", "J", null=-99, array=np.array([1, -99, 3, 4, -99, 6, 7], "i4")),
    ]
    # TSCAL and TZERO of the scaled column go straight into the bytes: given as a Column's, astropy would scale on writing.
    table = fits.BinTableHDU.from_columns(columns, name="CAT")
    table.header["TQQQL17"], table.header["TQQRO17"] = 0.25, 10.0
    buffer = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), table]).writeto(buffer)
    raw = buffer.getvalue().replace(b"TQQQL17 ", b"TSCAL17 ").replace(b"TQQRO17 ", b"TZERO17 ")
    file = base64.b64encode(gzip.compress(raw, 9, mtime=0)).decode()
    expected = {}
    with fits.open(io.BytesIO(raw)) as opened:
        data = opened[1].data
        for column in opened[1].columns:
            values = data[column.name]
            if values.dtype.kind == "c":
                values = np.stack([values.real, values.imag], -1)
            if column.name == "nulled":
                values = np.where(values == -99, np.nan, values)
            flat = values.ravel()
            expected[column.name] = {
                "width": int(flat.size // n),
                "unit": column.unit,
                "values": [None if v != v else str(v) if isinstance(v, (np.int64, np.uint64)) else v.item() if hasattr(v, "item") else v for v in flat],
            }
    return [{"name": "binary table of every type", "file": file, "rows": n, "columns": expected}]


def maps():
    def header(**cards):
        h = fits.Header()
        h["NAXIS"], h["NAXIS1"], h["NAXIS2"] = 2, 200, 100
        for key, value in cards.items():
            h[key] = value
        return h

    tan = {"CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CRPIX1": 100.5, "CRPIX2": 50.25, "CRVAL1": 150.123456, "CRVAL2": 2.2}
    swapped = {"CTYPE1": "DEC--TAN", "CTYPE2": "RA---TAN", "CRPIX1": 10.0, "CRPIX2": 20.0, "CRVAL1": -45.5, "CRVAL2": 33.0}
    cases = {
        "CD": header(**tan, CD1_1=-1e-3, CD1_2=2e-4, CD2_1=1.5e-4, CD2_2=1.1e-3),
        "CD with one element left out": header(**tan, CD1_1=-1e-3, CD1_2=2e-4, CD2_2=1.1e-3),
        "PC and CDELT": header(**tan, PC1_1=0.8, PC1_2=-0.6, PC2_1=0.6, PC2_2=0.8, CDELT1=-2e-4, CDELT2=3e-4),
        "CDELT alone": header(**tan, CDELT1=-2e-3, CDELT2=2e-3),
        "CROTA2": header(**tan, CDELT1=-2e-3, CDELT2=3e-3, CROTA2=31.5),
        "LONPOLE": header(**tan, CDELT1=-2e-3, CDELT2=3e-3, LONPOLE=123.0),
        "over the meridian": header(**{**tan, "CRVAL1": 0.01}, CDELT1=-2e-3, CDELT2=3e-3),
        "beside the pole": header(**{**tan, "CRVAL2": 89.99}, CDELT1=-2e-3, CDELT2=3e-3),
        "at the pole": header(**{**tan, "CRVAL2": 90.0}, CDELT1=-2e-3, CDELT2=3e-3),
        "at the south pole": header(**{**tan, "CRVAL2": -90.0}, CDELT1=-2e-3, CDELT2=3e-3),
        "wide field": header(**tan, CDELT1=-0.3, CDELT2=0.3),
        "axes swapped, CD": header(**swapped, CD1_1=1e-3, CD1_2=2e-4, CD2_1=1.5e-4, CD2_2=-1.1e-3),
        "axes swapped, CDELT": header(**swapped, CDELT1=1e-3, CDELT2=-2e-3),
    }
    points = [[0.0, 0.0], [99.5, 49.25], [199.0, 99.0], [-30.5, 12.75], [57.3, -20.1]]
    out = []
    for name, h in cases.items():
        wcs = WCS(h)
        sky = wcs.all_pix2world(points, 0)
        lon, lat = wcs.wcs.lng, wcs.wcs.lat
        cards = [[c.keyword, c.value] for c in h.cards]
        out.append({"name": name, "cards": cards, "points": points, "sky": [[float(s[lon]), float(s[lat])] for s in sky]})
    return out


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    made = {
        "made by": "scripts/golden/fits_read.py",
        "versions": {"astropy": astropy.__version__, "numpy": np.__version__},
        "images": list(images()),
        "tables": tables(),
        "maps": maps(),
    }
    OUT.write_text(json.dumps(made, indent=1) + "\n")
