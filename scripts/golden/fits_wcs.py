"""Makes packages/fits/test/golden/wcs.json: headers with maps to the sky, and what astropy finds at pixels of them.

Usage: python scripts/golden/fits_wcs.py   (needs numpy and astropy)
"""

import json
import pathlib
import warnings

import astropy
import numpy as np
from astropy import log
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.wcs import WCS
from astropy.wcs.utils import proj_plane_pixel_area

OUT = pathlib.Path(__file__).parents[2] / "packages/fits/test/golden/wcs.json"
rng = np.random.default_rng(20240611)
warnings.simplefilter("ignore")
log.setLevel("ERROR")

ZENITHAL = ("TAN", "SIN", "ARC", "STG", "ZEA")
OTHERS = ("CAR", "AIT")


def base(code, lon="RA---", lat="DEC--", **cards):
    start = {"CTYPE1": f"{lon}{code}", "CTYPE2": f"{lat}{code}", "CRPIX1": 50.5, "CRPIX2": 40.25}
    start |= {"CRVAL1": 150.1, "CRVAL2": 2.2, "CDELT1": -0.01, "CDELT2": 0.01}
    start |= cards
    return {k: v for k, v in start.items() if v is not None}


def turned(scale, angle, flip=-1, skew=1.0):
    a = np.deg2rad(angle)
    c, s = float(np.cos(a)), float(np.sin(a))
    cd = {"CD1_1": flip * scale * c, "CD1_2": -scale * s * skew, "CD2_1": flip * scale * s, "CD2_2": scale * c * skew}
    return cd | {"CDELT1": None, "CDELT2": None}


def lettered(cards):
    return {f"{key}A": value for key, value in cards.items()}


def case(name, cards, points=None, alternate="", unseen=()):
    """`unseen`: cards kept from astropy, which applies the SIP cards of a header to all of its maps."""
    header = fits.Header()
    for key, value in cards.items():
        if key not in unseen:
            header[key] = value
    wcs = WCS(header, key=alternate or " ")
    lon, lat = wcs.wcs.lng, wcs.wcs.lat
    if points is None:
        points = [(0, 0), (49.5, 39.25), (99, 0), (0, 79), (99, 79), (12.345, 67.89), (-30.5, 210.25), (49.5, 39.3)]
    full = np.zeros((len(points), wcs.naxis))
    first, second = sorted((lon, lat))
    full[:, first] = [p[0] for p in points]
    full[:, second] = [p[1] for p in points]
    world = wcs.all_pix2world(full, 0)
    sky = [[None if np.isnan(v) else float(v) for v in (row[lon], row[lat])] for row in world]
    out = {"name": name, "cards": list(cards.items()), "points": [list(map(float, p)) for p in points], "world": sky}
    if alternate:
        out["alternate"] = alternate
    if wcs.naxis == 2:
        out["area"] = float(proj_plane_pixel_area(wcs))
    return out


def places():
    """Reference latitudes with their rotations, poles and scales."""
    for code in ZENITHAL + OTHERS:
        for i, dec in enumerate((-90, -89.99, -45.5, 0, 30, 60, 89.9999, 90)):
            scale = (0.00007, 0.01, 0.2)[i % 3]
            cards = {"CRVAL1": float(rng.uniform(0, 360)), "CRVAL2": float(dec)}
            yield case(f"{code} at declination {dec}", base(code, **cards, **turned(scale, rng.uniform(0, 360))))
        for lonpole in (0.0, 37.5, 180.0, -120.0):
            cards = {"CRVAL1": 359.9, "CRVAL2": -12.5, "LONPOLE": lonpole}
            try:
                yield case(f"{code} with LONPOLE {lonpole}", base(code, **cards))
            except ValueError:
                yield {"name": f"{code} with LONPOLE {lonpole}", "cards": list(base(code, **cards).items()), "refused": True}
    wide = [(0.25, 0.25), (180, 90), (359.5, 179.5), (20, 100), (170, 5), (181, 91), (200, 170), (-3, 90), (363, 90), (90, 200)]
    for code in ZENITHAL + OTHERS:
        cards = {"CRPIX1": 181.0, "CRPIX2": 91.0, "CDELT1": -1.0, "CDELT2": 1.0}
        yield case(f"{code} of the whole sky", base(code, **cards, CRVAL2=0.0), wide)
        yield case(f"{code} of the whole sky, off the equator", base(code, **cards, CRVAL2=-33.0), wide)
        yield case(f"{code} of the whole sky, galactic", base(code, "GLON-", "GLAT-", **cards, CRVAL2=10.0), wide)


def poles():
    for code in OTHERS:
        for dec in (0.0, 40.0, -40.0, 90.0, -90.0):
            for lonpole in (None, 0.0, 30.0, 90.0, 135.0, 180.0, -60.0):
                # LATPOLE decides alone where any latitude fits; there astropy's rounding of cos 90 takes a pole of the sky.
                free = dec == 0 and lonpole == 90
                for latpole in (None, 90.0, -90.0) if free else (None, 0.0, 90.0, -90.0, 35.0):
                    cards = {"CRVAL2": dec, "LONPOLE": lonpole, "LATPOLE": latpole, "CDELT1": -0.5, "CDELT2": 0.5}
                    try:
                        yield case(
                            f"{code} at {dec}, LONPOLE {lonpole}, LATPOLE {latpole}",
                            base(code, **cards),
                            [(49.5, 39.25), (10, 70), (80, 5)],
                        )
                    except ValueError:
                        yield {"name": f"{code} at {dec}, LONPOLE {lonpole}, LATPOLE {latpole}", "cards": list(base(code, **cards).items()), "refused": True}


def matrices():
    yield case("PC and CDELT", base("TAN", PC1_1=0.9, PC1_2=0.2, PC2_1=-0.3, PC2_2=1.1, CDELT2=0.02))
    yield case("PC with elements left out", base("TAN", PC1_2=0.2))
    yield case("PC in its old spelling", base("TAN", PC001001=0.9, PC001002=0.2, PC002002=1.2))
    yield case("PC before CD and CROTA", base("TAN", PC1_2=0.2, CD1_1=3.0, CROTA2=20.0))
    yield case("CD before CDELT and CROTA", base("TAN", CD1_1=-0.02, CD2_2=0.02, CROTA2=20.0))
    yield case("CD with an axis left out", base("CAR", CD1_1=-0.02))
    yield case("CROTA2", base("SIN", CROTA2=33.0, CDELT2=0.03))
    yield case("CROTA1 alone, which means nothing", base("SIN", CROTA1=33.0))
    yield case("no CDELT", base("CAR", CDELT1=None, CDELT2=None, CRVAL2=0.0))
    yield case("no CRPIX and no CRVAL", base("ARC", CRPIX1=None, CRPIX2=None, CRVAL1=None, CRVAL2=None))
    yield case("arcsec and arcmin", base("TAN", CUNIT1="arcsec", CUNIT2="arcmin", CRVAL1=540360.0, CRVAL2=132.0, CD1_1=-0.2, CD1_2=0.01, CD2_1=0.0002, CD2_2=0.004))
    yield case("radians", base("TAN", CUNIT1="rad", CUNIT2="rad", CRVAL1=1.5, CRVAL2=0.5, CDELT1=-1e-4, CDELT2=1e-4))
    yield case("degrees spelt out", base("TAN", CUNIT1="DEGREES", CUNIT2="degree"))
    yield case("a negative right ascension", base("TAN", CRVAL1=-20.0))
    yield case("a right ascension beyond the circle", base("TAN", CRVAL1=400.0))
    swapped = {"CTYPE1": "DEC--TAN", "CTYPE2": "RA---TAN", "CRVAL1": 33.0, "CRVAL2": 10.0}
    yield case("declination first", base("TAN", **swapped, CDELT1=0.01, CDELT2=-0.02))
    yield case("declination first, CROTA1", base("TAN", **swapped, CDELT1=0.01, CDELT2=-0.02, CROTA1=25.0))
    yield case("declination first, CD", base("TAN", **swapped, **turned(0.01, 25)))
    yield case("declination first, AIT", base("AIT", **(swapped | {"CTYPE1": "DEC--AIT", "CTYPE2": "RA---AIT"}), CDELT1=0.3))
    yield case("a cube", base("SIN", CTYPE3="FREQ", CRVAL3=1.4e9, CRPIX3=1.0, CDELT3=1e6, PC1_2=0.1))
    yield case(
        "a cube with the spectrum first",
        base("ARC", CTYPE1="FREQ", CTYPE2="GLON-ARC", CTYPE3="GLAT-ARC", CRVAL2=100.0, CRVAL3=20.0, CDELT3=0.01, CDELT2=-0.01),
    )
    yield case("a cube that the sky turns into", base("TAN", CTYPE3="VELO-LSR", CRVAL3=5.0, CDELT3=2.0, PC3_1=0.5))
    for lon, lat in (("GLON-", "GLAT-"), ("ELON-", "ELAT-"), ("SLON-", "SLAT-"), ("HPLN-", "HPLT-"), ("CRLN-", "CRLT-")):
        yield case(f"{lon} {lat}", base("TAN", lon, lat, CRVAL1=0.01))
    second = {f"{k}A": v for k, v in base("STG", CRVAL1=80.0, CRVAL2=-60.0, LONPOLE=10.0).items()}
    yield case("an alternate map", base("TAN") | second, alternate="A")
    yield case("an alternate map, CD", base("TAN") | {f"{k}B": v for k, v in base("ZEA", **turned(0.01, 70)).items()}, alternate="B")


def parameters():
    for xi, eta in ((0.1, -0.2), (0.0, 1.3), (-0.7, 0.4)):
        yield case(f"SIN slanted by {xi}, {eta}", base("SIN", PV2_1=xi, PV2_2=eta, CDELT1=-0.2, CDELT2=0.2))
        yield case(
            f"SIN of a hemisphere slanted by {xi}, {eta}",
            base("SIN", PV2_1=xi, PV2_2=eta, CDELT1=-1.1, CDELT2=1.1),
            [(x, y) for x in (-4, 20, 49.5, 77, 105) for y in (-15, 10, 39, 70, 95)],
        )
    yield case("SIN by PROJP", base("SIN", PROJP1=0.1, PROJP2=-0.2))
    yield case("NCP", base("NCP", CRVAL2=50.0))
    yield case("NCP in the south", base("NCP", CRVAL2=-35.0, CDELT1=-0.1, CDELT2=0.1))
    for code in ("SIN", "ZEA", "CAR", "AIT"):
        yield case(f"{code} with its reference point at native (10, 20)", base(code, PV1_1=10.0, PV1_2=20.0, CDELT1=-0.3))
        yield case(f"{code} shifted to native (10, 20)", base(code, PV1_0=1.0, PV1_1=10.0, PV1_2=20.0, CDELT1=-0.3))
        yield case(f"{code} shifted to native (0, 60)", base(code, PV1_0=1.0, PV1_1=0.0, PV1_2=60.0))
    yield case("CAR with PV1_3 and PV1_4", base("CAR", PV1_3=50.0, PV1_4=-20.0, LONPOLE=10.0, LATPOLE=5.0))
    yield case("TAN with the standard's own PV1_1 and PV1_2", base("TAN", PV1_1=0.0, PV1_2=90.0))
    yield case("TAN with PV1_1 alone", base("TAN", PV1_1=1.5))
    yield case("ARC with parameters that it does not have", base("ARC", PV2_1=0.4, PV2_2=3.0))


def polynomials():
    for order in (2, 3, 4, 5):
        sip = {"A_ORDER": order, "B_ORDER": order}
        for name in "AB":
            for i in range(order + 1):
                for j in range(order + 1 - i):
                    if i + j >= 2 and rng.random() < 0.8:
                        sip[f"{name}_{i}_{j}"] = float(rng.normal()) * 0.4 / 60 ** (i + j - 1) / 50
        for code, suffix in (("TAN", "-SIP"), ("TAN", ""), ("SIN", "-SIP")):
            types = {"CTYPE1": f"RA---{code}{suffix}", "CTYPE2": f"DEC--{code}{suffix}"}
            yield case(f"{code}{suffix} of order {order}", base(code, **types, **turned(0.0001, 20 * order), **sip))
    tan_sip = {"CTYPE1": "RA---TAN-SIP", "CTYPE2": "DEC--TAN-SIP"}
    yield case("SIP with terms below order 2", base("TAN", **tan_sip, A_ORDER=2, B_ORDER=2, A_0_0=0.7, A_1_0=0.01, B_0_1=-0.02, B_0_0=3.0))
    yield case("SIP of order 1, which means nothing", base("TAN", **tan_sip, A_ORDER=1, B_ORDER=1, A_1_0=0.01))
    yield case("SIP with declination first", base("TAN", CTYPE1="DEC--TAN-SIP", CTYPE2="RA---TAN-SIP", CRVAL1=20.0, CDELT1=0.01, CDELT2=-0.01, A_ORDER=2, B_ORDER=2, A_2_0=1e-4, B_1_1=2e-4))
    sip = {"A_ORDER": 2, "B_ORDER": 2, "A_2_0": 1e-4}
    primary = base("TAN", **tan_sip, **sip)
    yield case("an alternate map without the SIP of the primary one", primary | lettered(base("TAN", CRPIX1=45.0)), alternate="A", unseen=sip)
    yield case("SIP that an alternate map names", base("TAN") | sip | lettered(base("TAN", **tan_sip, CRPIX1=45.0)), alternate="A")
    yield case("PV of an alternate map beside SIP of the primary one", primary | lettered(base("TPV", **turned(0.01, 5), PV1_1=1.0, PV1_4=0.1, PV2_1=1.0)), alternate="A", unseen=sip)
    yield case("SIP before unnamed PV", base("TAN", **tan_sip, A_ORDER=2, B_ORDER=2, A_2_0=1e-4, PV1_1=1.0, PV1_5=0.1, PV2_1=1.0))
    yield case("unnamed PV before unnamed SIP", base("TAN", **turned(0.01, 5), A_ORDER=2, B_ORDER=2, A_2_0=1e-4, PV1_1=1.0, PV1_5=0.1, PV2_1=1.0, PV2_4=0.0))
    for most in (6, 10, 16, 22, 30, 39):
        pv = {}
        for axis in (1, 2):
            for m in range(most + 1):
                degree = next(d for d, last in enumerate((0, 3, 6, 11, 16, 23, 30, 39)) if m <= last)
                value = float(rng.normal()) * 0.02 / 0.6 ** (degree - 1) / 10 if degree > 1 else (0.003, 1.01, 0.02, 0.004)[m]
                pv[f"PV{axis}_{m}"] = value
        for code in ("TPV", "TAN"):
            yield case(f"{code} with PV to {most}", base(code, CRVAL2=-30.0, **turned(0.005, most), **pv))
    scamp = {f"PV{a}_{m}": v for a in (1, 2) for m, v in ((0, 0.01), (1, 1.02), (2, 0.01), (4, 0.02), (5, -0.01), (6, 0.03), (7, 0.02), (8, -0.01), (9, 0.004), (10, 0.01))}
    yield case("TAN as SCAMP writes it", base("TAN", **turned(0.0001, 33), **scamp))


def reverse():
    """Pixels of places all over the sky; None where astropy finds none."""
    lon, lat = rng.uniform(0, 360, 40), np.degrees(np.arcsin(rng.uniform(-1, 1, 40)))
    for code in ZENITHAL + OTHERS + ("SIN slanted",):
        slant = {"PV2_1": 0.4, "PV2_2": -0.7} if code.endswith("slanted") else {}
        cards = base(code[:3], CRVAL1=77.0, CRVAL2=-31.0, CDELT1=-1.0, CDELT2=1.0, **slant)
        header = fits.Header()
        for key, value in cards.items():
            header[key] = value
        wcs = WCS(header)
        pixels = []
        for place in zip(lon, lat):
            found = wcs.wcs.s2p([place], 0)
            ok = not found["stat"][0] and np.isfinite(found["pixcrd"]).all()
            pixels.append(list(map(float, found["pixcrd"][0])) if ok else None)
        yield {"name": code, "cards": list(cards.items()), "world": [list(map(float, p)) for p in zip(lon, lat)], "pixels": pixels}


def galactic():
    """Places with galactic coordinates, and ICRS of them by astropy."""
    lon, lat = rng.uniform(0, 360, 12), np.degrees(np.arcsin(rng.uniform(-1, 1, 12)))
    icrs = SkyCoord(lon, lat, unit="deg", frame="galactic").icrs
    return [list(map(float, row)) for row in zip(lon, lat, icrs.ra.deg, icrs.dec.deg)]


cases = [*places(), *poles(), *matrices(), *parameters(), *polynomials()]
OUT.write_text(
    json.dumps(
        {
            "madeBy": "scripts/golden/fits_wcs.py",
            "astropy": astropy.__version__,
            "numpy": np.__version__,
            "galacticToIcrs": galactic(),
            "reverse": list(reverse()),
            "cases": cases,
        },
        separators=(",", ":"),
    )
    + "\n"
)
print(len(cases), "cases,", OUT.stat().st_size, "bytes")
