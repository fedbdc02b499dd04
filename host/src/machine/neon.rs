//! NEON: lanes in four registers.
#![expect(unsafe_code, reason = "vector instructions")]

use std::arch::aarch64::{
    float32x4_t, vaddq_f32, vandq_u32, vbicq_u32, vcgtq_f32, vcltq_f32, vcombine_f32, vdupq_n_f32,
    vget_high_f32, vget_low_f32, vld1q_f32, vmulq_f32, vpaddq_f32, vreinterpretq_f32_u32,
    vreinterpretq_u32_f32, vst1q_f32,
};
use tombola::lanes::{Kernel, LANES, Lanes};

/// Lanes 0 to 3, 4 to 7 and so on. Only [`Machine::run`](super::Machine::run) uses it, where the CPU has the instructions:
/// that, and loads and stores through references to 16 floats, is what makes every call below sound.
#[derive(Clone, Copy)]
pub(super) struct Neon([float32x4_t; 4]);

impl Neon {
    #[inline(always)]
    fn map(self, other: Self, operation: impl Fn(float32x4_t, float32x4_t) -> float32x4_t) -> Self {
        Self(std::array::from_fn(|quarter| {
            operation(self.0[quarter], other.0[quarter])
        }))
    }
}

impl Lanes for Neon {
    const REGISTERS: usize = 8;

    #[inline]
    fn run<K: Kernel>(kernel: K) -> K::Output {
        #[target_feature(enable = "neon")]
        fn compiled<K: Kernel>(kernel: K) -> K::Output {
            kernel.run::<Neon>()
        }
        // SAFETY: as of every call here, see the type.
        unsafe { compiled(kernel) }
    }

    #[inline(always)]
    fn splat(value: f32) -> Self {
        Self([unsafe { vdupq_n_f32(value) }; 4])
    }

    #[inline(always)]
    fn load(from: &[f32; LANES]) -> Self {
        Self(std::array::from_fn(|quarter| unsafe {
            vld1q_f32(from[4 * quarter..].as_ptr())
        }))
    }

    #[inline(always)]
    fn store(self, to: &mut [f32; LANES]) {
        for (quarter, values) in self.0.into_iter().enumerate() {
            unsafe { vst1q_f32(to[4 * quarter..].as_mut_ptr(), values) }
        }
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.map(other, |x, y| unsafe { vaddq_f32(x, y) })
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self.map(other, |x, y| unsafe { vmulq_f32(x, y) })
    }

    #[inline(always)]
    fn relu(self) -> Self {
        self.map(self, |z, _| unsafe {
            let negative = vcltq_f32(z, vdupq_n_f32(0.0));
            vreinterpretq_f32_u32(vbicq_u32(vreinterpretq_u32_f32(z), negative))
        })
    }

    #[inline(always)]
    fn where_positive(self, gate: Self) -> Self {
        self.map(gate, |x, gate| unsafe {
            let positive = vcgtq_f32(gate, vdupq_n_f32(0.0));
            vreinterpretq_f32_u32(vandq_u32(vreinterpretq_u32_f32(x), positive))
        })
    }

    #[inline(always)]
    fn fold(vectors: [Self; 4]) -> [f32; 4] {
        let mut sums = [0.0; 4];
        unsafe {
            // Eight lanes of each vector are left, then four.
            let [a, b, c, d] = vectors.map(|Self([p, q, r, s])| vaddq_f32(vaddq_f32(p, r), vaddq_f32(q, s)));
            // Two of each, two vectors in a register, then one.
            let halves = |x, y| {
                vaddq_f32(
                    vcombine_f32(vget_low_f32(x), vget_low_f32(y)),
                    vcombine_f32(vget_high_f32(x), vget_high_f32(y)),
                )
            };
            vst1q_f32(sums.as_mut_ptr(), vpaddq_f32(halves(a, b), halves(c, d)));
        }
        sums
    }
}
