"""MobileNetV2 0.35 (the shared weights as an ONNX graph) in ONNX Runtime for Python, one thread, batches as ours."""
from importlib.metadata import version
from pathlib import Path

import numpy as np
import onnxruntime
from timing import arguments, median_seconds, report

args = arguments()
batch, count = args["batchSize"], args["count"]
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
options.inter_op_num_threads = 1
graph = Path(args["graph"])
session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
entry = session.get_inputs()[0]
shape = [batch if i == 0 else size for i, size in enumerate(entry.shape)]
pixels = np.random.default_rng(1).random(shape, dtype=np.float32)


def run():
    for _ in range(0, count, batch):
        session.run(None, {entry.name: pixels})


report({f"onnxruntime {version('onnxruntime')}": count / median_seconds(run, 3)})
