"""Verifies the FITS files that the writer's tests make with astropy, and records their hashes.

Usage:
    ASTRONOMALY_SPECIMENS=/tmp/specimens npx vitest run --project unit packages/fits/test/fits-written.test.ts
    python scripts/golden/fits_written.py /tmp/specimens   (needs numpy, astropy and fitsverify)

A file is recorded only when astropy opens it with checksum=True and verifies it as 'exception' without one warning, and fitsverify
finds no error.
"""

import hashlib
import json
import pathlib
import re
import subprocess
import sys
import warnings

import astropy
import numpy as np
from astropy.io import fits

OUT = pathlib.Path(__file__).parents[2] / "packages/fits/test/golden/fits-written.json"


def fitsverify(path):
    said = subprocess.run(["fitsverify", "-e", str(path)], capture_output=True, text=True).stdout
    assert "and 0 error(s)" in said, said
    return re.search(r"fitsverify ([\d.]+) \(CFITSIO V([\d.]+)\)", said).group(0)


def main(folder):
    files = {}
    verifier = None
    for path in sorted(pathlib.Path(folder).glob("*.fits")):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with fits.open(path, checksum=True) as opened:
                opened.verify("exception")
                seen = []
                for hdu in opened:
                    if hdu.data is None:
                        seen.append(None)
                    elif hdu.is_image:
                        data = hdu.data.astype("f8")
                        seen.append({"shape": list(data.shape), "sum": float(np.nansum(data)), "nan": int(np.isnan(data).sum())})
                    else:
                        seen.append({"columns": [[c.name, c.format, c.unit] for c in hdu.columns], "first": [str(v) for v in (hdu.data[0] if len(hdu.data) else [])]})
                cards = {k: v for k, v in opened[0].header.items() if k in ("OBJECT", "LONGTEXT", "SEED", "EXPTIME", "ESO TEL AIRM START")}
        verifier = fitsverify(path)
        files[path.name] = {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "astropy": seen, "cards": cards}
    made = {"made by": "scripts/golden/fits_written.py", "versions": {"astropy": astropy.__version__, "numpy": np.__version__, "fitsverify": verifier}, "files": files}
    OUT.write_text(json.dumps(made, indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
