//! AVX2 and AVX-512.
#![expect(
    unsafe_code,
    reason = "vector instructions; each module says why its own are sound"
)]

/// Lanes in one register.
pub(super) mod avx512 {
    use std::arch::x86_64::{
        __m512, _CMP_GT_OQ, _CMP_LT_OQ, _mm_storeu_ps, _mm512_add_ps, _mm512_castps512_ps128,
        _mm512_cmp_ps_mask, _mm512_loadu_ps, _mm512_mask_mov_ps, _mm512_maskz_mov_ps, _mm512_mul_ps,
        _mm512_permute_ps, _mm512_permutexvar_ps, _mm512_set1_ps, _mm512_setr_epi32, _mm512_setzero_ps,
        _mm512_shuffle_f32x4, _mm512_storeu_ps,
    };
    use tombola::lanes::{LANES, Lanes};

    use crate::machine::Work;

    /// Only made below [`run`], which only runs where the CPU has the instructions: that, and loads and stores
    /// through references to 16 floats, is what makes every call below sound.
    #[derive(Clone, Copy)]
    struct Avx512(__m512);

    impl Lanes for Avx512 {
        const BLOCKS: usize = 4;

        #[inline(always)]
        fn splat(value: f32) -> Self {
            Self(unsafe { _mm512_set1_ps(value) })
        }

        #[inline(always)]
        fn load(from: &[f32; LANES]) -> Self {
            Self(unsafe { _mm512_loadu_ps(from.as_ptr()) })
        }

        #[inline(always)]
        fn store(self, to: &mut [f32; LANES]) {
            unsafe { _mm512_storeu_ps(to.as_mut_ptr(), self.0) }
        }

        #[inline(always)]
        fn add(self, other: Self) -> Self {
            Self(unsafe { _mm512_add_ps(self.0, other.0) })
        }

        #[inline(always)]
        fn mul(self, other: Self) -> Self {
            Self(unsafe { _mm512_mul_ps(self.0, other.0) })
        }

        #[inline(always)]
        fn relu(self) -> Self {
            unsafe {
                let negative = _mm512_cmp_ps_mask::<_CMP_LT_OQ>(self.0, _mm512_setzero_ps());
                Self(_mm512_mask_mov_ps(self.0, negative, _mm512_setzero_ps()))
            }
        }

        #[inline(always)]
        fn where_positive(self, gate: Self) -> Self {
            unsafe {
                let positive = _mm512_cmp_ps_mask::<_CMP_GT_OQ>(gate.0, _mm512_setzero_ps());
                Self(_mm512_maskz_mov_ps(positive, self.0))
            }
        }

        #[inline(always)]
        fn fold([a, b, c, d]: [Self; 4]) -> [f32; 4] {
            let mut sums = [0.0; 4];
            unsafe {
                // Eight lanes of each vector are left, two vectors in a register.
                let ab = _mm512_add_ps(
                    _mm512_shuffle_f32x4::<0x44>(a.0, b.0),
                    _mm512_shuffle_f32x4::<0xEE>(a.0, b.0),
                );
                let cd = _mm512_add_ps(
                    _mm512_shuffle_f32x4::<0x44>(c.0, d.0),
                    _mm512_shuffle_f32x4::<0xEE>(c.0, d.0),
                );
                // Four of each, all in one.
                let four = _mm512_add_ps(
                    _mm512_shuffle_f32x4::<0x88>(ab, cd),
                    _mm512_shuffle_f32x4::<0xDD>(ab, cd),
                );
                let two = _mm512_add_ps(four, _mm512_permute_ps::<0xEE>(four));
                let one = _mm512_add_ps(two, _mm512_permute_ps::<0x55>(two));
                let firsts = _mm512_setr_epi32(0, 4, 8, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
                let packed = _mm512_castps512_ps128(_mm512_permutexvar_ps(firsts, one));
                _mm_storeu_ps(sums.as_mut_ptr(), packed);
            }
            sums
        }
    }

    /// [`Work::on`], compiled for AVX-512.
    pub(in super::super) fn run<W: Work>(work: W) -> W::Answer {
        #[target_feature(enable = "avx512f,avx512dq")]
        fn compiled<W: Work>(work: W) -> W::Answer {
            work.on::<Avx512>()
        }
        // The caller has made sure that the CPU has it.
        unsafe { compiled(work) }
    }
}

/// Lanes in two registers.
pub(super) mod avx2 {
    use std::arch::x86_64::{
        __m256, _CMP_GT_OQ, _CMP_LT_OQ, _mm_storeu_ps, _mm_unpacklo_ps, _mm256_add_ps, _mm256_and_ps,
        _mm256_andnot_ps, _mm256_castps256_ps128, _mm256_cmp_ps, _mm256_extractf128_ps, _mm256_loadu_ps,
        _mm256_mul_ps, _mm256_permute2f128_ps, _mm256_set1_ps, _mm256_setzero_ps, _mm256_shuffle_ps,
        _mm256_storeu_ps,
    };
    use tombola::lanes::{LANES, Lanes};

    use crate::machine::Work;

    /// Lanes 0 to 7 and 8 to 15. Only made below [`run`], which only runs where the CPU has the instructions:
    /// that, and loads and stores through references to 16 floats, is what makes every call below sound.
    #[derive(Clone, Copy)]
    struct Avx2(__m256, __m256);

    impl Lanes for Avx2 {
        const BLOCKS: usize = 1;

        #[inline(always)]
        fn splat(value: f32) -> Self {
            let half = unsafe { _mm256_set1_ps(value) };
            Self(half, half)
        }

        #[inline(always)]
        fn load(from: &[f32; LANES]) -> Self {
            unsafe {
                Self(
                    _mm256_loadu_ps(from.as_ptr()),
                    _mm256_loadu_ps(from[8..].as_ptr()),
                )
            }
        }

        #[inline(always)]
        fn store(self, to: &mut [f32; LANES]) {
            unsafe {
                _mm256_storeu_ps(to.as_mut_ptr(), self.0);
                _mm256_storeu_ps(to[8..].as_mut_ptr(), self.1);
            }
        }

        #[inline(always)]
        fn add(self, other: Self) -> Self {
            unsafe { Self(_mm256_add_ps(self.0, other.0), _mm256_add_ps(self.1, other.1)) }
        }

        #[inline(always)]
        fn mul(self, other: Self) -> Self {
            unsafe { Self(_mm256_mul_ps(self.0, other.0), _mm256_mul_ps(self.1, other.1)) }
        }

        #[inline(always)]
        fn relu(self) -> Self {
            unsafe {
                let zero = _mm256_setzero_ps();
                let low = _mm256_andnot_ps(_mm256_cmp_ps::<_CMP_LT_OQ>(self.0, zero), self.0);
                let high = _mm256_andnot_ps(_mm256_cmp_ps::<_CMP_LT_OQ>(self.1, zero), self.1);
                Self(low, high)
            }
        }

        #[inline(always)]
        fn where_positive(self, gate: Self) -> Self {
            unsafe {
                let zero = _mm256_setzero_ps();
                let low = _mm256_and_ps(_mm256_cmp_ps::<_CMP_GT_OQ>(gate.0, zero), self.0);
                let high = _mm256_and_ps(_mm256_cmp_ps::<_CMP_GT_OQ>(gate.1, zero), self.1);
                Self(low, high)
            }
        }

        #[inline(always)]
        fn fold([a, b, c, d]: [Self; 4]) -> [f32; 4] {
            let mut sums = [0.0; 4];
            unsafe {
                // Eight lanes of each vector are left.
                let (a, b) = (_mm256_add_ps(a.0, a.1), _mm256_add_ps(b.0, b.1));
                let (c, d) = (_mm256_add_ps(c.0, c.1), _mm256_add_ps(d.0, d.1));
                // Four of each, two vectors in a register.
                let ab = _mm256_add_ps(
                    _mm256_permute2f128_ps::<0x20>(a, b),
                    _mm256_permute2f128_ps::<0x31>(a, b),
                );
                let cd = _mm256_add_ps(
                    _mm256_permute2f128_ps::<0x20>(c, d),
                    _mm256_permute2f128_ps::<0x31>(c, d),
                );
                // Two of each: a and c in the lower half, b and d in the upper.
                let two = _mm256_add_ps(
                    _mm256_shuffle_ps::<0x44>(ab, cd),
                    _mm256_shuffle_ps::<0xEE>(ab, cd),
                );
                let one = _mm256_add_ps(
                    _mm256_shuffle_ps::<0x88>(two, two),
                    _mm256_shuffle_ps::<0xDD>(two, two),
                );
                let (ac, bd) = (_mm256_castps256_ps128(one), _mm256_extractf128_ps::<1>(one));
                _mm_storeu_ps(sums.as_mut_ptr(), _mm_unpacklo_ps(ac, bd));
            }
            sums
        }
    }

    /// [`Work::on`], compiled for AVX2.
    pub(in super::super) fn run<W: Work>(work: W) -> W::Answer {
        #[target_feature(enable = "avx2")]
        fn compiled<W: Work>(work: W) -> W::Answer {
            work.on::<Avx2>()
        }
        // The caller has made sure that the CPU has it.
        unsafe { compiled(work) }
    }
}
