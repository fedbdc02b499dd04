//! Finds eigenvectors of a symmetric matrix by the method of Lanczos, with all vectors kept orthogonal (Golub and Van Loan
//! 2013, "Matrix Computations", 10.1 to 10.3; 8.4 for the tridiagonal matrix).
//!
//! ```text
//! q₁ = start;  for k = 1, 2, …:  r = M qₖ − βₖ₋₁ qₖ₋₁;  αₖ = qₖ·r;  r −= αₖ qₖ, and what is left along known vectors
//!                                βₖ = |r|;  qₖ₊₁ = r / βₖ
//! eigenvalues of T = tridiag(β, α, β), by bisection; their eigenvectors s, by inverse iteration; those of M are Q s
//! ```
//!
//! Every sum is in a fixed order, and there are no functions but the square root: the same bits on every machine.

/// Most vectors that are made: where the greatest eigenvalues have not settled by then, they are within some digits of
/// it.
const MOST: usize = 300;

/// How far, relative to the matrix's norm of 1, `M v` may be from `λ v`.
const SETTLED: f64 = 1e-10;

/// The greatest eigenvalues of a symmetric matrix of norm 1, with their eigenvectors of length 1, all orthogonal to
/// `known`, an eigenvector of length 1; the greatest first. Fewer than `count` where the vectors that `start` leads to
/// span fewer.
pub(super) fn greatest(
    times: impl Fn(&[f64], &mut [f64]),
    known: &[f64],
    start: Vec<f64>,
    count: usize,
) -> Vec<(f64, Vec<f64>)> {
    let mut basis: Vec<Vec<f64>> = vec![];
    let (mut alphas, mut betas) = (vec![], vec![]);
    let mut next = start;
    let most = MOST.min(known.len() - 1);
    let mut norm = clean(&mut next, known, &basis);
    while basis.len() < most && SETTLED < norm {
        for x in &mut next {
            *x /= norm;
        }
        let mut product = vec![0.0; next.len()];
        times(&next, &mut product);
        basis.push(next);
        let last = &basis[basis.len() - 1];
        alphas.push(dot(last, &product));
        norm = clean(&mut product, known, &basis);
        betas.push(norm);
        next = product;
        // Bisection costs less than it saves where it is not done each time.
        if basis.len().is_multiple_of(8) {
            let found = tridiagonal(&alphas, &betas, count);
            let is_settled =
                |(_, vector): &(f64, Vec<f64>)| (norm * vector[vector.len() - 1]).abs() <= SETTLED;
            if found.len() == count && found.iter().all(is_settled) {
                break;
            }
        }
    }
    tridiagonal(&alphas, &betas, count.min(basis.len()))
        .into_iter()
        .map(|(value, weights)| {
            let mut vector = vec![0.0; known.len()];
            for (weight, from) in weights.iter().zip(&basis) {
                vector
                    .iter_mut()
                    .zip(from)
                    .for_each(|(to, from)| *to += weight * from);
            }
            (value, vector)
        })
        .collect()
}

/// Takes out of a vector what lies along others, twice (once leaves rounding errors), and returns its length.
fn clean(vector: &mut [f64], known: &[f64], basis: &[Vec<f64>]) -> f64 {
    for _ in 0..2 {
        for other in basis.iter().map(Vec::as_slice).chain([known]) {
            let along = dot(vector, other);
            vector
                .iter_mut()
                .zip(other)
                .for_each(|(x, other)| *x -= along * other);
        }
    }
    dot(vector, vector).sqrt()
}

pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).fold(0.0, |sum, (a, b)| sum + a * b)
}

/// The greatest eigenvalues of a symmetric tridiagonal matrix, with eigenvectors of length 1. Only the first of
/// `beside` are beside the diagonal.
fn tridiagonal(diagonal: &[f64], beside: &[f64], count: usize) -> Vec<(f64, Vec<f64>)> {
    let size = diagonal.len();
    // The number of eigenvalues below x is that of negative pivots of T − x (Sylvester's law of inertia).
    let below = |x: f64| {
        let (mut pivot, mut count) = (1.0, 0);
        for index in 0..size {
            let coupling = if index == 0 { 0.0 } else { beside[index - 1] };
            pivot = diagonal[index] - x - coupling * coupling / pivot;
            if pivot == 0.0 {
                pivot = f64::MIN_POSITIVE;
            }
            count += usize::from(pivot < 0.0);
        }
        count
    };
    (1..=count.min(size))
        .map(|place| {
            // All eigenvalues are in −1..=1, but for rounding.
            let (mut low, mut high) = (-1.5, 1.5);
            for _ in 0..60 {
                let middle = f64::midpoint(low, high);
                if below(middle) <= size - place {
                    low = middle;
                } else {
                    high = middle;
                }
            }
            (low, eigenvector(diagonal, &beside[..size - 1], low))
        })
        .collect()
}

/// The eigenvector of a symmetric tridiagonal matrix to an eigenvalue, by inverse iteration: three solutions of
/// (T − λ) x = x, with exchanges of rows.
fn eigenvector(diagonal: &[f64], beside: &[f64], value: f64) -> Vec<f64> {
    let size = diagonal.len();
    let mut vector = vec![1.0; size];
    for _ in 0..3 {
        // Rows of the triangle: an entry on the diagonal and two beside it.
        let mut rows = vec![[0.0; 3]; size];
        let mut row = [diagonal[0] - value, beside.first().copied().unwrap_or(0.0), 0.0];
        for index in 0..size - 1 {
            let after = beside.get(index + 1).copied().unwrap_or(0.0);
            let mut lower = [beside[index], diagonal[index + 1] - value, after];
            if row[0].abs() < lower[0].abs() {
                (row, lower) = (lower, row);
                vector.swap(index, index + 1);
            }
            if row[0] == 0.0 {
                row[0] = f64::EPSILON;
            }
            let factor = lower[0] / row[0];
            vector[index + 1] -= factor * vector[index];
            rows[index] = row;
            row = [lower[1] - factor * row[1], lower[2] - factor * row[2], 0.0];
        }
        if row[0].abs() < f64::EPSILON {
            row[0] = f64::EPSILON;
        }
        rows[size - 1] = row;
        for index in (0..size).rev() {
            let mut sum = vector[index];
            for (ahead, entry) in rows[index].iter().enumerate().skip(1) {
                if let Some(x) = vector.get(index + ahead) {
                    sum -= entry * x;
                }
            }
            vector[index] = sum / rows[index][0];
        }
        let length = dot(&vector, &vector).sqrt();
        for x in &mut vector {
            *x /= length;
        }
    }
    vector
}

#[cfg(test)]
mod tests {
    use super::{dot, greatest};

    #[test]
    fn eigenvectors_of_a_path_are_the_known_ones() {
        // The normalized adjacency matrix of a path of n nodes has the eigenvalues cos(π k / (n − 1)).
        let size = 13_usize;
        let degrees: Vec<f64> = (0..size)
            .map(|node| if node % (size - 1) == 0 { 1.0 } else { 2.0 })
            .collect();
        let times = |from: &[f64], to: &mut [f64]| {
            for node in 0..size {
                let beside = [node.checked_sub(1), Some(node + 1).filter(|&node| node < size)];
                let term = |other: usize| from[other] / (degrees[node] * degrees[other]).sqrt();
                to[node] = beside.into_iter().flatten().map(term).sum();
            }
        };
        let length = degrees.iter().sum::<f64>().sqrt();
        let known: Vec<_> = degrees.iter().map(|degree| degree.sqrt() / length).collect();
        let start = (0..size).map(|node| 1.0 / (node + 1) as f64).collect();
        let found = greatest(times, &known, start, 3);
        // Of 15, 30 and 45 degrees.
        let cosines = [
            (6_f64.sqrt() + 2_f64.sqrt()) / 4.0,
            3_f64.sqrt() / 2.0,
            0.5_f64.sqrt(),
        ];
        for (exact, (value, vector)) in cosines.into_iter().zip(&found) {
            // Bisection ends at 3·2⁻⁶⁰; rounding in 40 steps is some 1e-15 each.
            assert!((value - exact).abs() < 1e-12, "{value} is not {exact}");
            let mut product = vec![0.0; size];
            times(vector, &mut product);
            let off = product.iter().zip(vector).map(|(a, b)| (a - value * b).abs());
            assert!(off.fold(0.0, f64::max) < 1e-9);
            assert!((dot(vector, vector) - 1.0).abs() < 1e-12 && dot(vector, &known).abs() < 1e-12);
        }
        assert_eq!(found.len(), 3);
    }
}
