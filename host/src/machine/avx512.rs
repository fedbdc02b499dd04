//! AVX-512: lanes in one register.
#![expect(unsafe_code, reason = "vector instructions")]

use std::arch::x86_64::{
    __m512, _CMP_GT_OQ, _CMP_NEQ_UQ, _mm_loadu_ps, _mm_loadu_si128, _mm_storeu_ps, _mm512_add_ps,
    _mm512_castps128_ps512, _mm512_castps512_ps128, _mm512_cmp_ps_mask, _mm512_cvtepu8_epi32,
    _mm512_insertf32x4, _mm512_loadu_ps, _mm512_mask_mov_ps, _mm512_mask_storeu_ps, _mm512_maskz_mov_ps,
    _mm512_max_ps, _mm512_mul_ps, _mm512_permute_ps, _mm512_permutex2var_ps, _mm512_permutexvar_ps,
    _mm512_set1_ps, _mm512_setr_epi32, _mm512_setzero_ps, _mm512_shuffle_f32x4, _mm512_shuffle_ps,
    _mm512_storeu_ps, _mm512_unpackhi_ps, _mm512_unpacklo_ps,
};
use tombola::lanes::{LANES, WINDOW};

use super::lanes::lanes;

/// All lanes.
#[derive(Clone, Copy)]
pub(super) struct Avx512(__m512);

lanes!(
    Avx512,
    "avx512f,avx512dq",
    32,
    [store_first, fold_all, transpose, nonzero, pick]
);

impl Avx512 {
    #[inline]
    #[target_feature(enable = "avx512f,avx512dq")]
    fn splat(value: f32) -> Self {
        Self(_mm512_set1_ps(value))
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512dq")]
    fn load(from: &[f32; LANES]) -> Self {
        // SAFETY: 16 floats are read, and `from` holds 16.
        Self(unsafe { _mm512_loadu_ps(from.as_ptr()) })
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512dq")]
    fn store(self, to: &mut [f32; LANES]) {
        // SAFETY: 16 floats are written, and `to` holds 16.
        unsafe { _mm512_storeu_ps(to.as_mut_ptr(), self.0) }
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512dq")]
    fn store_first(self, to: &mut [f32]) {
        let there = !(u32::MAX << to.len().min(LANES)) as u16;
        // SAFETY: one float is written for each bit of `there`, and `to` holds as many.
        unsafe { _mm512_mask_storeu_ps(to.as_mut_ptr(), there, self.0) }
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512dq")]
    fn add(self, other: Self) -> Self {
        Self(_mm512_add_ps(self.0, other.0))
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512dq")]
    fn mul(self, other: Self) -> Self {
        Self(_mm512_mul_ps(self.0, other.0))
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512dq")]
    fn relu(self) -> Self {
        // Of two zeros, and where one is a NaN, MAXPS takes the second operand.
        Self(_mm512_max_ps(_mm512_setzero_ps(), self.0))
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512dq")]
    fn where_positive(self, gate: Self) -> Self {
        let positive = _mm512_cmp_ps_mask::<_CMP_GT_OQ>(gate.0, _mm512_setzero_ps());
        Self(_mm512_maskz_mov_ps(positive, self.0))
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512dq")]
    fn fold([a, b, c, d]: [Self; 4]) -> [f32; 4] {
        let mut sums = [0.0; 4];
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
        // SAFETY: 4 floats are written, and `sums` holds 4.
        unsafe { _mm_storeu_ps(sums.as_mut_ptr(), packed) }

        sums
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512dq")]
    fn fold_all(vectors: &[Self; LANES]) -> Self {
        // Sums of four vectors, a quarter each, whose lanes are still to be added up.
        let mut fours = [_mm512_setzero_ps(); 4];
        for (first, four) in fours.iter_mut().enumerate() {
            // Eight lanes of each vector are left, two vectors in a register.
            let (a, b) = (vectors[first].0, vectors[first + 4].0);
            let (c, d) = (vectors[first + 8].0, vectors[first + 12].0);
            let ab = _mm512_add_ps(
                _mm512_mask_mov_ps(a, 0xFF00, b),
                _mm512_shuffle_f32x4::<0x4E>(a, b),
            );
            let cd = _mm512_add_ps(
                _mm512_mask_mov_ps(c, 0xFF00, d),
                _mm512_shuffle_f32x4::<0x4E>(c, d),
            );
            *four = _mm512_add_ps(
                _mm512_shuffle_f32x4::<0x88>(ab, cd),
                _mm512_shuffle_f32x4::<0xDD>(ab, cd),
            );
        }
        let [p, q, r, s] = fours;
        // Two lanes of each are left, then one.
        let pq = _mm512_add_ps(_mm512_shuffle_ps::<0x44>(p, q), _mm512_shuffle_ps::<0xEE>(p, q));
        let rs = _mm512_add_ps(_mm512_shuffle_ps::<0x44>(r, s), _mm512_shuffle_ps::<0xEE>(r, s));
        Self(_mm512_add_ps(
            _mm512_shuffle_ps::<0x88>(pq, rs),
            _mm512_shuffle_ps::<0xDD>(pq, rs),
        ))
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512dq")]
    fn transpose(rows: [&[f32; 4]; LANES]) -> [Self; 4] {
        // Quarter `q` of vector `v` is row `4 q + v`, so that the rows of a quarter are transposed within it.
        let mut vectors = [_mm512_setzero_ps(); 4];
        for (first, vector) in vectors.iter_mut().enumerate() {
            // SAFETY: 4 floats are read from a row, and it holds 4.
            let quarter = |number: usize| unsafe { _mm_loadu_ps(rows[4 * number + first].as_ptr()) };
            *vector = _mm512_castps128_ps512(quarter(0));
            *vector = _mm512_insertf32x4::<1>(*vector, quarter(1));
            *vector = _mm512_insertf32x4::<2>(*vector, quarter(2));
            *vector = _mm512_insertf32x4::<3>(*vector, quarter(3));
        }
        let [a, b, c, d] = vectors;
        let pairs = [
            [_mm512_unpacklo_ps(a, b), _mm512_unpacklo_ps(c, d)],
            [_mm512_unpackhi_ps(a, b), _mm512_unpackhi_ps(c, d)],
        ];
        let [[p, q], [r, s]] = pairs;
        [
            Self(_mm512_shuffle_ps::<0x44>(p, q)),
            Self(_mm512_shuffle_ps::<0xEE>(p, q)),
            Self(_mm512_shuffle_ps::<0x44>(r, s)),
            Self(_mm512_shuffle_ps::<0xEE>(r, s)),
        ]
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512dq")]
    fn nonzero(self) -> u16 {
        _mm512_cmp_ps_mask::<_CMP_NEQ_UQ>(self.0, _mm512_setzero_ps())
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512dq")]
    fn pick(window: &[f32; WINDOW], picks: &[f32; 4]) -> Self {
        // SAFETY: 16 floats are read from each half of `window`, and it holds 32; 16 bytes of `picks`, and it holds as many.
        unsafe {
            let (low, high) = (
                _mm512_loadu_ps(window.as_ptr()),
                _mm512_loadu_ps(window[LANES..].as_ptr()),
            );
            let picks = _mm512_cvtepu8_epi32(_mm_loadu_si128(picks.as_ptr().cast()));
            Self(_mm512_permutex2var_ps(low, picks, high))
        }
    }
}
