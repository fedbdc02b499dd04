//! AVX2: lanes in two registers.
#![expect(unsafe_code, reason = "vector instructions")]

use std::arch::x86_64::{
    __m256, __m256i, _CMP_GT_OQ, _CMP_NEQ_UQ, _mm_loadl_epi64, _mm_loadu_ps, _mm_storeu_ps, _mm_unpacklo_ps,
    _mm256_add_ps, _mm256_and_ps, _mm256_blend_ps, _mm256_blendv_ps, _mm256_castps128_ps256,
    _mm256_castps256_ps128, _mm256_castsi256_ps, _mm256_cmp_ps, _mm256_cvtepu8_epi32, _mm256_extractf128_ps,
    _mm256_insertf128_ps, _mm256_loadu_ps, _mm256_max_ps, _mm256_movemask_ps, _mm256_mul_ps,
    _mm256_permute2f128_ps, _mm256_permutevar8x32_ps, _mm256_set1_ps, _mm256_setzero_ps, _mm256_shuffle_ps,
    _mm256_slli_epi32, _mm256_storeu_ps, _mm256_unpackhi_ps, _mm256_unpacklo_ps,
};
use tombola::lanes::{LANES, WINDOW};

use super::lanes::lanes;

/// Lanes 0 to 7 and 8 to 15.
#[derive(Clone, Copy)]
pub(super) struct Avx2(__m256, __m256);

lanes!(Avx2, "avx2", 8, [fold_all, transpose, nonzero, pick]);

impl Avx2 {
    #[inline]
    #[target_feature(enable = "avx2")]
    fn splat(value: f32) -> Self {
        let half = _mm256_set1_ps(value);
        Self(half, half)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn load(from: &[f32; LANES]) -> Self {
        // SAFETY: 8 floats are read from each place, and `from` holds 16.
        unsafe {
            Self(
                _mm256_loadu_ps(from.as_ptr()),
                _mm256_loadu_ps(from[8..].as_ptr()),
            )
        }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn store(self, to: &mut [f32; LANES]) {
        // SAFETY: 8 floats are written to each place, and `to` holds 16.
        unsafe {
            _mm256_storeu_ps(to.as_mut_ptr(), self.0);
            _mm256_storeu_ps(to[8..].as_mut_ptr(), self.1);
        }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn add(self, other: Self) -> Self {
        Self(_mm256_add_ps(self.0, other.0), _mm256_add_ps(self.1, other.1))
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn mul(self, other: Self) -> Self {
        Self(_mm256_mul_ps(self.0, other.0), _mm256_mul_ps(self.1, other.1))
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn relu(self) -> Self {
        let zero = _mm256_setzero_ps();
        // Of two zeros, and where one is a NaN, MAXPS takes the second operand.
        Self(_mm256_max_ps(zero, self.0), _mm256_max_ps(zero, self.1))
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn where_positive(self, gate: Self) -> Self {
        let zero = _mm256_setzero_ps();
        let low = _mm256_and_ps(_mm256_cmp_ps::<_CMP_GT_OQ>(gate.0, zero), self.0);
        let high = _mm256_and_ps(_mm256_cmp_ps::<_CMP_GT_OQ>(gate.1, zero), self.1);
        Self(low, high)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn fold([a, b, c, d]: [Self; 4]) -> [f32; 4] {
        let mut sums = [0.0; 4];
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
        // SAFETY: 4 floats are written, and `sums` holds 4.
        unsafe { _mm_storeu_ps(sums.as_mut_ptr(), _mm_unpacklo_ps(ac, bd)) }
        sums
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn fold_all(vectors: &[Self; LANES]) -> Self {
        let mut halves = [_mm256_setzero_ps(); 2];
        for (half, vectors) in halves.iter_mut().zip(vectors.as_chunks::<8>().0) {
            // Four lanes of each vector are left, two vectors in a register.
            let mut pairs = [_mm256_setzero_ps(); 4];
            for (first, pair) in pairs.iter_mut().enumerate() {
                let (a, b) = (vectors[first], vectors[first + 4]);
                let (a, b) = (_mm256_add_ps(a.0, a.1), _mm256_add_ps(b.0, b.1));
                *pair = _mm256_add_ps(
                    _mm256_blend_ps::<0xF0>(a, b),
                    _mm256_permute2f128_ps::<0x21>(a, b),
                );
            }
            let [p, q, r, s] = pairs;
            // Two of each, then one.
            let pq = _mm256_add_ps(_mm256_shuffle_ps::<0x44>(p, q), _mm256_shuffle_ps::<0xEE>(p, q));
            let rs = _mm256_add_ps(_mm256_shuffle_ps::<0x44>(r, s), _mm256_shuffle_ps::<0xEE>(r, s));
            *half = _mm256_add_ps(
                _mm256_shuffle_ps::<0x88>(pq, rs),
                _mm256_shuffle_ps::<0xDD>(pq, rs),
            );
        }
        Self(halves[0], halves[1])
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn transpose(rows: [&[f32; 4]; LANES]) -> [Self; 4] {
        let ([a, b, c, d], [e, f, g, h]) = (eight(&rows[..8]), eight(&rows[8..]));
        [Self(a, e), Self(b, f), Self(c, g), Self(d, h)]
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn nonzero(self) -> u16 {
        let zero = _mm256_setzero_ps();
        let low = _mm256_movemask_ps(_mm256_cmp_ps::<_CMP_NEQ_UQ>(self.0, zero));
        let high = _mm256_movemask_ps(_mm256_cmp_ps::<_CMP_NEQ_UQ>(self.1, zero));
        (low | high << 8) as u16
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn pick(window: &[f32; WINDOW], picks: &[f32; 4]) -> Self {
        let mut quarters = [_mm256_setzero_ps(); 4];
        for (quarter, from) in quarters.iter_mut().zip(window.as_chunks::<8>().0) {
            // SAFETY: 8 floats are read, and `from` holds 8.
            *quarter = unsafe { _mm256_loadu_ps(from.as_ptr()) };
        }
        // SAFETY: 8 bytes are read from each place, and two floats hold 8.
        let (low, high) = unsafe {
            (
                _mm_loadl_epi64(picks.as_ptr().cast()),
                _mm_loadl_epi64(picks[2..].as_ptr().cast()),
            )
        };
        Self(
            eight_of(quarters, _mm256_cvtepu8_epi32(low)),
            eight_of(quarters, _mm256_cvtepu8_epi32(high)),
        )
    }
}

/// Picks 8 of 32 floats: the last three bits of a pick choose in a quarter, the two before them the quarter.
#[inline]
#[target_feature(enable = "avx2")]
fn eight_of([a, b, c, d]: [__m256; 4], picks: __m256i) -> __m256 {
    // A blend looks at the first bit.
    let is_odd = _mm256_castsi256_ps(_mm256_slli_epi32::<28>(picks));
    let is_upper = _mm256_castsi256_ps(_mm256_slli_epi32::<27>(picks));
    let lower = _mm256_blendv_ps(
        _mm256_permutevar8x32_ps(a, picks),
        _mm256_permutevar8x32_ps(b, picks),
        is_odd,
    );
    let upper = _mm256_blendv_ps(
        _mm256_permutevar8x32_ps(c, picks),
        _mm256_permutevar8x32_ps(d, picks),
        is_odd,
    );
    _mm256_blendv_ps(lower, upper, is_upper)
}

/// The columns of eight rows.
#[inline]
#[target_feature(enable = "avx2")]
fn eight(rows: &[&[f32; 4]]) -> [__m256; 4] {
    // Half `h` of vector `v` is row `4 h + v`, so that the rows of a half are transposed within it.
    let mut vectors = [_mm256_setzero_ps(); 4];
    for (number, vector) in vectors.iter_mut().enumerate() {
        // SAFETY: 4 floats are read from each row, and it holds 4.
        let (low, high) = unsafe {
            (
                _mm_loadu_ps(rows[number].as_ptr()),
                _mm_loadu_ps(rows[4 + number].as_ptr()),
            )
        };
        *vector = _mm256_insertf128_ps::<1>(_mm256_castps128_ps256(low), high);
    }
    let [a, b, c, d] = vectors;
    let (p, q) = (_mm256_unpacklo_ps(a, b), _mm256_unpacklo_ps(c, d));
    let (r, s) = (_mm256_unpackhi_ps(a, b), _mm256_unpackhi_ps(c, d));
    [
        _mm256_shuffle_ps::<0x44>(p, q),
        _mm256_shuffle_ps::<0xEE>(p, q),
        _mm256_shuffle_ps::<0x44>(r, s),
        _mm256_shuffle_ps::<0xEE>(r, s),
    ]
}
