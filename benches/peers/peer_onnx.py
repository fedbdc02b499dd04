"""onnxruntime: inference of a dense model; it has no sparse kernels for these layers."""

import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

import work


def make(layers, x):
    nodes, values, name = [], [], "x"
    for number, (weight, bias) in enumerate(layers):
        values.append(numpy_helper.from_array(np.ascontiguousarray(weight.T), f"w{number}"))
        values.append(numpy_helper.from_array(np.ascontiguousarray(bias), f"b{number}"))
        nodes.append(helper.make_node("Gemm", [name, f"w{number}", f"b{number}"], [f"z{number}"]))
        name = f"z{number}"
        if number + 1 < len(layers):
            nodes.append(helper.make_node("Relu", [name], [f"h{number}"]))
            name = f"h{number}"
    ports = [
        [helper.make_tensor_value_info(port, TensorProto.FLOAT, [len(x), width])]
        for port, width in (("x", x.shape[1]), (name, layers[-1][0].shape[0]))
    ]
    graph = helper.make_graph(nodes, "net", *ports, values)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    onnx.checker.check_model(model)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, ["CPUExecutionProvider"])
    return lambda: session.run(None, {"x": x})[0], lambda logits: logits


def infer(operation, params, widths, x, _):
    assert operation == "inference"
    ask, _ = make(work.layers(params, widths), x)
    return ask, lambda times: [ask() for _ in range(times)]


work.serve({"inference": lambda: work.inference(make), "dense": lambda: work.dense(infer)}[sys.argv[1]]())
