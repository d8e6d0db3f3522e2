"""Makes FITS tables with cells of variable length, several axes, scaling, nulls and compression, and records what they hold.

Usage:
    python scripts/golden/fits_tables.py DATA [SPECIMENS]

DATA is the folder of the real files (of which B_fits is used); the script needs numpy, astropy, and the programs fpack, funpack and
fitsverify. SPECIMENS is the folder that the writer's tests fill when ASTRONOMALY_SPECIMENS names it:
    ASTRONOMALY_SPECIMENS=/tmp/tables npx vitest run --project unit packages/io/test/fits/table
A written file is recorded only when astropy opens it with checksum=True and verifies it as 'exception' without one warning, and fitsverify
finds no error and no warning.

Files made by hand, byte by byte, hold what this script put there; what astropy can read of them is compared before it is recorded.
"""

import base64
import gzip
import hashlib
import json
import pathlib
import struct
import subprocess
import sys
import tempfile
import warnings

import astropy
import numpy as np
from astropy.io import fits

OUT = pathlib.Path(__file__).parents[2] / "packages/fits/test/golden/fits-tables.json"
FORMATS = {"L": "B", "X": "B", "B": "B", "I": ">h", "J": ">i", "K": ">q", "E": ">f", "D": ">d", "C": ">ff", "M": ">dd"}


def cards(pairs):
    header = fits.Header()
    for key, value in pairs:
        header[key] = value
    text = header.tostring(sep="", endcard=True, padding=True)
    return text.encode()


def pad(data):
    return data + b"\0" * (-len(data) % 2880)


def elements(code, values):
    if code == "A":
        return values.encode("latin1")
    if code == "L":
        return bytes({True: 0x54, False: 0x46, None: 0}[v] for v in values)
    if code == "X":
        return np.packbits(np.array(values, "u1")).tobytes() if values else b""
    if code in "CM":
        return b"".join(struct.pack(FORMATS[code], v.real, v.imag) for v in values)
    return b"".join(struct.pack(FORMATS[code], v) for v in values)


def table_bytes(columns, rows, gap=0):
    """columns: (form, {keyword: value}, cells); P and Q cells are lists or strings, put into the heap last row first."""
    heap = bytearray()
    pointers = {}
    for row in reversed(range(rows)):
        for c, (form, _, cells) in enumerate(columns):
            if form[0] in "PQ":
                pointers[c, row] = (len(cells[row]), len(heap))
                heap += elements(form[1], cells[row])
    data = bytearray()
    for row in range(rows):
        for c, (form, _, cells) in enumerate(columns):
            if form[0] in "PQ":
                data += struct.pack(">ii" if form[0] == "P" else ">qq", *pointers[c, row])
            else:
                data += elements(form.lstrip("0123456789")[0], cells[row])
    row_bytes = len(data) // rows
    pairs = [("XTENSION", "BINTABLE"), ("BITPIX", 8), ("NAXIS", 2), ("NAXIS1", row_bytes), ("NAXIS2", rows)]
    pairs += [("PCOUNT", gap + len(heap)), ("GCOUNT", 1), ("TFIELDS", len(columns))]
    for c, (form, extra, _) in enumerate(columns):
        pairs += [(f"TFORM{c + 1}", form)] + [(f"{key}{c + 1}", value) for key, value in extra.items()]
    if gap:
        pairs.append(("THEAP", len(data) + gap))
    primary = cards([("SIMPLE", True), ("BITPIX", 8), ("NAXIS", 0), ("EXTEND", True)])
    return primary + cards(pairs) + pad(bytes(data) + b"\x55" * gap + bytes(heap))


def plain(value):
    """As JSON: NaN null, integers beyond 2^53 text, complex numbers two numbers."""
    if isinstance(value, (complex, np.complexfloating)):
        return [plain(value.real), plain(value.imag)]
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value) if abs(int(value)) < 2**53 else str(int(value))
    if isinstance(value, (float, np.floating)):
        return None if value != value else float(value)
    return str(value)


def flat(values):
    out = []
    for value in values:
        value = plain(value)
        out += value if isinstance(value, list) else [value]
    return out


def check_with_astropy(path, name, wanted):
    """The cells as astropy reads them, row by row."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with fits.open(path) as hdus:
            column = hdus[1].data[name]
            for row, cell in enumerate(wanted):
                own = column[row]
                own = "".join(np.atleast_1d(own)) if isinstance(cell, str) else flat(np.atleast_1d(own).ravel())
                assert own == cell, (name, row, own, cell)


def variable():
    rows = 6
    lengths = [3, 0, 1, 20, 0, 7]
    rng = np.random.default_rng(5)
    ints = [rng.integers(-100, 100, n).tolist() for n in lengths]
    reals = [np.float32(rng.normal(size=n)).tolist() for n in lengths]
    bits = [rng.integers(0, 2, n).tolist() for n in lengths]
    words = ["abc", "", "d ", "longer than all others", "", "it's"]
    longs = [[int(v) * 2**40 + 1 for v in cell] for cell in ints]
    complexes = [[complex(v, 2 * v) for v in cell] for cell in reals]
    logicals = [[bool(v) for v in cell] for cell in bits]
    unsigned = [[abs(v) for v in cell] for cell in ints]
    columns = [
        ("PL", {"TTYPE": "logical"}, logicals),
        ("PX", {"TTYPE": "bits"}, bits),
        ("PB", {"TTYPE": "byte"}, unsigned),
        ("PI", {"TTYPE": "short"}, ints),
        ("PJ", {"TTYPE": "int"}, ints),
        ("PK", {"TTYPE": "long"}, longs),
        ("PE", {"TTYPE": "float", "TUNIT": "Jy"}, reals),
        ("PD", {"TTYPE": "double"}, reals),
        ("PC", {"TTYPE": "complex"}, complexes),
        ("PM", {"TTYPE": "dcomplex"}, complexes),
        ("PA", {"TTYPE": "text"}, words),
        ("QJ", {"TTYPE": "far"}, ints),
        ("QA", {"TTYPE": "fartext"}, words),
        ("1J", {"TTYPE": "plain"}, [[v] for v in range(rows)]),
        ("PI", {"TTYPE": "scaled", "TSCAL": 0.5, "TZERO": 10.0}, ints),
        ("PI", {"TTYPE": "ushort", "TZERO": 32768}, ints),
        ("PI", {"TTYPE": "nulled", "TNULL": ints[3][0]}, ints),
    ]
    raw = table_bytes(columns, rows, gap=13)
    values = {extra["TTYPE"]: [cell if isinstance(cell, str) else flat(cell) for cell in cells] for _, extra, cells in columns}
    values["text"] = values["fartext"] = [word.rstrip(" ") for word in words]
    values["plain"] = [[v] for v in range(rows)]
    values["scaled"] = [[10 + 0.5 * v for v in cell] for cell in ints]
    values["ushort"] = [[v + 32768 for v in cell] for cell in ints]
    values["nulled"] = [[None if v == ints[3][0] else v for v in cell] for cell in ints]
    with tempfile.NamedTemporaryFile(suffix=".fits") as file:
        # astropy 8.0.2 opens no table with PX, keeps scaled cells in their stored type, and has no TNULL in its arrays.
        file.write(table_bytes([column for column in columns if column[0] != "PX"], rows, gap=13))
        file.flush()
        for name in values.keys() - {"bits", "scaled", "ushort", "nulled", "fartext", "text"}:
            check_with_astropy(file.name, name, values[name])
        for name in ("text", "fartext"):
            # It gives single characters, of which a space becomes nothing.
            check_with_astropy(file.name, name, [word.replace(" ", "") for word in words])
    return {"name": "cells of variable length", "file": packed(raw), "rows": rows, "ragged": values}


def packed(raw):
    return base64.b64encode(gzip.compress(raw, 9, mtime=0)).decode()


def shapes():
    rows = 3
    rng = np.random.default_rng(6)
    cube = rng.integers(0, 100, (rows, 2, 3, 4))
    columns = [
        ("24I", {"TTYPE": "cube", "TDIM": "(4,3,2)"}, [c.ravel().tolist() for c in cube]),
        ("24A", {"TTYPE": "words", "TDIM": "(4,3,2)"}, ["a   bb  ccc dddde   f   "] * rows),
        ("12A4", {"TTYPE": "substrings"}, ["x   yy  zzz "] * rows),
        ("6E", {"TTYPE": "tooshort", "TDIM": "(4,3)"}, [[1.0] * 6] * rows),
        ("2C", {"TTYPE": "complex", "TSCAL": 2.0, "TZERO": 1.0}, [[1 + 2j, 3 - 4j]] * rows),
        ("1K", {"TTYPE": "ulong", "TZERO": 2**63}, [[2**63 - 1], [-(2**63)], [0]]),
        ("1J", {"TTYPE": "uint", "TZERO": 2**31}, [[2**31 - 1], [-(2**31)], [0]]),
        ("1B", {"TTYPE": "sbyte", "TZERO": -128}, [[0], [128], [255]]),
        ("1K", {"TTYPE": "nulled", "TNULL": -7}, [[5], [-7], [2**53 - 1]]),
        ("1J", {"TTYPE": "nonulls", "TNULL": -7}, [[5], [6], [7]]),
        ("1I", {"TTYPE": "unull", "TZERO": 32768, "TNULL": -32768}, [[-32768], [0], [32767]]),
        ("3L", {"TTYPE": "logical"}, [[True, False, None]] * rows),
        ("0D", {"TTYPE": "nothing"}, [[]] * rows),
        ("0PE", {"TTYPE": "nowhere"}, [[]] * rows),
        ("11X", {"TTYPE": "bits"}, [[1, 0, 1, 1, 0, 0, 0, 1, 1, 0, 1]] * rows),
    ]
    raw = table_bytes([(f, e, c) for f, e, c in columns if f != "0PE"], rows)
    raw_all = table_bytes([(("0A" if f == "0PE" else f), e, [""] * rows if f == "0PE" else c) for f, e, c in columns], rows).replace(b"'0A      '", b"'0PE     '")
    values = {
        "cube": (24, [2, 3, 4], cube.ravel().tolist()),
        "words": (6, [2, 3], ["a", "bb", "ccc", "dddd", "e", "f"] * rows),
        "substrings": (3, None, ["x", "yy", "zzz"] * rows),
        "tooshort": (6, None, [1.0] * 18),
        "complex": (4, [2, 2], [3.0, 4.0, 7.0, -8.0] * rows),
        "ulong": (1, None, [str(2**64 - 1), 0, str(2**63)]),
        "uint": (1, None, [2**32 - 1, 0, 2**31]),
        "sbyte": (1, None, [-128, 0, 127]),
        "nulled": (1, None, [5, None, 2**53 - 1]),
        "nonulls": (1, None, [5, 6, 7]),
        "unull": (1, None, [None, 32768, 65535]),
        "logical": (3, None, [True, False, False] * rows),
        "nothing": (0, None, []),
        "nowhere": (0, None, []),
        "bits": (11, None, [1, 0, 1, 1, 0, 0, 0, 1, 1, 0, 1] * rows),
    }
    with tempfile.NamedTemporaryFile(suffix=".fits") as file:
        file.write(raw)
        file.flush()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with fits.open(file.name, uint=True) as hdus:
                # Of scaled complex numbers astropy 8.0.2 gives the real parts alone.
                for name in ("cube", "ulong", "uint", "sbyte", "logical", "bits"):
                    own = hdus[1].data[name]
                    assert flat(own.ravel()) == values[name][2], (name, own)
                assert hdus[1].data["cube"].shape == (rows, 2, 3, 4)
                assert [w.strip() for w in hdus[1].data["words"].ravel()] == values["words"][2]
    return {"name": "axes, scaling and nulls", "file": packed(raw_all), "rows": rows, "fixed": {k: {"width": w, "shape": s, "values": v} for k, (w, s, v) in values.items()}}


def ascii_case():
    spec = [
        ("A4", {"TTYPE": "text"}, ["abc ", " de ", "f   "]),
        ("I6", {"TTYPE": "int", "TNULL": "******"}, ["12", "******", "-3"]),
        ("F8.3", {"TTYPE": "fixed", "TUNIT": "mag"}, ["1.250", "", "-0.5"]),
        ("E9.1", {"TTYPE": "exponent"}, ["1.5E+02", "-2.0+1", "1e0"]),
        ("F6.2", {"TTYPE": "implied"}, ["12345", "7", "-50"]),
        ("I6", {"TTYPE": "scaled", "TSCAL": 0.5, "TZERO": 1.0}, ["99", "5", "99"]),
        ("D10.2", {"TTYPE": "double"}, ["-7.50D-03", "1.0D+00", "2.5"]),
        ("I12", {"TTYPE": "long"}, ["12345678901", "-1", "+42"]),
    ]
    starts = []
    at = 1
    for form, _, _ in spec:
        starts.append(at)
        at += int(form[1:].split(".")[0]) + 1
    width = at - 2
    lines = [" ".join(fields[row].rjust(int(form[1:].split(".")[0])) for form, _, fields in spec) for row in range(3)]
    data = "".join(lines).encode()
    assert len(data) == 3 * width
    pairs = [("XTENSION", "TABLE"), ("BITPIX", 8), ("NAXIS", 2), ("NAXIS1", width), ("NAXIS2", 3), ("PCOUNT", 0), ("GCOUNT", 1), ("TFIELDS", len(spec))]
    for i, (start, (form, extra, _)) in enumerate(zip(starts, spec), 1):
        pairs += [(f"TBCOL{i}", start), (f"TFORM{i}", form)] + [(f"{key}{i}", value) for key, value in extra.items()]
    raw = cards([("SIMPLE", True), ("BITPIX", 8), ("NAXIS", 0), ("EXTEND", True)]) + cards(pairs)
    raw += data + b" " * (-len(data) % 2880)
    values = {
        "text": ["abc", " de", "f"],
        "int": [12, None, -3],
        "fixed": [1.25, 0, -0.5],
        "exponent": [150, -20, 0.1],
        "implied": [123.45, 0.07, -0.5],
        "scaled": [50.5, 3.5, 50.5],
        "double": [-0.0075, 1, 2.5],
        "long": [12345678901, -1, 42],
    }
    return {"name": "ASCII table", "file": packed(raw), "rows": 3, "fixed": {k: {"width": 1, "shape": None, "values": v} for k, v in values.items()}}


def compressed(work):
    """A table that fpack compresses in three tiles, and the same as funpack gives it back."""
    rng = np.random.default_rng(7)
    rows = 50
    cells = {k: np.empty(rows, dtype=object) for k in ("vj", "vi", "vb", "ve")}
    for i in range(rows):
        cells["vj"][i] = (np.arange(i % 7 * 6) * 3).astype("i4")
        cells["vi"][i] = np.arange(i % 30).astype("i2")
        cells["vb"][i] = rng.integers(0, 9, i % 5 * 9).astype("u1")
        cells["ve"][i] = rng.random(i % 3).astype("f4")
    columns = [
        fits.Column("id", "J", array=np.arange(rows) * 7 - 100),
        fits.Column("short", "2I", array=(np.arange(2 * rows) % 13 - 5).reshape(rows, 2)),
        fits.Column("byte", "B", array=np.arange(rows) * 5),
        fits.Column("long", "K", array=np.arange(rows) * 2**40),
        fits.Column("float", "E", array=rng.random(rows)),
        fits.Column("double", "3D", array=rng.random((rows, 3))),
        fits.Column("text", "7A", array=[f"abc{i}" for i in range(rows)]),
        fits.Column("flag", "L", array=np.arange(rows) % 3 == 0),
        fits.Column("bits", "11X", array=rng.random((rows, 11)) > 0.5),
        *(fits.Column(k, f"P{k[1].upper()}()", array=v) for k, v in cells.items()),
    ]
    made = []
    for name, algorithms in (("as fpack chooses", {}), ("as it is told", {1: "GZIP_1", 2: "RICE_1", 3: "RICE_1", 4: "GZIP_1", 5: "GZIP_1", 10: "GZIP_2", 11: "GZIP_1"})):
        hdu = fits.BinTableHDU.from_columns(columns)
        hdu.header["FZTILELN"] = 20
        for number, algorithm in algorithms.items():
            hdu.header[f"FZALG{number}"] = algorithm
        path = work / "table.fits"
        for old in work.glob("table*"):
            old.unlink()
        fits.HDUList([fits.PrimaryHDU(), hdu]).writeto(path)
        subprocess.run(["fpack", "-table", str(path)], check=True, capture_output=True)
        subprocess.run(["funpack", "-O", str(work / "tableback.fits"), str(path) + ".fz"], check=True, capture_output=True)
        zipped = (work / "table.fits.fz").read_bytes()
        with fits.open(path) as a, fits.open(work / "tableback.fits") as b, fits.open(work / "table.fits.fz", disable_image_compression=True) as c:
            header = c[1].header
            assert header["NAXIS2"] == 3
            kinds = [header[f"ZCTYP{i + 1}"] for i in range(len(columns))]
            for column in columns:
                for x, y in zip(a[1].data[column.name], b[1].data[column.name]):
                    assert np.array_equal(x, y), column.name
        made.append({"name": name, "kinds": kinds, "file": packed(zipped), "plain": packed(path.read_bytes())})
    return made


def real_files(data, work):
    """Sums of what the real files' variable and compressed columns hold; those of compressed tables as funpack restores them."""
    out = []
    for file in ("format_edge_cases/theap-gap.fits", "format_edge_cases/variable_length_table.fits", "sdss/fpM-001000-r1-0100.fit", "tile_compression/bt12.fits.fz", "tile_compression/testBinaryTable.fits.fz"):
        path = data / "B_fits" / file
        if file.endswith(".fz"):
            target = work / "real.fits"
            target.unlink(missing_ok=True)
            subprocess.run(["funpack", "-O", str(target), str(path)], check=True, capture_output=True)
            path = target
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with fits.open(path) as hdus:
                for index, hdu in enumerate(hdus):
                    if not isinstance(hdu, fits.BinTableHDU):
                        continue
                    for i in range(hdu.header["TFIELDS"]):
                        # astropy 8.0.2 cannot read columns without a name.
                        hdu.header.setdefault(f"TTYPE{i + 1}", f"col{i + 1}")
                    columns = {}
                    for i, column in enumerate(hdu.columns):
                        cells = [hdu.data.field(i)[row] for row in range(len(hdu.data))]
                        if column.format.lstrip("0123456789")[0] == "A":
                            texts = [str(t) for cell in cells for t in np.atleast_1d(cell).ravel()]
                            columns[column.name] = {"sha256": hashlib.sha256("\n".join(texts).encode()).hexdigest()}
                        else:
                            parts = [np.atleast_1d(cell).ravel().astype(">f8") for cell in cells]
                            joined = np.concatenate(parts or [[]]).astype(">f8")
                            columns[column.name] = {"lengths": hashlib.sha256(np.array([len(p) for p in parts], ">f8").tobytes()).hexdigest(), "sha256": hashlib.sha256(joined.tobytes()).hexdigest()}
                    out.append({"file": file, "hdu": index, "rows": len(hdu.data), "columns": columns})
    return out


def written(folder):
    files = {}
    for path in sorted(pathlib.Path(folder).glob("*.fits")):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with fits.open(path, checksum=True) as opened:
                opened.verify("exception")
                table = opened[1]
                columns = [[c.name, c.format, c.unit, c.dim] for c in table.columns]
                cells = [np.asarray(table.data[c.name][row]).ravel().tolist() for c in table.columns for row in range(min(2, len(table.data)))]
        judged = subprocess.run(["fitsverify", "-q", str(path)], capture_output=True, text=True)
        assert "OK" in judged.stdout and judged.returncode == 0, judged.stdout + judged.stderr
        files[path.name] = {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "columns": columns, "cells": [[str(v) for v in cell] for cell in cells]}
    return files


def main(data, specimens=None):
    before = json.loads(OUT.read_text()) if OUT.exists() else {}
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        version = subprocess.run(["fpack", "-V"], capture_output=True, text=True)
        made = {
            "made by": "scripts/golden/fits_tables.py",
            "versions": {"astropy": astropy.__version__, "numpy": np.__version__, "fpack": (version.stdout + version.stderr).strip()},
            "tables": [variable(), shapes(), ascii_case()],
            "compressed": compressed(work),
            "real": real_files(pathlib.Path(data), work),
            "written": written(specimens) if specimens else before.get("written", {}),
        }
    OUT.write_text(json.dumps(made, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
