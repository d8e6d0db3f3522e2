"""Features of timm's efficientnet_b0 with made-up weights, for packages/features/test/golden/efficientnet.json.

Weights and picture come from a hash of tensor name and index, so the test can make the same ones. Needs torch and timm.
"""

import json
import math
import pathlib
import platform

import numpy as np
import timm
import torch

SIZE = 64


def uniform(name: str, count: int) -> np.ndarray:
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x01000193) & 0xFFFFFFFF
    x = (seed + np.arange(count, dtype=np.uint64) * 0x9E3779B9).astype(np.uint32)
    x ^= x >> np.uint32(16)
    x *= np.uint32(0x85EBCA6B)
    x ^= x >> np.uint32(13)
    x *= np.uint32(0xC2B2AE35)
    x ^= x >> np.uint32(16)
    return x.astype(np.float64) / 2**32


def tensor(name: str, shape: tuple) -> np.ndarray:
    u = uniform(name, math.prod(shape)).reshape(shape)
    if len(shape) == 4:  # 1.2: with less the picture fades on its way down, with more it explodes
        return ((2 * u - 1) * 1.2 * math.sqrt(6 / math.prod(shape[1:]))).astype(np.float32)
    is_scale = name.endswith("running_var") or (name.endswith("weight") and len(shape) == 1)
    return ((0.8 + 0.4 * u) if is_scale else (0.2 * u - 0.1)).astype(np.float32)


model = timm.create_model("efficientnet_b0", pretrained=False, num_classes=0).eval()
state = model.state_dict()
for name, value in state.items():
    if value.dtype == torch.float32:
        state[name] = torch.from_numpy(tensor(name, tuple(value.shape)))
model.load_state_dict(state)
picture = uniform("picture", SIZE * SIZE * 3).reshape(1, SIZE, SIZE, 3).astype(np.float32)
with torch.no_grad():
    x = torch.from_numpy(picture).permute(0, 3, 1, 2)
    features = model(x)[0].numpy()
    double = model.double()(x.double())[0].numpy()

out = {
    "madeBy": f"timm {timm.__version__}, torch {torch.__version__}, numpy {np.__version__}, Python {platform.python_version()}",
    "size": SIZE,
    "tensors": sum(v.dtype == torch.float32 for v in state.values()),
    "floatError": float(np.abs(features - double).max()),
    "spread": float(double.std()),
    "features": [round(float(v), 7) for v in double],
}
target = pathlib.Path(__file__).parents[2] / "packages/features/test/golden/efficientnet.json"
target.write_text(json.dumps(out) + "\n")
print(out["madeBy"], out["tensors"], out["floatError"], out["spread"], double.min(), double.max())
