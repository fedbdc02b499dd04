//! NEON: lanes in four registers.
#![expect(unsafe_code, reason = "vector instructions")]

use std::arch::aarch64::{
    float32x4_t, vaddq_f32, vandq_u32, vbicq_u32, vcgtq_f32, vcltq_f32, vcombine_f32, vdupq_n_f32,
    vget_high_f32, vget_low_f32, vld1q_f32, vmulq_f32, vpaddq_f32, vreinterpretq_f32_u32,
    vreinterpretq_u32_f32, vst1q_f32,
};
use tombola::lanes::LANES;

use super::lanes::lanes;

/// Lanes 0 to 3, 4 to 7 and so on.
#[derive(Clone, Copy)]
pub(super) struct Neon([float32x4_t; 4]);

lanes!(Neon, "neon", 8, []);

impl Neon {
    #[inline]
    #[target_feature(enable = "neon")]
    fn map(self, other: Self, operation: impl Fn(float32x4_t, float32x4_t) -> float32x4_t) -> Self {
        Self(std::array::from_fn(|quarter| {
            operation(self.0[quarter], other.0[quarter])
        }))
    }

    #[inline]
    #[target_feature(enable = "neon")]
    fn splat(value: f32) -> Self {
        Self([vdupq_n_f32(value); 4])
    }

    #[inline]
    #[target_feature(enable = "neon")]
    fn load(from: &[f32; LANES]) -> Self {
        // SAFETY: 4 floats are read from each place, and `from` holds 16.
        let quarter = |quarter: usize| unsafe { vld1q_f32(from[4 * quarter..].as_ptr()) };
        Self(std::array::from_fn(quarter))
    }

    #[inline]
    #[target_feature(enable = "neon")]
    fn store(self, to: &mut [f32; LANES]) {
        for (to, values) in to.as_chunks_mut::<4>().0.iter_mut().zip(self.0) {
            // SAFETY: 4 floats are written, and `to` holds 4.
            unsafe { vst1q_f32(to.as_mut_ptr(), values) }
        }
    }

    #[inline]
    #[target_feature(enable = "neon")]
    fn add(self, other: Self) -> Self {
        self.map(other, |x, y| vaddq_f32(x, y))
    }

    #[inline]
    #[target_feature(enable = "neon")]
    fn mul(self, other: Self) -> Self {
        self.map(other, |x, y| vmulq_f32(x, y))
    }

    #[inline]
    #[target_feature(enable = "neon")]
    fn relu(self) -> Self {
        self.map(self, |z, _| {
            let negative = vcltq_f32(z, vdupq_n_f32(0.0));
            vreinterpretq_f32_u32(vbicq_u32(vreinterpretq_u32_f32(z), negative))
        })
    }

    #[inline]
    #[target_feature(enable = "neon")]
    fn where_positive(self, gate: Self) -> Self {
        self.map(gate, |x, gate| {
            let positive = vcgtq_f32(gate, vdupq_n_f32(0.0));
            vreinterpretq_f32_u32(vandq_u32(vreinterpretq_u32_f32(x), positive))
        })
    }

    #[inline]
    #[target_feature(enable = "neon")]
    fn fold(vectors: [Self; 4]) -> [f32; 4] {
        // Eight lanes of each vector are left, then four.
        let [a, b, c, d] = vectors.map(|Self([p, q, r, s])| vaddq_f32(vaddq_f32(p, r), vaddq_f32(q, s)));
        // Two of each, two vectors in a register, then one.
        let halves = |x, y| {
            vaddq_f32(
                vcombine_f32(vget_low_f32(x), vget_low_f32(y)),
                vcombine_f32(vget_high_f32(x), vget_high_f32(y)),
            )
        };
        let mut sums = [0.0; 4];
        // SAFETY: 4 floats are written, and `sums` holds 4.
        unsafe { vst1q_f32(sums.as_mut_ptr(), vpaddq_f32(halves(a, b), halves(c, d))) }
        sums
    }
}
