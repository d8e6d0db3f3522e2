"""Golden files of packages/io: VOTables that astropy writes, and what astropy reads in them.

pip install numpy astropy, then: python votable.py > packages/io/test/golden/votable.json
"""

import base64
import gzip
import io
import json
import math
import warnings

import astropy
import numpy as np
from astropy.io import fits
from astropy.io.votable import parse
from astropy.io.votable.tree import Field, Info, Param, Resource, TableElement, Values, VOTableFile

warnings.simplefilter("ignore")

FIELDS = [
    ("flag", "boolean", None),
    ("flags", "boolean", "3"),
    ("bits", "bit", "5"),
    ("u1", "unsignedByte", None),
    ("i2", "short", None),
    ("i4", "int", None),
    ("i8", "long", None),
    ("ident", "long", None),
    ("f4", "float", None),
    ("f8", "double", None),
    ("c8", "floatComplex", None),
    ("c16", "doubleComplex", "2"),
    ("name", "char", "*"),
    ("short_name", "char", "4"),
    ("wide", "unicodeChar", "*"),
    ("triple", "int", "3"),
    ("grid", "double", "2x3"),
    ("spectrum", "float", "*"),
    ("pairs", "short", "2x*"),
]


def document(form, missing):
    votable = VOTableFile(version="1.4")
    resource = Resource()
    votable.resources.append(resource)
    resource.infos.append(Info(name="QUERY_STATUS", value="OK"))
    table = TableElement(votable)
    table.name = "results"
    table.description = "All types"
    resource.tables.append(table)
    table.params.append(Param(votable, name="release", datatype="int", value=10))
    for name, datatype, arraysize in FIELDS:
        field = Field(votable, name=name, ID=name, datatype=datatype, **({"arraysize": arraysize} if arraysize else {}))
        if name == "f8":
            field.unit, field.ucd, field.description = "deg", "pos.eq.ra;meta.main", "Right ascension <J2000>"
        if missing and datatype in ("unsignedByte", "short", "int", "long") and name != "pairs":
            field.values = Values(votable, field, null={"unsignedByte": 254, "long": -(2**63)}.get(datatype, -99))
        table.fields.append(field)
    table.create_arrays(3)
    array = table.array
    ident = 7 if missing else 587722984180548043
    masked = lambda values, dtype: np.ma.array(values, dtype=dtype, mask=np.zeros(np.shape(values), bool))
    array[0] = (
        True, [True, False, True], [1, 0, 1, 1, 0], 255, -32768, -(2**31), 2**53 - 1, ident, 0.1, 0.1, 1.5 + 2j, [1 + 2j, 3 - 4j],
        "a <b> & \"c\"", "ab", "\u00e9 \u2603", [1, 2, 3], [[1, 2], [3, 4], [5, 6]],
        masked([1.5, np.nan], "f4"), masked([[1, 2], [3, 4]], "i2"),
    )  # fmt: skip
    array[1] = (
        False, [False, False, True], [0, 0, 0, 0, 1], 0, 32767, 2**31 - 1, -5, 8, np.nan, -np.inf, 0j, [0j, 5j],
        "", "abcd", "", [-4, 5, 6], [[7, 8], [9, 1e300], [11, 12]],
        masked([], "f4"), masked([[5, 6]], "i2"),
    )  # fmt: skip
    array[2] = (
        True, [False, False, False], [0, 1, 0, 0, 1], 1, 2, 3, 4, -5, np.inf, 5e-324, 0j, [0j, 0j],
        "M 31", "", "z", [0, 0, 0], [[0, 0], [0, 0], [0, 0.1]],
        masked([1, 2, 3], "f4"), masked(np.zeros((0, 2)), "i2"),
    )  # fmt: skip
    if missing:
        for name in ("u1", "i2", "i4", "i8", "f8"):
            array.mask[name][1] = True
    table.format = form
    file = io.BytesIO()
    votable.to_xml(file)
    return file.getvalue()


def plain(value):
    if value is np.ma.masked or value is None:
        return "NaN"
    if isinstance(value, np.ma.MaskedArray) and value.ndim == 0:
        return "NaN" if value.mask else plain(value.item())
    if isinstance(value, (list, tuple, np.ndarray)):
        return [leaf for item in value for leaf in (lambda x: x if isinstance(x, list) else [x])(plain(item))]
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, complex):
        return [plain(value.real), plain(value.imag)]
    if isinstance(value, bool):
        return value
    if isinstance(value, int) and abs(value) > 2**53 - 1:
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(value)]
    return value


def read(data):
    """Rows of each column as astropy reads them."""
    table = parse(io.BytesIO(data)).get_first_table()
    columns = {field.name: [plain(row) for row in table.array[field.ID]] for field in table.fields}
    # A column with one integer beyond 2^53 - 1 is text as a whole.
    idents = columns["ident"] if all(isinstance(v, int) for v in columns["ident"]) else [str(v) for v in columns["ident"]]
    return {**columns, "bits": [[int(bit) for bit in row] for row in columns["bits"]], "ident": idents}


def embedded_fits():
    hdu = fits.BinTableHDU.from_columns(
        [
            fits.Column("name", "8A", array=["M 31", "x"]),
            fits.Column("ra", "D", array=[10.5, np.nan]),
            fits.Column("n", "J", array=[1, -2]),
        ]
    )
    file = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), hdu]).writeto(file)
    stream = base64.encodebytes(file.getvalue()).decode()
    text = f"""<?xml version="1.0"?>
<VOTABLE version="1.3"><RESOURCE><TABLE>
<FIELD name="name" ID="name" datatype="char" arraysize="8"/><FIELD name="ra" ID="ra" datatype="double" unit="deg"/>
<FIELD name="n" ID="n" datatype="int"/>
<DATA><FITS extnum="1"><STREAM encoding="base64">{stream}</STREAM></FITS></DATA></TABLE></RESOURCE></VOTABLE>"""
    # astropy reads no embedded FITS in VOTables, only the FITS file itself.
    table = hdu.data
    columns = {name: [plain(row) for row in table[name]] for name in ("name", "ra", "n")}
    return text.encode(), columns


if __name__ == "__main__":
    cases = []
    for form in ("tabledata", "binary", "binary2"):
        for missing in (False, True):
            data = document(form, missing)
            cases.append((f"{form}{' with missing values' if missing else ''}", data, read(data)))
    cases.append(("embedded FITS", *embedded_fits()))
    print(
        json.dumps(
            {
                "versions": {"astropy": astropy.__version__, "numpy": np.__version__},
                "cases": [
                    {
                        "name": name,
                        "file": base64.b64encode(gzip.compress(data, mtime=0)).decode(),
                        "columns": columns,
                    }
                    for name, data, columns in cases
                ],
            },
            separators=(",", ":"),
        )
    )
