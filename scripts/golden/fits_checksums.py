"""What astropy says of CHECKSUM and DATASUM of every HDU of the shared FITS files.

Usage:
    python scripts/golden/fits_checksums.py ../shared/data   (needs astropy)

Writes packages/fits/test/golden/fits-checksums.json: for each file that has such cards a list of [checksum, datasum], one for each HDU.
"""

import json
import pathlib
import sys
import warnings

import astropy
from astropy.io import fits

OUT = pathlib.Path(__file__).parents[2] / "packages/fits/test/golden/fits-checksums.json"
VERDICTS = {0: "wrong", 1: "correct", 2: "absent"}


def verdicts(path):
    with fits.open(path, checksum=True, disable_image_compression=True, lazy_load_hdus=False) as hdus:
        return [[VERDICTS[hdu.verify_checksum()], VERDICTS[hdu.verify_datasum()]] for hdu in hdus]


def main(folder):
    warnings.simplefilter("ignore")
    root = pathlib.Path(folder)
    files = {}
    for path in sorted(root.rglob("*")):
        if not path.name.endswith((".fits", ".fit", ".fits.gz", ".fits.fz", ".fz")) or not path.is_file():
            continue
        try:
            found = verdicts(path)
        except Exception as error:
            print(path.relative_to(root), type(error).__name__, error)
            continue
        if any(verdict != "absent" for pair in found for verdict in pair):
            files[str(path.relative_to(root))] = found
    made = {"made by": "scripts/golden/fits_checksums.py", "versions": {"astropy": astropy.__version__}, "files": files}
    OUT.write_text(json.dumps(made, indent=1) + "\n")
    print(len(files), "files")


if __name__ == "__main__":
    main(sys.argv[1])
