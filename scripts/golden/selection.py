"""Golden file of packages/io's selection: the paper's cuts counted by pandas on a seeded table.

pip install numpy pandas, then: python selection.py > packages/survey/test/golden/selection.json
"""

import json
import sys

import numpy as np
import pandas as pd

ROWS = 300


def table():
    rng = np.random.default_rng(9)
    columns = {
        "objid": np.arange(1, ROWS + 1) * 7,
        "TYPE": rng.choice(["PSF ", "PSF", "REX ", "DEV", "EXP ", "COMP", ""], ROWS, p=[0.15, 0.1, 0.2, 0.2, 0.2, 0.1, 0.05]),
    }
    for band in "grz":
        columns[f"allmask_{band}"] = rng.choice([0, 0, 0, 0, 0, 0, 0, 0, 2, 64], ROWS)
        columns[f"rchisq_{band}"] = np.round(rng.gamma(4, 0.25, ROWS), 3)
        columns[f"flux_{band}"] = np.round(rng.lognormal(1.6, 1, ROWS) - 0.5, 3)
        columns[f"flux_ivar_{band}"] = np.round(rng.gamma(2, 2, ROWS) * (rng.random(ROWS) > 0.05), 3)
    for shape in ("shapedev_r", "shapeexp_r"):
        columns[shape] = np.round(rng.gamma(2, 1.2, ROWS), 3)
    for name in ("rchisq_g", "flux_r", "flux_ivar_z", "shapedev_r"):
        columns[name][rng.random(ROWS) < 0.1] = np.nan
    return pd.DataFrame(columns)


def cuts(t):
    kind = t.TYPE.str.rstrip()
    return {
        "type": (kind != "PSF") & (kind != ""),
        "allmask": (t.allmask_g == 0) & (t.allmask_r == 0) & (t.allmask_z == 0),
        "rchisq": (t[["rchisq_g", "rchisq_r", "rchisq_z"]] > 1).any(axis=1),
        "snr": np.logical_and.reduce([t[f"flux_{b}"] * np.sqrt(t[f"flux_ivar_{b}"]) > 0 for b in "grz"]),
        "flux": (t[["flux_g", "flux_r", "flux_z"]] > 7).any(axis=1),
        "shape": (t.shapedev_r > 3) | (t.shapeexp_r > 3),
    }


def main():
    t = table()
    keep = pd.DataFrame(cuts(t))
    tagged = t.objid % 10 == 1
    out = ~keep

    def count(mask):
        return {"all": int(mask.sum()), "tagged": int((mask & tagged).sum())}

    rows = [
        {
            "name": name,
            "excluded": count(out[name]),
            "onlyThis": count(out[name] & (out.sum(axis=1) == 1)),
            "remaining": count(keep.iloc[:, : i + 1].all(axis=1)),
        }
        for i, name in enumerate(keep.columns)
    ]
    columns = {name: [None if v != v else v for v in t[name].tolist()] for name in t.columns}
    json.dump(
        {
            "versions": {"numpy": np.__version__, "pandas": pd.__version__},
            "columns": columns,
            "tagged": t.objid[tagged].tolist(),
            "cuts": rows,
            "survivors": count(keep.all(axis=1)),
            "survivorRows": np.flatnonzero(keep.all(axis=1)).tolist(),
        },
        sys.stdout,
        separators=(",", ":"),
    )
    print()


main()
