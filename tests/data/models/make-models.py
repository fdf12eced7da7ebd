#!/usr/bin/env python3
"""Writes the models beside it: how red a picture is, as ONNX, with nothing but
the protobuf encoding that ONNX files have (onnx.proto3).

  red.onnx         1x3xHxW (R, G, B, 0 to 1) -> 1x2: not red, red; softmax
  red-logits.onnx  the same without the softmax at the end
  red-conv.onnx    the same behind a convolution

make-models.py FOLDER writes there what no analyzer takes:

  unknown.onnx     a layer that nobody has
  slow.onnx        as costly as a large network, in a few kilobytes
  huge.onnx        40 GB of zeros
  nan.onnx         a score that is no number
"""
import pathlib
import struct
import sys


def varint(n):
    out = b""
    while n > 127:
        out += bytes([n & 127 | 128])
        n >>= 7
    return out + bytes([n])


def number(field, n):
    return varint(field << 3) + varint(n)


def block(field, content):
    content = content.encode() if isinstance(content, str) else content
    return varint(field << 3 | 2) + varint(len(content)) + content


def node(op, inputs, output, *attributes, name=None):
    return block(1, b"".join(block(1, i) for i in inputs) + block(2, output)
                 + block(3, name or op.lower()) + block(4, op)
                 + b"".join(block(5, a) for a in attributes))


def integer(name, value):
    return block(1, name) + number(3, value) + number(20, 2)


def tensor(name, dims, values):
    return block(5, b"".join(number(1, d) for d in dims) + number(2, 1)
                 + block(8, name) + block(9, struct.pack(f"<{len(values)}f", *values)))


def value(field, name, dims):
    shape = b"".join(block(1, number(1, d)) for d in dims)
    return block(field, block(1, name)
                 + block(2, block(1, number(1, 1) + block(2, shape))))


def model(softmax, side=32):
    graph = node("GlobalAveragePool", ["picture"], "pooled")
    graph += node("Flatten", ["pooled"], "mean", integer("axis", 1))
    graph += node("Gemm", ["mean", "weights", "bias"], "logits", integer("transB", 1))
    if softmax:
        graph += node("Softmax", ["logits"], "scores", integer("axis", 1))
    graph += block(2, "red")
    graph += tensor("weights", [2, 3], [0, 0, 0, 20, -10, -10])
    graph += tensor("bias", [2], [0, -5])
    graph += value(11, "picture", [1, 3, side, side])
    graph += value(12, "scores" if softmax else "logits", [1, 2])
    return (number(1, 6) + block(2, "weir") + block(7, graph)
            + block(8, block(1, "") + number(2, 11)))


def integers(name, values):
    return block(1, name) + b"".join(number(8, v) for v in values) + number(20, 7)


def whole(graph, output, dims, side):
    graph += value(11, "picture", [1, 3, side, side]) + value(12, output, dims)
    return (number(1, 6) + block(2, "weir") + block(7, graph + block(2, "odd"))
            + block(8, block(1, "") + number(2, 11)))


def conv():
    """Each channel of a picture blurred, then as ever."""
    ninth = [1 / 9] * 9
    graph = node("Conv", ["picture", "blur"], "blurred", integers("kernel_shape", [3, 3]),
                 integers("pads", [1, 1, 1, 1]), integer("group", 3))
    graph += node("Relu", ["blurred"], "light")
    graph += node("GlobalAveragePool", ["light"], "pooled")
    graph += node("Flatten", ["pooled"], "mean", integer("axis", 1))
    graph += node("Gemm", ["mean", "weights", "bias"], "logits", integer("transB", 1))
    graph += node("Softmax", ["logits"], "scores", integer("axis", 1))
    graph += tensor("blur", [3, 1, 3, 3], ninth * 3)
    graph += tensor("weights", [2, 3], [0, 0, 0, 20, -10, -10])
    graph += tensor("bias", [2], [0, -5])
    return whole(graph, "scores", [1, 2], 32)


def slow(side=512, channels=16, layers=100):
    graph, name = b"", "picture"
    for i in range(layers):
        graph += node("Conv", [name, "in" if i == 0 else "mix"], f"x{i}",
                      integers("kernel_shape", [1, 1]), name=f"x{i}")
        name = f"x{i}"
    graph += node("GlobalAveragePool", [name], "pooled")
    graph += node("Flatten", ["pooled"], "scores", integer("axis", 1))
    graph += tensor("in", [channels, 3, 1, 1], [0.1] * 3 * channels)
    graph += tensor("mix", [channels, channels, 1, 1], [0.1] * channels * channels)
    return whole(graph, "scores", [1, channels], side)


def huge():
    shape = block(5, number(1, 2) + number(2, 7) + block(8, "shape")
                  + block(9, struct.pack("<2q", 100000, 100000)))
    graph = node("ConstantOfShape", ["shape"], "zeros")
    graph += node("GlobalAveragePool", ["picture"], "scores") + shape
    return whole(graph, "scores", [1, 3, 1, 1], 32)


def nan():
    graph = node("GlobalAveragePool", ["picture"], "pooled")
    graph += node("Flatten", ["pooled"], "mean", integer("axis", 1))
    graph += node("Gemm", ["mean", "weights", "bias"], "scores", integer("transB", 1))
    graph += tensor("weights", [2, 3], [0] * 6) + tensor("bias", [2], [float("nan")] * 2)
    return whole(graph, "scores", [1, 2], 32)


if len(sys.argv) > 1:
    folder = pathlib.Path(sys.argv[1])
    (folder / "unknown.onnx").write_bytes(model(True).replace(b"GlobalAveragePool", b"GlobalAveragePull"))
    for make in (slow, huge, nan):
        (folder / f"{make.__name__}.onnx").write_bytes(make())
    sys.exit(0)
here = pathlib.Path(__file__).parent
(here / "red.onnx").write_bytes(model(True))
(here / "red-logits.onnx").write_bytes(model(False))
(here / "red-conv.onnx").write_bytes(conv())
