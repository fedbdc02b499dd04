"""Checks models and runs them: K.onnx on the samples K.in, to K.out: logits as 32-bit floats, classes as 32 bits."""

import sys

import numpy
import onnx
import onnxruntime

for number in range(int(sys.argv[1])):
    model = onnx.load(f"{number}.onnx")
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(f"{number}.onnx", providers=["CPUExecutionProvider"])
    (inputs,) = session.get_inputs()
    samples = numpy.fromfile(f"{number}.in", numpy.float32).reshape(-1, inputs.shape[1])
    logits, classes = session.run(["logits", "classes"], {"inputs": samples})
    # A single sample is a batch, too.
    alone, _ = session.run(["logits", "classes"], {"inputs": samples[:1]})
    assert alone.shape == (1, logits.shape[1])
    rows = numpy.hstack([logits.view(numpy.uint32), classes.astype(numpy.uint32)])
    rows.tofile(f"{number}.out")
