"""Golden files of packages/io: .npy by numpy, Parquet by pyarrow and pandas, CSV by pandas, ECSV by astropy.

pip install numpy pandas pyarrow astropy, then: python io_tables.py > packages/io/test/golden/io-tables.json

The other way round, files that this project writes are read by numpy, pandas and astropy, and recorded with what they hold:

    ASTRONOMALY_SPECIMENS=/tmp/specimens npx vitest run --project unit packages/io/test/table/tables-written.test.ts
    python io_tables.py /tmp/specimens > packages/io/test/golden/tables-written.json
"""

import base64
import gzip
import hashlib
import io
import json
import math
import pathlib
import sys
import warnings

import astropy
import astropy.units as u
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from astropy.table import Table


def b64(data):
    return base64.b64encode(data).decode()


def plain(values):
    """JSON has no NaN, infinities, -0 or large integers: they go as text."""
    out = []
    for v in values:
        v = v.item() if isinstance(v, np.generic) else v
        if isinstance(v, float) and (math.isnan(v) or math.isinf(v) or (v == 0 and math.copysign(1, v) < 0)):
            v = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}.get(str(v), "-0")
        out.append(v)
    return out


def npy():
    rng = np.random.default_rng(3)
    f4 = rng.normal(size=(3, 4)).astype("<f4")
    f4[1, 2] = np.nan
    f8 = np.array([0.1, -0.0, np.inf, -np.inf, np.nan, 5e-324, 1.7976931348623157e308])
    cases = {
        "float32 matrix": (f4, (1, 0), True),
        "float64 vector": (f8, (1, 0), True),
        "uint8 image": (np.arange(6, dtype="u1").reshape(2, 3, 1), (1, 0), True),
        "int8": (np.arange(-3, 3, dtype="i1"), (1, 0), True),
        "int16": (np.arange(-3, 3, dtype="<i2") * 9000, (1, 0), True),
        "uint16": (np.arange(6, dtype="<u2") * 13000, (1, 0), True),
        "int32": (np.arange(-3, 3, dtype="<i4") * 700000000, (1, 0), True),
        "uint32": (np.arange(6, dtype="<u4") * 800000000, (1, 0), True),
        "no rows": (np.zeros((0, 5), "<f4"), (1, 0), True),
        "scalar": (np.array(2.5), (1, 0), True),
        "big-endian float32": (f4.astype(">f4"), (1, 0), False),
        "big-endian float64": (f8.astype(">f8"), (1, 0), False),
        "big-endian int16": (np.arange(-3, 3, dtype=">i2"), (1, 0), False),
        "Fortran order matrix": (np.asfortranarray(f4), (1, 0), False),
        "Fortran order cube": (np.asfortranarray(np.arange(24, dtype="<f8").reshape(2, 3, 4)), (1, 0), False),
        "big-endian Fortran order": (np.asfortranarray(f4.astype(">f4")), (1, 0), False),
        "float16": (np.array([0, -0.0, 1.5, -65504, 6e-8, 6.1e-5, np.inf, np.nan], "<f2"), (1, 0), False),
        "bool": (np.array([True, False, True]), (1, 0), False),
        "int64": (np.array([-(2**53) + 1, 0, 2**53 - 1], "<i8"), (1, 0), False),
        "uint64": (np.array([0, 2**53 - 1], "<u8"), (1, 0), False),
        "version 2": (f4, (2, 0), False),
        "version 3": (f4, (3, 0), False),
    }
    # Every length of header, across the boundary where padding adds a block.
    for axes in range(2, 30):
        cases[f"{axes} axes"] = (np.ones((1,) * axes, "<f4"), (1, 0), True)
    out = []
    for name, (array, version, written) in cases.items():
        file = io.BytesIO()
        np.lib.format.write_array(file, array, version=version)
        if version == (1, 0):
            saved = io.BytesIO()
            np.save(saved, array)
            assert saved.getvalue() == file.getvalue()
        out.append(
            {
                "name": name,
                "file": b64(file.getvalue()),
                "shape": list(array.shape),
                "dtype": array.dtype.name,
                "values": plain(array.ravel(order="C")),
                "writtenAlike": written,
            }
        )
    return out


def npy_unsupported():
    out = {}
    for name, array in {
        "structured": np.zeros(2, [("a", "<f4"), ("b", "<i4")]),
        "complex": np.zeros(2, "<c16"),
        "text": np.array(["a", "bc"]),
        "unsafe int64": np.array([587722984180548043], "<i8"),
    }.items():
        file = io.BytesIO()
        np.save(file, array)
        out[name] = b64(file.getvalue())
    return out


def parquet():
    ids = [587722984180548043, 587722984180548044, 1, -5, 9007199254740993]
    table = pa.table(
        {
            "objid": pa.array(ids, pa.int64()),
            "name": pa.array(["M 31", "", "a,b", "é\U0001f30c", "x" * 40]),
            "name_null": pa.array(["M 31", None, "a,b", None, "M 31"]),
            "f4": pa.array([0.1, -0.0, math.nan, math.inf, 1e-45], pa.float32()),
            "f8": pa.array([0.1, -0.0, math.nan, -math.inf, 5e-324]),
            "f8_null": pa.array([0.1, None, 3.0, None, 5.0]),
            "i1": pa.array([-128, 0, 127, 1, 2], pa.int8()),
            "i2": pa.array([-32768, 0, 32767, 1, 2], pa.int16()),
            "i4": pa.array([-2147483648, 0, 2147483647, 1, 2], pa.int32()),
            "i4_null": pa.array([-2147483648, None, 2147483647, 1, 2], pa.int32()),
            "i8": pa.array([-(2**53) + 1, 0, 2**53 - 1, 1, 2], pa.int64()),
            "i8_null": pa.array([None, 0, 7, 1, 2], pa.int64()),
            "u1": pa.array([0, 255, 1, 2, 3], pa.uint8()),
            "u2": pa.array([0, 65535, 1, 2, 3], pa.uint16()),
            "u4": pa.array([0, 4294967295, 1, 2, 3], pa.uint32()),
            "u8": pa.array([0, 18446744073709551615, 1, 2, 3], pa.uint64()),
            "flag": pa.array([True, False, True, True, False]),
            "flag_null": pa.array([True, None, False, True, False]),
            "list": pa.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0], [9.0, 0.5]], pa.list_(pa.float32())),
            "list_null": pa.array([None, [3.0, None], [5.0, 6.0], [7.0, 8.0], [9.0, 0.5]], pa.list_(pa.float64())),
            "list_fixed": pa.array([[1, 2, 3]] * 5, pa.list_(pa.int32(), 3)),
            "day": pa.array([0, 19000, -1, 1, 2], pa.int32()).cast(pa.date32()),
            "time_us": pa.array([0, 1700000000123456, -1, 1, 2], pa.timestamp("us")),
        }
    )
    expected = {
        "objid": [str(i) for i in ids],
        "name_null": ["M 31", "", "a,b", "", "M 31"],
        "f8_null": [0.1, "NaN", 3, "NaN", 5],
        "i4_null": [-2147483648, "NaN", 2147483647, 1, 2],
        "i8_null": ["NaN", 0, 7, 1, 2],
        "u8": ["0", "18446744073709551615", "1", "2", "3"],
        "flag_null": [1, "NaN", 0, 1, 0],
        "list": [1, 2, 3, 4, 5, 6, 7, 8, 9, 0.5],
        "list_null": ["NaN", "NaN", 3, "NaN", 5, 6, 7, 8, 9, 0.5],
        "list_fixed": [1, 2, 3] * 5,
        "day": ["1970-01-01", "2022-01-08", "1969-12-31", "1970-01-02", "1970-01-03"],
        "time_us": [
            "1970-01-01T00:00:00.000000Z",
            "2023-11-14T22:13:20.123456Z",
            "1969-12-31T23:59:59.999999Z",
            "1970-01-01T00:00:00.000001Z",
            "1970-01-01T00:00:00.000002Z",
        ],
    }
    columns = {
        name: {
            "values": expected.get(name) or plain(table.column(name).to_pylist()),
            "width": {"list": 2, "list_null": 2, "list_fixed": 3}.get(name, 1),
        }
        for name in table.column_names
    }
    options = {
        "snappy": {"compression": "snappy"},
        "gzip": {"compression": "gzip"},
        "brotli": {"compression": "brotli"},
        "zstd": {"compression": "zstd"},
        "lz4": {"compression": "lz4"},
        "uncompressed": {"compression": "none"},
        "without dictionary": {"use_dictionary": False},
        "page version 2": {"data_page_version": "2.0"},
        "two rows a group": {"row_group_size": 2},
        "byte stream split": {"use_dictionary": False, "use_byte_stream_split": ["f4", "f8"]},
        "delta": {
            "use_dictionary": False,
            "column_encoding": {"i8": "DELTA_BINARY_PACKED", "name": "DELTA_BYTE_ARRAY", "name_null": "DELTA_LENGTH_BYTE_ARRAY"},
        },
    }
    files = []
    for name, option in options.items():
        file = io.BytesIO()
        pq.write_table(table, file, store_schema=False, **option)
        files.append({"name": name, "file": b64(gzip.compress(file.getvalue(), mtime=0))})
    return {"columns": columns, "files": files}


def parquet_features():
    """What pandas writes for a table of features as a CNN makes them."""
    values = (np.arange(3 * 1280, dtype="<f4").reshape(3, 1280) / 7).astype("<f4")
    frame = pd.DataFrame(values, columns=[f"f{i:04d}" for i in range(1280)])
    frame.insert(0, "id", ["J0001+02", "007", "587722984180548043"])
    file = io.BytesIO()
    frame.to_parquet(file, index=False)
    return {"file": b64(gzip.compress(file.getvalue(), mtime=0))}


def parquet_unsupported():
    out = {}
    for name, column in {
        "struct": pa.array([{"a": 1}, {"a": 2}]),
        "map": pa.array([[("a", 1)], []], pa.map_(pa.string(), pa.int32())),
        "ragged lists": pa.array([[1], [1, 2]]),
        "lists of lists": pa.array([[[1]], [[2]]]),
    }.items():
        file = io.BytesIO()
        pq.write_table(pa.table({"ok": [1, 2], "bad": column}), file, store_schema=False)
        out[name] = b64(gzip.compress(file.getvalue(), mtime=0))
    return out


def parquet_expanding():
    """20 million missing values in 40 kB."""
    file = io.BytesIO()
    pq.write_table(pa.table({"nothing": pa.nulls(20_000_000, pa.float64())}), file, store_schema=False)
    return {"file": b64(gzip.compress(file.getvalue(), mtime=0)), "bytes": len(file.getvalue())}


def text():
    frame = pd.DataFrame(
        {
            "objid": [587722984180548043, 587722984180548044, 7],
            "ra": [0.1 + 0.2, 1e-7, np.nan],
            "mag": [17.25, -0.5, 1e22],
            "note": ['he said "hi"', "line\nbreak, comma", ""],
        }
    )
    columns = {
        "objid": ["587722984180548043", "587722984180548044", "7"],
        "ra": plain(frame["ra"]),
        "mag": plain(frame["mag"]),
        "note": list(frame["note"]),
    }
    table = Table({"id": ["a b", "007"], "ra": [10.5, np.nan] * u.deg, "flux": [1.0, 2.5] * (u.Jy / u.beam), "n": [1, 2]})
    ecsv = io.StringIO()
    table.write(ecsv, format="ascii.ecsv")
    comma = io.StringIO()
    table.write(comma, format="ascii.ecsv", delimiter=",")
    saved = io.StringIO()
    np.savetxt(saved, np.array([[1.5, 2.25], [np.nan, 4]]), header="ra\tdec", delimiter="\t")
    return {
        "pandas": {"text": frame.to_csv(index=False), "columns": columns},
        "pandasCrlf": {"text": frame.to_csv(index=False, lineterminator="\r\n"), "columns": columns},
        "pandasTabs": {"text": frame.to_csv(index=False, sep="\t"), "columns": columns},
        "ecsv": [ecsv.getvalue(), comma.getvalue()],
        "savetxt": saved.getvalue(),
    }


def frame_columns(frame):
    return {name: {"dtype": str(frame[name].dtype), "values": plain(v.tolist() if isinstance(v, np.ndarray) else v for v in frame[name][:3])} for name in frame.columns[:8]}


def read_written(path):
    """What numpy, pandas or astropy reads in a file that this project has written."""
    if path.suffix == ".npy":
        array = np.load(path)
        return {"shape": list(array.shape), "dtype": array.dtype.str, "values": plain(array.ravel()[:8])}
    if path.suffix == ".xml":
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            table = Table.read(path, format="votable", verify="exception", unit_format="generic")
        columns = {
            name: {"dtype": table[name].dtype.str, "unit": str(table[name].unit), "values": [str(v) for v in table[name]]}
            for name in table.colnames
        }
        return {"rows": len(table), "columns": columns}
    frame = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path, dtype={"id": str})
    return {"shape": list(frame.shape), "columns": frame_columns(frame)}


def written(folder):
    return {
        path.name: {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "read": read_written(path)}
        for path in sorted(pathlib.Path(folder).iterdir())
    }


if __name__ == "__main__" and len(sys.argv) > 1:
    versions = {m.__name__: m.__version__ for m in (np, pd, pa, astropy)}
    print(json.dumps({"versions": versions, "files": written(sys.argv[1])}, indent=1))
elif __name__ == "__main__":
    versions = {m.__name__: m.__version__ for m in (np, pd, pa, astropy)}
    print(
        json.dumps(
            {
                "versions": versions,
                "npy": npy(),
                "npyUnsupported": npy_unsupported(),
                "parquet": parquet(),
                "parquetFeatures": parquet_features(),
                "parquetUnsupported": parquet_unsupported(),
                "parquetExpanding": parquet_expanding(),
                "text": text(),
            },
            separators=(",", ":"),
        )
    )
