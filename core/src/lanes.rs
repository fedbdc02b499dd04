//! The vector type that the kernels are generic over: 16 floats that are added and multiplied side by side.
//!
//! Sums over the samples of a batch go to 16 partial sums, sample `s` to lane `s mod 16`, and are folded in one fixed
//! order. A machine's vectors may be wider or narrower; the bits are the same.

use crate::math;

/// How many samples are worked on side by side.
pub const LANES: usize = 16;

/// How many values [`Lanes::pick`] picks from.
pub const WINDOW: usize = 32;

/// `batch` samples, filled up to whole lanes.
pub const fn padded(batch: usize) -> usize {
    batch.div_ceil(LANES) * LANES
}

/// A computation that is generic over the vector type: [`Lanes::run`] runs it with the instructions of one machine. Its
/// fields are its arguments; a closure could not be generic over [`Lanes`].
pub trait Kernel {
    /// What it returns.
    type Output;
    /// Computes it. Everything that touches a vector on the way must be inlined into it, so it and what it calls are
    /// `#[inline(always)]`.
    fn run<L: Lanes>(self) -> Self::Output;
}

/// 16 f32, lane by lane. Each product is rounded before it is added: an implementation must not fuse the two.
pub trait Lanes: Copy {
    /// How many vectors of 16 the machine holds in registers; 0 if it has no vector registers. Kernels choose their
    /// tiles by it.
    const REGISTERS: usize;
    /// Runs a kernel in a function that is compiled for this machine's vector instructions, loops over plain floats
    /// included. Each kernel type is compiled to one function, however many places call it.
    fn run<K: Kernel>(kernel: K) -> K::Output;
    /// The same value in every lane.
    fn splat(value: f32) -> Self;
    /// Reads 16 values.
    fn load(from: &[f32; LANES]) -> Self;
    /// Writes 16 values.
    fn store(self, to: &mut [f32; LANES]);
    /// Writes the first lanes, as many as there is room for, at most 16.
    #[inline(always)]
    fn store_first(self, to: &mut [f32]) {
        let mut lanes = [0.0; LANES];
        self.store(&mut lanes);
        for (to, lane) in to.iter_mut().zip(lanes) {
            *to = lane;
        }
    }
    /// Sum of each lane.
    #[must_use]
    fn add(self, other: Self) -> Self;
    /// Product of each lane.
    #[must_use]
    fn mul(self, other: Self) -> Self;
    /// The sum of each lane and a product, which is rounded first.
    #[must_use]
    #[inline(always)]
    fn add_product(self, a: Self, b: Self) -> Self {
        self.add(a.mul(b))
    }
    /// `if z < 0 { +0 } else { z }`: a NaN stays a NaN, and −0 stays −0.
    #[must_use]
    fn relu(self) -> Self;
    /// Each lane where that of `gate` is greater than 0, else +0: the derivative of the ReLU, applied.
    #[must_use]
    fn where_positive(self, gate: Self) -> Self;
    /// Sums the lanes of each vector: lane `j` += lane `j + 8` for `j < 8`, and so on with 4, 2, 1. Four at once,
    /// because a machine can transpose them and fold all in little more than the steps that one would take.
    fn fold(vectors: [Self; 4]) -> [f32; 4];

    /// Bit `j` says whether lane `j` is neither +0 nor −0; a NaN is not.
    #[must_use]
    #[inline(always)]
    fn nonzero(self) -> u16 {
        let mut lanes = [0.0; LANES];
        self.store(&mut lanes);
        let mut bits = 0;
        for (lane, value) in lanes.into_iter().enumerate() {
            bits |= u16::from(value != 0.0) << lane;
        }
        bits
    }

    /// Lane `j` is the value at byte `j` of `picks`, 16 bytes below [`WINDOW`] as the bits of four floats, the least
    /// significant first.
    #[must_use]
    #[inline(always)]
    fn pick(window: &[f32; WINDOW], picks: &[f32; 4]) -> Self {
        let mut lanes = [0.0; LANES];
        for (lanes, picks) in lanes.as_chunks_mut::<4>().0.iter_mut().zip(picks) {
            for (lane, pick) in lanes.iter_mut().zip(picks.to_bits().to_le_bytes()) {
                *lane = window[usize::from(pick) % WINDOW];
            }
        }
        Self::load(&lanes)
    }

    /// Columns from rows: lane `s` of vector `c` is `rows[s][c]`.
    #[must_use]
    #[inline(always)]
    fn transpose(rows: [&[f32; 4]; LANES]) -> [Self; 4] {
        let mut columns = [[0.0; LANES]; 4];
        for (column, to) in columns.iter_mut().enumerate() {
            for (to, row) in to.iter_mut().zip(rows) {
                *to = row[column];
            }
        }
        let mut vectors = [Self::splat(0.0); 4];
        for (vector, column) in vectors.iter_mut().zip(&columns) {
            *vector = Self::load(column);
        }
        vectors
    }

    /// As [`Lanes::fold`] of 16 vectors: lane `k` of the result is the sum of vector `k`.
    #[must_use]
    #[inline(always)]
    fn fold_all(vectors: &[Self; LANES]) -> Self {
        let mut sums = [0.0; LANES];
        for (sums, vectors) in sums.as_chunks_mut().0.iter_mut().zip(vectors.as_chunks().0) {
            *sums = Self::fold(*vectors);
        }
        Self::load(&sums)
    }
}

/// The lanes that every machine has: an array. What the others must agree with, bit for bit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Portable([f32; LANES]);

impl Lanes for Portable {
    // The compiler makes vectors of arrays where it can; a scalar unit has 32 floats.
    const REGISTERS: usize = if cfg!(any(target_feature = "sse2", target_feature = "neon")) {
        4
    } else {
        0
    };

    // Inlined, several kernels become one function, which the compiler makes less of.
    #[inline(never)]
    fn run<K: Kernel>(kernel: K) -> K::Output {
        kernel.run::<Self>()
    }

    #[inline(always)]
    fn splat(value: f32) -> Self {
        Self([value; LANES])
    }

    #[inline(always)]
    fn load(from: &[f32; LANES]) -> Self {
        Self(*from)
    }

    #[inline(always)]
    fn store(self, to: &mut [f32; LANES]) {
        *to = self.0;
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(core::array::from_fn(|lane| self.0[lane] + other.0[lane]))
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(core::array::from_fn(|lane| self.0[lane] * other.0[lane]))
    }

    // Lane by lane: a product is added before the next is made, so that 16 of them do not take 16 registers.
    #[inline(always)]
    fn add_product(self, a: Self, b: Self) -> Self {
        Self(core::array::from_fn(|lane| self.0[lane] + a.0[lane] * b.0[lane]))
    }

    #[inline(always)]
    fn relu(self) -> Self {
        Self(self.0.map(math::relu))
    }

    #[inline(always)]
    fn where_positive(self, gate: Self) -> Self {
        Self(core::array::from_fn(|lane| {
            math::where_positive(self.0[lane], gate.0[lane])
        }))
    }

    #[inline(always)]
    fn fold(vectors: [Self; 4]) -> [f32; 4] {
        vectors.map(|vector| fold(vector.0))
    }
}

/// The fold of one array of partial sums, for those who hold it outside a kernel.
#[inline(always)]
pub fn fold(mut lanes: [f32; LANES]) -> f32 {
    for half in [8, 4, 2, 1] {
        for lane in 0..half {
            lanes[lane] += lanes[lane + half];
        }
    }
    lanes[0]
}

#[cfg(test)]
mod tests {
    use super::{LANES, Lanes, Portable, WINDOW, fold, padded};

    #[test]
    fn the_fold_pairs_lanes_eight_apart_first() {
        // 2^24 swallows a 1 that is added to it alone, so the order shows in the sum.
        let mut lanes = [0.0; LANES];
        (lanes[0], lanes[8], lanes[1], lanes[9]) = (16_777_216.0, 1.0, 1.0, 1.0);
        assert_eq!(fold(lanes), 16_777_218.0);
        (lanes[8], lanes[1], lanes[9]) = (1.0, 1.0, 0.0);
        assert_eq!(fold(lanes), 16_777_216.0);
    }

    #[test]
    fn the_relu_lets_a_nan_through_and_its_derivative_at_zero_is_zero() {
        let mut out = [1.0; LANES];
        Portable::splat(f32::NAN).relu().store(&mut out);
        assert!(out[0].is_nan());
        Portable::splat(-3.0).relu().store(&mut out);
        assert_eq!(out[0].to_bits(), 0);
        for gate in [0.0, -0.0, -1.0, f32::NAN] {
            Portable::splat(-7.0)
                .where_positive(Portable::splat(gate))
                .store(&mut out);
            assert_eq!(out[15].to_bits(), 0);
        }
        Portable::splat(-7.0)
            .where_positive(Portable::splat(1e-45))
            .store(&mut out);
        assert_eq!(out[15], -7.0);
    }

    #[test]
    fn only_zeros_are_zero() {
        let mut lanes = [0.0; LANES];
        (lanes[1], lanes[3], lanes[6], lanes[15]) = (-0.0, 1e-45, f32::NAN, -2.0);
        assert_eq!(Portable(lanes).nonzero(), 0b1000_0000_0100_1000);
    }

    #[test]
    fn lanes_are_picked_byte_by_byte() {
        let window: [f32; WINDOW] = core::array::from_fn(|place| place as f32);
        let picks = [0x0302_0100, 0x1F1E_1D1C, 0, 0x0700_0010].map(f32::from_bits);
        let expected = [
            0.0, 1.0, 2.0, 3.0, 28.0, 29.0, 30.0, 31.0, 0.0, 0.0, 0.0, 0.0, 16.0, 0.0, 0.0, 7.0,
        ];
        assert_eq!(Portable::pick(&window, &picks), Portable(expected));
    }

    #[test]
    fn batches_are_padded_to_multiples_of_sixteen() {
        assert_eq!([0, 1, 16, 17].map(padded), [0, 16, 16, 32]);
    }
}
