"""Makes networks as people have them, and asks those who made them for their logits.

Writes into the current directory: a file for each network, and cases.json, of each its file, the options that `tombola
import` needs, raw inputs, the logits, and whose they are: NumPy's in double precision, onnxruntime's, and PyTorch's where
it is installed. Prints the word "PyTorch" if it is.
"""

import json

import numpy
import onnx
import onnxruntime
import safetensors.numpy
from onnx import TensorProto, numpy_helper
from onnx.helper import make_graph, make_model, make_node, make_opsetid, make_tensor, make_tensor_value_info

SAMPLES = 64
random = numpy.random.default_rng(7)
cases = []


def case(name, file, options, inputs, logits, by):
    inputs = numpy.asarray(inputs, numpy.float32).reshape(len(inputs), -1)
    logits = numpy.asarray(logits, numpy.float64).reshape(len(inputs), -1)
    cases.append(
        {"name": name, "file": file, "options": options, "inputs": inputs.tolist(), "logits": logits.tolist(), "by": by}
    )


def samples(*shape):
    return random.normal(size=(SAMPLES, *shape)).astype(numpy.float32)


def layers(*widths, dtype=numpy.float32):
    """He's initialization, with biases that are not 0."""
    pairs = zip(widths, widths[1:])
    return [
        (
            (random.normal(size=(fan_out, fan_in)) * (2 / fan_in) ** 0.5).astype(dtype),
            random.normal(size=fan_out).astype(dtype),
        )
        for fan_in, fan_out in pairs
    ]


def exact(net, inputs):
    """Logits in double precision."""
    units = inputs.astype(numpy.float64)
    for number, (weight, bias) in enumerate(net):
        if number:
            units = numpy.maximum(units, 0)
        units = units @ weight.astype(numpy.float64).T + bias.astype(numpy.float64)
    return units


# A state_dict, as safetensors.
def stored(name, tensors, options, net, inputs=None):
    safetensors.numpy.save_file({key: numpy.ascontiguousarray(value) for key, value in tensors.items()}, f"{name}.safetensors")
    inputs = samples(net[0][0].shape[1]) if inputs is None else inputs
    case(name, f"{name}.safetensors", options, inputs, exact(net, inputs), "NumPy")


def named(net, names, weight="weight", bias="bias", transpose=False):
    tensors = {}
    for name, (matrix, biases) in zip(names, net):
        tensors[f"{name}{weight}"] = matrix.T if transpose else matrix
        tensors[f"{name}{bias}"] = biases
    return tensors


net = layers(6, 16, 16, 3)
stored("sequential", named(net, ["0.", "2.", "4."]), [], net)
stored("prefixed", named(net, ["_orig_mod.module.fc1.", "_orig_mod.module.fc2.", "_orig_mod.module.fc10."]), [], net)
stored("words", named(net, ["stem.", "middle.", "head."]), [], net)
stored("keras", named(net, [f"net/dense{n}/" for n in ["", "_1", "_2"]], "kernel:0", "bias:0", transpose=True), [], net)
stored("transposed", named(net, ["0.", "2.", "4."], transpose=True), [], net)
stored("given", named(net, ["c.", "b.", "a."]), ["--layers", "c,b,a"], net)
deep = layers(4, *[24] * 14, 2)
stored("deep", named(deep, [f"layers.{n}." for n in range(15)]), ["--task", "a:0-3:0", "--task", "b:0,1:1"], deep)
wide = layers(20, 700, 500, 1)
stored("wide", named(wide, ["fc1.", "fc2.", "fc3."]), [], wide)
half = layers(6, 32, 4, dtype=numpy.float16)
stored("half", named(half, ["0.", "2."]), [], half)
double = layers(6, 32, 4, dtype=numpy.float64)
stored("double", named(double, ["0.", "2."]), [], double)
single = [(weight, bias * 0) for weight, bias in layers(9, 5)]
stored("single", {"weight": single[0][0]}, ["--task", "a:0-3:0-1", "--task", "b:4-8:2-4"], single)

masks = [random.random(weight.shape) < 0.3 for weight, _ in net]
pruned = [(weight * mask, bias) for (weight, bias), mask in zip(net, masks)]
originals = {}
for name, (weight, bias), mask in zip(["0", "2", "4"], net, masks):
    originals |= {f"{name}.weight_orig": weight, f"{name}.weight_mask": mask.astype(numpy.float32), f"{name}.bias": bias}
stored("pruned", originals, [], pruned)
stored("zeros", named(pruned, ["0.", "2.", "4."]), ["--zeros-are-pruned"], pruned)
shift, scale = random.normal(size=(2, 6)).astype(numpy.float32)
raw = samples(6)
stored("raw", named(net, ["0.", "2.", "4."]), [f"--shift={','.join(map(repr, shift.tolist()))}", f"--scale={','.join(map(repr, scale.tolist()))}"], net, raw)
cases[-1]["logits"] = exact(net, (raw - shift) * scale).tolist()


# ONNX.
def model(name, nodes, constants, inputs, options=(), logits="y", outputs=("y",), opset=17, batch="N", element=TensorProto.FLOAT):
    def of(outputs):
        graph = make_graph(
            nodes,
            "net",
            [make_tensor_value_info("x", element, [batch, *inputs.shape[1:]])],
            [onnx.helper.make_empty_tensor_value_info(output) for output in outputs],
            [value if isinstance(value, onnx.TensorProto) else numpy_helper.from_array(value, key) for key, value in constants.items()],
        )
        opsets = [make_opsetid("", opset), make_opsetid("ai.onnx.ml", 3)]
        return make_model(graph, opset_imports=opsets, ir_version=8)

    onnx.save(of(outputs), f"{name}.onnx")
    # The logits are what stands before a softmax, a sigmoid or a class.
    session = onnxruntime.InferenceSession(of([logits]).SerializeToString(), providers=["CPUExecutionProvider"])
    answers = session.run(None, {"x": inputs.astype(numpy.float64 if element == TensorProto.DOUBLE else numpy.float32)})
    case(name, f"{name}.onnx", list(options), inputs, answers[0], "onnxruntime")


(w, b), (v, c) = layers(6, 24, 3)
gemm = [
    make_node("Gemm", ["x", "w", "b"], ["h"], transB=1),
    make_node("Relu", ["h"], ["r"]),
    make_node("Gemm", ["r", "v", "c"], ["y"], transB=1),
]
constants = {"w": w, "b": b, "v": v, "c": c}
model("gemm", gemm, constants, samples(6))
model("softmax", [*gemm, make_node("Softmax", ["y"], ["p"]), make_node("ArgMax", ["p"], ["k"], axis=1)], constants, samples(6), outputs=("p", "k"))
model("sigmoids", [*gemm, make_node("Sigmoid", ["y"], ["p"])], constants, samples(6), outputs=("p",), options=[part for n in range(3) for part in ("--task", f"t{n}:0-5:{n}")])
model("dropout", [gemm[0], gemm[1], make_node("Dropout", ["r"], ["d"]), make_node("Gemm", ["d", "v", "c"], ["y"], transB=1)], constants, samples(6))
model("factors", [make_node("Gemm", ["x", "w", "b"], ["h"], transB=1, alpha=0.5, beta=-2.0), *gemm[1:]], constants, samples(6))
matmul = [
    make_node("MatMul", ["n", "w"], ["p"]),
    make_node("Add", ["b", "p"], ["h"]),
    make_node("Relu", ["h"], ["r"]),
    make_node("MatMul", ["r", "v"], ["q"]),
    make_node("Add", ["q", "c"], ["y"]),
]
plain = {"w": w.T.copy(), "b": b, "v": v.T.copy(), "c": c}
model("matmul", [make_node("Identity", ["x"], ["n"]), *matmul], plain, samples(6))
nodes = [make_node("Sub", ["x", "shift"], ["s"]), make_node("Mul", ["s", "scale"], ["n"]), *matmul]
model("normalized", nodes, plain | {"shift": shift, "scale": scale.reshape(1, 6)}, samples(6) + 3)
nodes = [make_node("Div", ["x", "range"], ["s"]), make_node("Sub", ["s", "mean"], ["t"]), make_node("Div", ["t", "deviation"], ["n"]), *matmul]
folded = {"range": numpy.float32(255), "mean": shift, "deviation": abs(scale) + numpy.float32(0.3)}
model("folded", nodes, plain | folded, 255 * random.random((SAMPLES, 6)).astype(numpy.float32))
nodes = [make_node("Scaler", ["x"], ["n"], domain="ai.onnx.ml", offset=shift.tolist(), scale=scale.tolist()), *matmul]
model("scaler", nodes, plain, samples(6))
nodes = [make_node("Sub", ["x", "mean"], ["s"]), make_node("Flatten", ["s"], ["n"]), *matmul]
model("image", nodes, plain | {"mean": shift.reshape(1, 1, 2, 3)}, samples(1, 2, 3))
nodes = [make_node("Shape", ["x"], ["size"]), make_node("Gather", ["size", "first"], ["count"]), make_node("Unsqueeze", ["count", "axis"], ["counts"]), make_node("Concat", ["counts", "rest"], ["shape"], axis=0), make_node("Reshape", ["x", "shape"], ["n"]), *matmul]
model("view", nodes, plain | {"first": numpy.int64(0), "axis": numpy.array([0]), "rest": numpy.array([-1])}, samples(1, 2, 3))
nodes = [*(make_node("Cast", [f"{name}16"], [name], to=TensorProto.FLOAT) for name in plain), make_node("Identity", ["x"], ["n"]), *matmul]
model("half-constants", nodes, {f"{name}16": value.astype(numpy.float16) for name, value in plain.items()}, samples(6))
nodes = [make_node("Constant", [], ["w"], value=numpy_helper.from_array(plain["w"])), make_node("Constant", [], ["b"], value_floats=b.tolist()), make_node("Identity", ["x"], ["n"]), *matmul]
model("constants", nodes, {"v": plain["v"], "c": c}, samples(6))
lists = {name: make_tensor(name, TensorProto.FLOAT, value.shape, value.flatten().tolist()) for name, value in constants.items()}
model("lists", gemm, lists, samples(6))
nodes = [make_node("Identity", ["x"], ["n"]), *matmul]
model("doubles", nodes, {name: value.astype(numpy.float64) * (1 + 1e-9) for name, value in plain.items()}, samples(6), element=TensorProto.DOUBLE)
model("zeros-model", gemm, constants | {"w": w * (random.random(w.shape) < 0.2)}, samples(6), options=["--zeros-are-pruned"])
beside = onnx.load("gemm.onnx")
onnx.save(beside, "beside.onnx", save_as_external_data=True, location="beside.onnx.data", size_threshold=0)
case("beside", "beside.onnx", [], cases[[one["name"] for one in cases].index("gemm")]["inputs"], cases[[one["name"] for one in cases].index("gemm")]["logits"], "onnxruntime")

# PyTorch.
try:
    import torch
    import torch.nn.utils.prune
    from safetensors.torch import save_file
except ImportError:
    pass
else:
    print("PyTorch")
    torch.manual_seed(7)

    def sequential(*widths):
        parts = []
        for fan_in, fan_out in zip(widths, widths[1:]):
            parts += [torch.nn.Linear(fan_in, fan_out), torch.nn.ReLU()]
        return torch.nn.Sequential(*parts[:-1])

    def saved(name, net, *options, inputs=None):
        save_file(net.state_dict(), f"{name}.safetensors")
        inputs = torch.randn(SAMPLES, net[0].in_features) if inputs is None else inputs
        # What computes in 16 bits loses more than a ticket does.
        logits = net.float()(inputs).detach().numpy()
        case(name, f"{name}.safetensors", list(options), inputs.numpy(), logits, "PyTorch")

    def exported(name, net, inputs, *options, **how):
        net.eval()
        torch.onnx.export(net, (inputs,), f"{name}.onnx", dynamo=False, input_names=["x"], dynamic_axes={"x": {0: "N"}}, **how)
        case(name, f"{name}.onnx", list(options), inputs.numpy(), net(inputs).detach().numpy(), "PyTorch")

    linears = lambda net: [module for module in net if isinstance(module, torch.nn.Linear)]
    net = sequential(8, 64, 64, 5)
    for module in linears(net):
        torch.nn.utils.prune.l1_unstructured(module, "weight", 0.8)
    torch.nn.utils.prune.random_unstructured(net[2], "bias", 0.25)
    saved("torch-pruned", net)
    parameters = [(module, "weight") for module in linears(net)]
    torch.nn.utils.prune.global_unstructured(parameters, torch.nn.utils.prune.L1Unstructured, amount=0.5)
    saved("torch-pruned-again", net)
    for module in linears(net):
        torch.nn.utils.prune.remove(module, "weight")
    torch.nn.utils.prune.remove(net[2], "bias")
    saved("torch-removed", net, "--zeros-are-pruned")
    exported("torch-exported", net, torch.randn(SAMPLES, 8), "--zeros-are-pruned")
    saved("torch-deep", sequential(4, *[20] * 20, 2))
    saved("torch-half", sequential(8, 32, 3).half())
    saved("torch-bfloat", sequential(8, 32, 3).bfloat16())
    saved("torch-wide", sequential(30, 900, 1))
    image = torch.rand(SAMPLES, 1, 4, 5)
    exported("torch-image", torch.nn.Sequential(torch.nn.Flatten(), *sequential(20, 32, 10), torch.nn.Dropout()), image)
    exported("torch-old-opset", sequential(8, 16, 2), torch.randn(SAMPLES, 8), opset_version=9)
    exported("torch-not-folded", sequential(8, 16, 2), torch.randn(SAMPLES, 8), do_constant_folding=False)

with open("cases.json", "w") as file:
    json.dump(cases, file)
