"""Makes packages/fits/test/golden/fits-tiles.json: small tile-compressed FITS files and what astropy and fitsio, who must agree, read in them.

Usage: python scripts/golden/fits_tiles.py   (needs numpy, astropy, fitsio and the program fpack)
"""

import base64
import gzip
import hashlib
import io
import json
import os
import pathlib
import struct
import subprocess
import tempfile
import warnings

import astropy
import fitsio
import numpy as np
from astropy.io import fits

OUT = pathlib.Path(__file__).parents[2] / "packages/fits/test/golden/fits-tiles.json"
rng = np.random.default_rng(20240608)


def raw_of(hdus):
    buffer = io.BytesIO()
    fits.HDUList(hdus).writeto(buffer)
    return buffer.getvalue()


def pixels(array):
    return hashlib.sha256(np.asarray(array).astype(">f8").tobytes()).hexdigest()


def with_astropy(raw, index):
    with fits.open(io.BytesIO(raw)) as opened:
        return opened[index].data


def with_fitsio(raw, index):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "case.fits")
        pathlib.Path(path).write_bytes(raw)
        return fitsio.read(path, ext=index)


def case(name, raw, index=1, judges=(with_astropy, with_fitsio), like=None):
    """What the judges, who must agree, read; in the file `like` where they cannot read this one, which holds the same picture."""
    data, *others = [judge(like or raw, index) for judge in judges]
    for other in others:
        if not np.array_equal(other, data, equal_nan=data.dtype.kind == "f"):
            raise SystemExit(f"{name}: astropy and fitsio differ")
    file = base64.b64encode(gzip.compress(raw, 9, mtime=0)).decode()
    return {"name": name, "hdu": index, "file": file, "shape": list(data.shape), "sha256": pixels(data)}


def comp(data, **options):
    return raw_of([fits.PrimaryHDU(), fits.CompImageHDU(data, **options)])


def packed(hdu, *flags):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "case.fits")
        hdu.writeto(path)
        subprocess.run(["fpack", *flags, path], check=True, capture_output=True)
        return pathlib.Path(path + ".fz").read_bytes()


def rebuilt(raw, change):
    """The table of tiles made anew, byte by byte: `change` gets its columns, {name: (format, values)}, and its header."""
    with fits.open(io.BytesIO(raw), disable_image_compression=True) as opened:
        table = opened[1]
        columns = {c.name: (c.format, [np.array(v) for v in table.data[c.name]]) for c in table.columns}
        header = table.header.copy()
    change(columns, header)
    count = header["NAXIS2"]
    rows, heap = [b""] * count, b""
    for number, (name, (form, values)) in enumerate(columns.items(), 1):
        header[f"TTYPE{number}"], header[f"TFORM{number}"] = name, form
        for i, value in enumerate(values):
            kind = form.lstrip("1")[0]
            if kind in "PQ":
                cell = np.asarray(value)
                at = len(heap) if cell.size else 0
                rows[i] += struct.pack(">ii" if kind == "P" else ">qq", cell.size, at)
                heap += cell.astype(cell.dtype.newbyteorder(">")).tobytes()
            else:
                rows[i] += struct.pack({"J": ">i", "D": ">d"}[kind], value)
    header["TFIELDS"], header["NAXIS1"], header["PCOUNT"] = len(columns), len(rows[0]), len(heap)
    for number in range(len(columns) + 1, 9):
        for key in (f"TTYPE{number}", f"TFORM{number}"):
            if key in header:
                del header[key]
    data = b"".join(rows) + heap
    return raw_of([fits.PrimaryHDU()]) + header.tostring().encode() + data + b"\0" * (-len(data) % 2880)


def images():
    yy, xx = np.mgrid[0:41, 0:53]
    smooth = (3000 * np.exp(-((xx - 24.0) ** 2 + (yy - 17.0) ** 2) / 90) + 4 * xx).astype("f4")
    noisy = (smooth + rng.normal(0, 6, smooth.shape)).astype("f4")
    counts = np.round(noisy).astype("i4")
    signed = (counts - 900).astype("i2")
    holed = noisy.copy()
    holed[10, 12:20] = np.nan
    holed[30:33, 40:] = np.nan
    cube = np.stack([signed, signed // 2, -signed])

    h = {"compression_type": "HCOMPRESS_1"}
    yield case("HCOMPRESS_1 int16 in one tile", comp(signed, **h, tile_shape=(41, 53)))
    yield case("HCOMPRESS_1 int32 in tiles of odd sizes", comp(counts * 70000, **h, tile_shape=(17, 15)))
    yield case("HCOMPRESS_1 uint8", comp(np.abs(counts % 251).astype("u1"), **h, tile_shape=(16, 16)))
    yield case("HCOMPRESS_1 uint16 by BZERO", comp((counts + 20000).astype("u2"), **h, tile_shape=(21, 53)))
    yield case("HCOMPRESS_1 cube, plane by plane", comp(cube, **h, tile_shape=(1, 41, 53)))
    yield case("HCOMPRESS_1 long and thin", comp(np.tile(signed, (1, 3))[:5], **h, tile_shape=(5, 159)))
    yield case("HCOMPRESS_1 constant", comp(np.full((12, 9), -7, "i2"), **h, tile_shape=(12, 9)))
    yield case("HCOMPRESS_1 noise of all 32 bits", comp(rng.integers(-(2**31), 2**31, (21, 34)).astype("i4"), **h, tile_shape=(21, 34)))
    for scale in (2, 3, 16, 61):
        for smoothed in (0, 1):
            yield case(
                f"HCOMPRESS_1 scale {scale}, smooth {smoothed}",
                comp(signed, **h, hcomp_scale=scale, hcomp_smooth=smoothed, tile_shape=(41, 53)),
            )
    yield case(
        "HCOMPRESS_1 scale 500, smooth 1, 32 bits, tiles of odd sizes",
        comp(counts * 1000, **h, hcomp_scale=500, hcomp_smooth=1, tile_shape=(23, 30)),
    )
    for method in (1, 2):
        yield case(
            f"HCOMPRESS_1 float32 quantised, method {method}",
            comp(noisy, **h, quantize_level=4, quantize_method=method, dither_seed=77, tile_shape=(21, 27)),
        )
    yield case("HCOMPRESS_1 float32 by fpack", packed(fits.PrimaryHDU(noisy), "-h", "-q", "8", "-s", "1.5"), 1)
    yield case("HCOMPRESS_1 int16 by fpack, lossy", packed(fits.PrimaryHDU(signed), "-h", "-s", "2"), 1)

    yield case("RICE_1 int16 by fpack", packed(fits.PrimaryHDU(signed), "-r"), 1)
    yield case("RICE_1 int32 by fpack, whole", packed(fits.PrimaryHDU(counts), "-r", "-w"), 1)
    yield case("RICE_1 float32 with NaN by fpack, dithered", packed(fits.PrimaryHDU(holed), "-r", "-qt", "4"), 1)
    yield case("RICE_1 float64 with NaN by fpack, zeros kept", packed(fits.PrimaryHDU(np.where(holed < 60, 0, holed).astype("f8")), "-r", "-qz", "4"), 1)
    yield case("RICE_1 float32 by fpack, no dither", packed(fits.PrimaryHDU(noisy), "-r", "-q0", "4"), 1)
    yield case("GZIP_2 float32 by fpack, lossless", packed(fits.PrimaryHDU(holed), "-g2", "-q", "0"), 1)
    yield case("GZIP_1 int32 by fpack", packed(fits.PrimaryHDU(counts), "-g1"), 1)
    long = counts.astype("i8") * 2**44 + 12_345
    for kind in ("GZIP_1", "GZIP_2", "NOCOMPRESS"):
        # fitsio reads no compressed integers of 64 bits.
        yield case(f"{kind} int64", comp(long, compression_type=kind, tile_shape=(20, 53)), judges=[with_astropy])
    mask = (np.abs(counts) // 300 % 9).astype("i2")
    yield case("PLIO_1 by fpack", packed(fits.PrimaryHDU(mask), "-p"), 1)
    yield case("PLIO_1 in tiles", comp(mask, compression_type="PLIO_1", tile_shape=(7, 20)))
    yield case("PLIO_1 int32 of 24 bits", comp(np.where(counts % 3 == 0, 2**23 - counts, 0).astype("i4"), compression_type="PLIO_1"))

    def scaled(columns, header):
        header["BSCALE"], header["BZERO"], header["BLANK"] = 0.25, 1000.5, int(signed[3, 3])

    # fitsio gives blank pixels the value of the integer that stands for them.
    yield case("RICE_1 int16 with BSCALE, BZERO and BLANK", rebuilt(packed(fits.PrimaryHDU(signed), "-r"), scaled), judges=[with_astropy])
    yield case("RICE_1 extension", packed(fits.HDUList([fits.PrimaryHDU(), fits.ImageHDU(signed, name="SCI")]), "-r"), 1)

    quantised = comp(holed, compression_type="RICE_1", quantize_level=4, quantize_method=1, dither_seed=9, tile_shape=(41, 53))

    def as_keywords(columns, header):
        for name in ("ZSCALE", "ZZERO"):
            header[name] = float(columns.pop(name)[1][0])

    yield case("ZSCALE and ZZERO as keywords", rebuilt(quantised, as_keywords), like=quantised)
    rows = comp(holed, compression_type="RICE_1", quantize_level=4, quantize_method=2, dither_seed=10_000)

    def blank_column(columns, header):
        columns["ZBLANK"] = ("1J", [header["ZBLANK"]] * len(columns["ZSCALE"][1]))
        del header["ZBLANK"]

    yield case("ZBLANK as a column", rebuilt(rows, blank_column))

    def wide_descriptors(columns, header):
        form, values = columns["COMPRESSED_DATA"]
        columns["COMPRESSED_DATA"] = ("1QB", values)

    yield case("descriptors of 64 bits", rebuilt(rows, wide_descriptors))

    def no_tiles(columns, header):
        del header["ZTILE1"], header["ZTILE2"]

    by_rows = comp(signed, compression_type="RICE_1")
    yield case("tile lengths left out", rebuilt(by_rows, no_tiles), like=by_rows)
    constant = noisy.copy()
    constant[7] = 12.5

    def as_they_are(columns, header):
        form, values = columns.pop("GZIP_COMPRESSED_DATA")
        plain = [np.frombuffer(gzip.decompress(bytes(v)), ">f4").astype("f4") if len(v) else np.empty(0, "f4") for v in values]
        columns["UNCOMPRESSED_DATA"] = ("1PE", plain)

    some = comp(constant, compression_type="RICE_1", quantize_level=1e-9)
    yield case("tiles in UNCOMPRESSED_DATA", rebuilt(some, as_they_are))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    made = {
        "made by": "scripts/golden/fits_tiles.py",
        "versions": {
            "astropy": astropy.__version__,
            "numpy": np.__version__,
            "fitsio": fitsio.__version__,
            "fpack": subprocess.run(["fpack", "-V"], capture_output=True, text=True).stdout.strip(),
        },
        "images": list(images()),
    }
    OUT.write_text(json.dumps(made, indent=1) + "\n")
