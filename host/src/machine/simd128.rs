//! WebAssembly's vectors: lanes in four registers.
//!
//! A module says as a whole whether it uses them, and an engine without them refuses it, so nothing is asked at run time
//! and no function needs a target feature of its own. Never the relaxed instructions, whose bits depend on the CPU.
#![expect(unsafe_code, reason = "vector instructions")]

use std::arch::wasm32::{
    f32x4_add, f32x4_gt, f32x4_mul, f32x4_pmax, f32x4_splat, i32x4_shuffle, i64x2_shuffle, v128, v128_and,
    v128_load, v128_store,
};

use tombola::lanes::{Kernel, LANES, Lanes};

/// Lanes 0 to 3, 4 to 7 and so on.
#[derive(Clone, Copy)]
pub(super) struct Simd128([v128; 4]);

impl Lanes for Simd128 {
    // What an engine on ARM has. On x86-64 it is half of that, and a lottery is faster by a twelfth all the same.
    const REGISTERS: usize = 8;

    // Inlined, several kernels become one function, which engines make less of.
    #[inline(never)]
    fn run<K: Kernel>(kernel: K) -> K::Output {
        kernel.run::<Self>()
    }

    #[inline(always)]
    fn splat(value: f32) -> Self {
        Self([f32x4_splat(value); 4])
    }

    #[inline(always)]
    fn load(from: &[f32; LANES]) -> Self {
        let mut quarters = [f32x4_splat(0.0); 4];
        for (quarter, from) in quarters.iter_mut().zip(from.as_chunks().0) {
            *quarter = four(from);
        }
        Self(quarters)
    }

    #[inline(always)]
    fn store(self, to: &mut [f32; LANES]) {
        for (to, values) in to.as_chunks_mut::<4>().0.iter_mut().zip(self.0) {
            put(values, to);
        }
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        let ([a, b, c, d], [e, f, g, h]) = (self.0, other.0);
        Self([f32x4_add(a, e), f32x4_add(b, f), f32x4_add(c, g), f32x4_add(d, h)])
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        let ([a, b, c, d], [e, f, g, h]) = (self.0, other.0);
        Self([f32x4_mul(a, e), f32x4_mul(b, f), f32x4_mul(c, g), f32x4_mul(d, h)])
    }

    #[inline(always)]
    fn relu(self) -> Self {
        let (zero, [a, b, c, d]) = (f32x4_splat(0.0), self.0);
        // `if z < 0 { 0 } else { z }`, by its definition.
        Self([
            f32x4_pmax(a, zero),
            f32x4_pmax(b, zero),
            f32x4_pmax(c, zero),
            f32x4_pmax(d, zero),
        ])
    }

    #[inline(always)]
    fn where_positive(self, gate: Self) -> Self {
        let (zero, [a, b, c, d], [e, f, g, h]) = (f32x4_splat(0.0), self.0, gate.0);
        Self([
            v128_and(a, f32x4_gt(e, zero)),
            v128_and(b, f32x4_gt(f, zero)),
            v128_and(c, f32x4_gt(g, zero)),
            v128_and(d, f32x4_gt(h, zero)),
        ])
    }

    #[inline(always)]
    fn fold([a, b, c, d]: [Self; 4]) -> [f32; 4] {
        let mut sums = [0.0; 4];
        put(folded(a, b, c, d), &mut sums);
        sums
    }

    #[inline(always)]
    fn transpose(rows: [&[f32; 4]; LANES]) -> [Self; 4] {
        let zero = f32x4_splat(0.0);
        let mut columns = [[zero; 4]; 4];
        for quarter in 0..4 {
            let row = |number: usize| four(rows[4 * quarter + number]);
            let (a, b, c, d) = (row(0), row(1), row(2), row(3));
            let (p, q) = (
                i32x4_shuffle::<0, 4, 1, 5>(a, b),
                i32x4_shuffle::<0, 4, 1, 5>(c, d),
            );
            let (r, s) = (
                i32x4_shuffle::<2, 6, 3, 7>(a, b),
                i32x4_shuffle::<2, 6, 3, 7>(c, d),
            );
            columns[0][quarter] = i64x2_shuffle::<0, 2>(p, q);
            columns[1][quarter] = i64x2_shuffle::<1, 3>(p, q);
            columns[2][quarter] = i64x2_shuffle::<0, 2>(r, s);
            columns[3][quarter] = i64x2_shuffle::<1, 3>(r, s);
        }
        columns.map(Self)
    }

    #[inline(always)]
    fn fold_all(vectors: &[Self; LANES]) -> Self {
        let mut sums = [f32x4_splat(0.0); 4];
        for (sum, &[a, b, c, d]) in sums.iter_mut().zip(vectors.as_chunks().0) {
            *sum = folded(a, b, c, d);
        }
        Self(sums)
    }
}

/// Reads four values.
#[inline(always)]
fn four(from: &[f32; 4]) -> v128 {
    // SAFETY: 16 bytes are read, wherever they lie, and `from` holds as many.
    unsafe { v128_load(from.as_ptr().cast()) }
}

/// Writes four values.
#[inline(always)]
fn put(values: v128, to: &mut [f32; 4]) {
    // SAFETY: 16 bytes are written, wherever they lie, and `to` holds as many.
    unsafe { v128_store(to.as_mut_ptr().cast(), values) }
}

/// The sums of the lanes of four vectors.
#[inline(always)]
fn folded(a: Simd128, b: Simd128, c: Simd128, d: Simd128) -> v128 {
    // Two of each are left, two vectors in a register, then one.
    let (ab, cd) = (halves(a.quarter(), b.quarter()), halves(c.quarter(), d.quarter()));
    f32x4_add(
        i32x4_shuffle::<0, 2, 4, 6>(ab, cd),
        i32x4_shuffle::<1, 3, 5, 7>(ab, cd),
    )
}

/// The sums of the lanes two apart, of two registers.
#[inline(always)]
fn halves(a: v128, b: v128) -> v128 {
    f32x4_add(i64x2_shuffle::<0, 2>(a, b), i64x2_shuffle::<1, 3>(a, b))
}

impl Simd128 {
    /// The sums of the lanes eight apart, and of those the sums of the lanes four apart.
    #[inline(always)]
    fn quarter(self) -> v128 {
        let [p, q, r, s] = self.0;
        f32x4_add(f32x4_add(p, r), f32x4_add(q, s))
    }
}
