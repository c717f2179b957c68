"""How much two patches differ: the summed squared difference of their bytes, in the machine's own vector code.

Nearly all the time of a patch search goes into this sum, and a plain loop takes 25 times as long. A `PatchShape`
carries the patch's size and the instruction set in its *type*, so each gets code with every loop unrolled, and Numba's
cache on disk tells them apart. All instruction sets give the same integers. Twin: `reference.patch_distance`.
"""
# mypy: disable-error-code="no-untyped-def,no-untyped-call,untyped-decorator,misc"

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.registry import cpu_target
from numba.extending import NativeValue, intrinsic, models, overload_attribute, register_model, unbox

from secondunit.errors import BadInput

Lanes = Literal["portable", "avx2", "avx512"]
LANES: tuple[Lanes, ...] = ("portable", "avx2", "avx512")
FORCE = "SECONDUNIT_PATCH_LANES"
SLACK = 64
"""Bytes that must follow the last pixel of whatever is compared: vectors read past a row's end."""

_I8, _I16, _I32, _I64 = (ir.IntType(bits) for bits in (8, 16, 32, 64))


@dataclass(frozen=True)
class PatchShape:
    """A patch of `frames` × `side` × `side` pixels with `channels` bytes each, compared with `lanes`."""

    frames: int
    side: int
    channels: int
    lanes: Lanes

    @cached_property
    def _numba_type_(self) -> PatchShapeType:
        return PatchShapeType(self.frames, self.side, self.channels, self.lanes)


def patch_shape(side: int, channels: int, *, frames: int = 1, lanes: Lanes | None = None) -> PatchShape:
    """A patch's shape for this machine. `lanes` forces an instruction set, and so does SECONDUNIT_PATCH_LANES.

    Raises `BadInput` where the machine has not got it.
    """
    wanted = lanes or os.environ.get(FORCE) or own_lanes()[-1]
    if wanted not in own_lanes():
        raise BadInput(
            f"this machine cannot compare patches with `{wanted}`", hint="it can with " + ", ".join(own_lanes())
        )
    return PatchShape(frames, side, channels, wanted)


def own_lanes() -> tuple[Lanes, ...]:
    """The instruction sets Numba may compile for here, slowest first."""
    features = cpu_target.target_context.codegen().magic_tuple()[2].split(",")
    found: list[Lanes] = ["portable"]
    if "+avx2" in features:
        found.append("avx2")
    if "+avx512bw" in features:
        found.append("avx512")
    return tuple(found)


class PatchShapeType(types.Type):
    """A `PatchShape` as Numba sees it: no data, all in the type."""

    def __init__(self, frames: int, side: int, channels: int, lanes: Lanes) -> None:
        self.frames, self.side, self.channels, self.lanes = frames, side, channels, lanes
        super().__init__(name=f"PatchShape({frames}, {side}, {channels}, {lanes})")


register_model(PatchShapeType)(models.OpaqueModel)


@unbox(PatchShapeType)
def _unbox(_typ, _value, context):
    return NativeValue(context.context.get_dummy_value())


@overload_attribute(PatchShapeType, "channels")
def _channels(shape):
    n = shape.channels
    return lambda shape: n


@overload_attribute(PatchShapeType, "radius")
def _radius(shape):
    radius = shape.side // 2
    return lambda shape: radius


@overload_attribute(PatchShapeType, "reach")
def _reach(shape):
    reach = shape.frames // 2
    return lambda shape: reach


@intrinsic
def whole(_context, shape, a, at_a, row_a, frame_a, b, at_b, row_b, frame_b):
    """The sum over a whole patch. `at_` is a patch's first byte, `row_` and `frame_` the bytes between rows, frames."""
    return _signature(shape, a, b), _code(lambda _middle: True)


@intrinsic
def middle(_context, shape, a, at_a, row_a, frame_a, b, at_b, row_b, frame_b):
    """The sum over the middle row of the middle frame: most bad candidates are told by it alone."""
    return _signature(shape, a, b), _code(lambda middle: middle)


@intrinsic
def rest(_context, shape, a, at_a, row_a, frame_a, b, at_b, row_b, frame_b):
    """The sum over all but the middle row."""
    return _signature(shape, a, b), _code(lambda middle: not middle)


@intrinsic
def fetch(_context, a, at_a):
    """Ask memory for the byte `at_a` of `a`, to be compared soon: random places are seldom near the processor."""

    def codegen(context, builder, signature, args):
        place = builder.gep(context.make_array(signature.args[0])(context, builder, args[0]).data, [args[1]])
        how = [ir.Constant(_I32, number) for number in (0, 3, 1)]  # to read, to keep, as data
        kind = ir.FunctionType(ir.VoidType(), [place.type, _I32, _I32, _I32])
        builder.call(cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0"), [place, *how])
        return context.get_dummy_value()

    return types.void(a, types.int64), codegen


def _signature(shape, a, b):
    i64 = types.int64
    return types.int32(shape, a, i64, i64, i64, b, i64, i64, i64)


def _code(takes):
    def codegen(context, builder, signature, args):
        shape = signature.args[0]
        rows = [
            (f, y)
            for f in range(shape.frames)
            for y in range(shape.side)
            if takes(f == shape.frames // 2 and y == shape.side // 2)
        ]
        bases = [context.make_array(signature.args[k])(context, builder, args[k]).data for k in (1, 5)]
        starts = [[_row_start(builder, args[k + 1 : k + 4], f, y) for k in (1, 5)] for f, y in rows]
        return RowSums(builder, shape.lanes, shape.side * shape.channels).over(bases, starts)

    return codegen


def _row_start(builder, place, frame, row):
    at, per_row, per_frame = place
    at = builder.add(at, builder.mul(per_row, ir.Constant(_I64, row)))
    return builder.add(at, builder.mul(per_frame, ir.Constant(_I64, frame)))


class RowSums:
    """Vector code that adds up the squared differences of rows of `n_bytes`, in steps of 32 or 16 bytes."""

    def __init__(self, builder: Any, lanes: Lanes, n_bytes: int) -> None:
        self.builder, self.lanes = builder, lanes
        self.chunks: list[tuple[int, int, int]] = []  # first byte, width, bytes that count
        at = 0
        while at < n_bytes:
            width = 32 if lanes == "avx512" and n_bytes - at > 16 else 16
            self.chunks.append((at, width, min(width, n_bytes - at)))
            at += width

    def over(self, bases, starts):
        """The sum over rows that begin `starts` (a, b) bytes after the `bases` a, b."""
        totals: dict[int, Any] = {}
        for row in starts:
            for first, width, counting in self.chunks:
                a, b = (self._bytes(*at, first, width) for at in zip(bases, row, strict=True))
                squares = self._squares(self.builder.sub(a, b), width, counting)
                known = totals.get(width)
                totals[width] = squares if known is None else self.builder.add(known, squares)
        sums = [self._across(total) for total in totals.values()]
        return sums[0] if len(sums) == 1 else self.builder.add(*sums)

    def _bytes(self, base, start, first, width):
        """`width` bytes as 16-bit numbers."""
        at = self.builder.gep(base, [self.builder.add(start, ir.Constant(_I64, first))])
        vector = ir.VectorType(_I8, width)
        loaded = self.builder.load(self.builder.bitcast(at, vector.as_pointer()))
        loaded.align = 1
        return self.builder.zext(loaded, ir.VectorType(_I16, width))

    def _squares(self, difference, width, counting):
        """The squares, added in pairs: 32-bit numbers, half as many."""
        wide = ir.VectorType(_I16, width)
        if counting < width:
            mask = [ir.Constant(_I16, -1 if i < counting else 0) for i in range(width)]
            difference = self.builder.and_(difference, ir.Constant(wide, mask))
        if self.lanes == "portable":
            return self._plain_squares(difference, width)
        name = "llvm.x86.avx512.pmaddw.d.512" if width == 32 else "llvm.x86.avx2.pmadd.wd"
        kind = ir.FunctionType(ir.VectorType(_I32, width // 2), [wide, wide])
        return self.builder.call(
            cgutils.get_or_insert_function(self.builder.module, kind, name), [difference, difference]
        )

    def _plain_squares(self, difference, width):
        full = self.builder.sext(difference, ir.VectorType(_I32, width))
        square = self.builder.mul(full, full)
        half = ir.VectorType(_I32, width // 2)
        even, odd = (
            ir.Constant(half, [ir.Constant(_I32, i) for i in range(first, width, 2)]) for first in (0, 1)
        )
        return self.builder.add(
            self.builder.shuffle_vector(square, square, even), self.builder.shuffle_vector(square, square, odd)
        )

    def _across(self, total):
        name = f"llvm.vector.reduce.add.v{total.type.count}i32"
        kind = ir.FunctionType(_I32, [total.type])
        return self.builder.call(cgutils.get_or_insert_function(self.builder.module, kind, name), [total])
