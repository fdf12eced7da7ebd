#!/usr/bin/env python3
"""Writes the models beside it: how red a picture is, as ONNX, with nothing but
the protobuf encoding that ONNX files have (onnx.proto3).

  red.onnx         1x3xHxW (R, G, B, 0 to 1) -> 1x2: not red, red; softmax
  red-logits.onnx  the same without the softmax at the end
"""
import pathlib
import struct


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


def node(op, inputs, output, *attributes):
    return block(1, b"".join(block(1, i) for i in inputs) + block(2, output)
                 + block(3, op.lower()) + block(4, op)
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


here = pathlib.Path(__file__).parent
(here / "red.onnx").write_bytes(model(True))
(here / "red-logits.onnx").write_bytes(model(False))
