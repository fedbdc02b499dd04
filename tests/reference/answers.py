"""Makes models with every answer that is read, and asks onnxruntime for their classes and labels.

Writes into the current directory: a file for each model, and answers.json, of each its file, the options that `tombola
import` needs, raw inputs, and of each task the label of each sample.
"""

import json

import numpy
import onnx
import onnxruntime
from onnx import TensorProto, numpy_helper
from onnx.helper import make_empty_tensor_value_info, make_graph, make_model, make_node, make_opsetid, make_tensor_value_info

SAMPLES = 200
ML = "ai.onnx.ml"
random = numpy.random.default_rng(11)
cases = []


def matrix(*shape):
    return random.normal(size=shape).astype(numpy.float32)


W, B = matrix(5, 16), matrix(16)
HIDDEN = [make_node("Gemm", ["x", "w", "b"], ["h"]), make_node("Relu", ["h"], ["r"])]


def head(name, outputs):
    """A layer that reads the hidden one, and its constants. Biases keep any class from having all samples."""
    node = make_node("Gemm", ["r", f"{name}_w", f"{name}_b"], [name])
    weights = matrix(16, outputs)
    hidden = numpy.maximum(SEEN @ W + B, 0)
    biases = -numpy.median(hidden @ weights, axis=0) + matrix(outputs) / 8
    return node, {f"{name}_w": weights, f"{name}_b": biases.astype(numpy.float32)}


SEEN = matrix(1000, 5)


def as_labels(values):
    values = numpy.asarray(values)
    if values.dtype == bool or values.dtype.kind == "f":
        values = values.astype(int)
    return [str(value) for value in values.reshape(SAMPLES).tolist()]


def case(name, nodes, constants, tasks, options=(), opset=17):
    """`tasks` has of each the output that its labels are read from, and how."""
    outputs = list(dict.fromkeys(output for output, _ in tasks.values()))
    graph = make_graph(
        [*HIDDEN, *nodes],
        "net",
        [make_tensor_value_info("x", TensorProto.FLOAT, ["N", 5])],
        [make_empty_tensor_value_info(output) for output in outputs],
        [numpy_helper.from_array(numpy.asarray(value), key) for key, value in ({"w": W, "b": B} | constants).items()],
    )
    model = make_model(graph, opset_imports=[make_opsetid("", opset), make_opsetid(ML, 3)], ir_version=8)
    onnx.save(model, f"{name}.onnx")
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    inputs = matrix(SAMPLES, 5)
    answers = dict(zip(outputs, session.run(None, {"x": inputs})))
    labels = {task: as_labels(read(answers[output])) for task, (output, read) in tasks.items()}
    cases.append({"name": name, "file": f"{name}.onnx", "options": list(options), "inputs": inputs.tolist(), "labels": labels})


def same(values):
    return values


def greatest(values):
    return numpy.argmax(values, axis=-1)


def above_half(values):
    return values > 0.5


def column(at):
    return lambda values: numpy.asarray(values)[:, at]


def likeliest(maps):
    return [max(each, key=each.get) for each in maps]


three, of_three = head("y", 3)
one, of_one = head("z", 1)
NAMED = ["--task", "t:0-4:0-2"]
SINGLE = ["--task", "t:0-4:0"]
arg_max = make_node("ArgMax", ["y"], ["k"], axis=1, keepdims=0)

# Logits, probabilities and classes of one task.
case("logits", [three], of_three, {"logits": ("y", greatest)})
case("softmax", [three, make_node("Softmax", ["y"], ["p"])], of_three, {"softmax": ("p", greatest)})
case("softmax-of-old", [three, make_node("Softmax", ["y"], ["p"])], of_three, {"softmax-of-old": ("p", greatest)}, opset=11)
case("log-softmax", [three, make_node("LogSoftmax", ["y"], ["p"], axis=1)], of_three, {"log-softmax": ("p", greatest)})
case("arg-max", [three, arg_max], of_three, {"t": ("k", same)}, NAMED)
keep = make_node("ArgMax", ["p"], ["k"], axis=-1, keepdims=1)
case("arg-max-of-softmax", [three, make_node("Softmax", ["y"], ["p"]), keep], of_three, {"t": ("k", same)}, NAMED)
twice = of_three | {"y_w": of_three["y_w"][:, [0, 0, 1]], "y_b": of_three["y_b"][[0, 0, 1]]}
case("ties", [three, arg_max], twice, {"t": ("k", same)}, NAMED)
cast = make_node("Cast", ["k"], ["c"], to=TensorProto.INT32)
case("cast", [three, arg_max, cast], of_three, {"t": ("c", same)}, NAMED)
squeezed = [make_node("Reshape", ["k", "flat"], ["c"])]
case("reshaped", [three, arg_max, *squeezed], of_three | {"flat": numpy.array([-1])}, {"t": ("c", same)}, NAMED)

# One output.
sigmoid = make_node("Sigmoid", ["z"], ["p"])
half = {"half": numpy.float32(0.5)}
zero = {"zero": numpy.float32(0)}
case("logit", [one], of_one, {"t": ("z", lambda z: z > 0)}, SINGLE)
case("sigmoid", [one, sigmoid], of_one, {"t": ("p", above_half)}, SINGLE)
case("sigmoid-above-half", [one, sigmoid, make_node("Greater", ["p", "half"], ["k"])], of_one | half, {"t": ("k", same)}, SINGLE)
above = [make_node("Greater", ["z", "zero"], ["g"]), make_node("Cast", ["g"], ["k"], to=TensorProto.INT64)]
case("logit-above-0", [one, *above], of_one | zero, {"t": ("k", same)}, SINGLE)
both = [
    one,
    sigmoid,
    make_node("Sub", ["unit", "p"], ["q"]),
    make_node("Concat", ["q", "p"], ["both"], axis=1),
]
unit = of_one | {"unit": numpy.float32(1)}
case("both", both, unit, {"t": ("both", greatest)}, SINGLE)
case("arg-max-of-both", [*both, make_node("ArgMax", ["both"], ["k"], axis=1, keepdims=0)], unit, {"t": ("k", same)}, SINGLE)
case("unlike", [one, sigmoid], of_one, {"t": ("p", lambda p: numpy.where(p[:, 0] > 0.5, "yes", "no"))}, [*SINGLE, "--classes", "t:no,yes"])

# Several sigmoids.
each = [part for at in range(3) for part in ("--task", f"t{at}:0-4:{at}")]
sigmoids = [three, make_node("Sigmoid", ["y"], ["p"])]
case("sigmoids", sigmoids, of_three, {f"t{at}": ("p", lambda p, at=at: p[:, at] > 0.5) for at in range(3)}, each)
greater = [*sigmoids, make_node("Greater", ["p", "half"], ["k"])]
case("sigmoids-above-half", greater, of_three | half, {f"t{at}": ("k", column(at)) for at in range(3)}, each)

# What classes are called.
animals = numpy.array(["dog", "cat", "a bird"])
extract = make_node("ArrayFeatureExtractor", ["names", "k"], ["l"], domain=ML)
case("texts", [three, arg_max, extract], of_three | {"names": animals}, {"t": ("l", same)}, NAMED)
case("integers", [three, arg_max, extract], of_three | {"names": numpy.array([7, -3, 40])}, {"t": ("l", same)}, NAMED)
case("counted-otherwise", [three, arg_max, extract], of_three | {"names": numpy.array([2, 0, 1])}, {"t": ("l", same)}, NAMED)
gather = make_node("Gather", ["names", "k"], ["l"])
case("gathered", [three, arg_max, gather], of_three | {"names": numpy.array([7, -3, 40])}, {"t": ("l", same)}, NAMED)
encoder = make_node("LabelEncoder", ["k"], ["l"], domain=ML, keys_int64s=[2, 0, 1], values_strings=["x", "y", "z"])
case("encoded", [three, arg_max, encoder], of_three, {"t": ("l", same)}, NAMED)
zipped = [make_node("Softmax", ["y"], ["p"]), make_node("ZipMap", ["p"], ["m"], domain=ML, classlabels_strings=animals.tolist())]
case("zip-map", [three, *zipped], of_three, {"t": ("m", likeliest)}, NAMED)
zipped = [make_node("ZipMap", ["both"], ["m"], domain=ML, classlabels_int64s=[5, -5])]
case("zip-map-of-both", [*both, *zipped], unit, {"t": ("m", likeliest)}, SINGLE)
learned = [
    *both,
    make_node("ArgMax", ["both"], ["k"], axis=1),
    make_node("ArrayFeatureExtractor", ["names", "k"], ["l"], domain=ML),
    make_node("ZipMap", ["both"], ["m"], domain=ML, classlabels_strings=["no", "yes"]),
]
case("as-scikit-learn", learned, unit | {"names": numpy.array(["no", "yes"])}, {"t": ("l", same)}, SINGLE)

# Outputs of one layer, each task's apart.
parts = [
    three,
    make_node("Gather", ["y", "first"], ["u"], axis=1),
    make_node("ArgMax", ["u"], ["s"], axis=1),
    make_node("Gather", ["y", "last"], ["v"], axis=1),
    make_node("Greater", ["v", "zero"], ["g"]),
    make_node("Cast", ["g"], ["e"], to=TensorProto.INT64),
    make_node("Concat", ["s", "e"], ["k"], axis=1),
]
lists = of_three | zero | {"first": numpy.array([2, 0]), "last": numpy.array([1])}
case("parts", parts, lists, {"a": ("k", column(0)), "b": ("k", column(1))}, ["--task", "a:0-4:2,0", "--task", "b:0-4:1"])

# Heads on one trunk.
two, of_two = head("u", 4)
case("heads", [three, two], of_three | of_two, {"y": ("y", greatest), "u": ("u", greatest)})
heads = [one, three, make_node("Sigmoid", ["z"], ["rain"]), arg_max, make_node("ArrayFeatureExtractor", ["names", "k"], ["animal"], domain=ML)]
case("heads-with-answers", heads, of_one | of_three | {"names": animals}, {"rain": ("rain", above_half), "animal": ("animal", same)})
case("heads-renamed", heads, of_one | of_three | {"names": animals}, {"a": ("rain", above_half), "b": ("animal", same)}, ["--task", "a:0-4:0", "--task", "b:0-4:1-3"])
deeper = [
    make_node("Gemm", ["r", "d_w", "d_b"], ["d"]),
    make_node("Relu", ["d"], ["dr"]),
    make_node("Gemm", ["dr", "e_w"], ["left"]),
    make_node("Gemm", ["r", "f_w", "f_b"], ["f"]),
    make_node("Relu", ["f"], ["fr"]),
    make_node("Gemm", ["fr", "g_w", "g_b"], ["g"]),
    make_node("Sigmoid", ["g"], ["p"]),
]
constants = {"d_w": matrix(16, 8), "d_b": matrix(8), "e_w": matrix(8, 3), "f_w": matrix(16, 6), "f_b": matrix(6), "g_w": matrix(6, 2)}
seen = numpy.maximum(numpy.maximum(SEEN @ W + B, 0) @ constants["f_w"] + constants["f_b"], 0) @ constants["g_w"]
constants["g_b"] = -numpy.median(seen, axis=0).astype(numpy.float32)
case("deep-heads", deeper, constants, {"left": ("left", greatest), "p-0": ("p", lambda p: p[:, 0] > 0.5), "p-1": ("p", lambda p: p[:, 1] > 0.5)})

with open("answers.json", "w") as file:
    json.dump(cases, file)
