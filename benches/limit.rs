//! Times the limit of this CPU: multiplications and additions in registers, independent of each other. A kernel that
//! rounds each product before it adds cannot be faster; what it misses of this goes to its loads and folds.

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use tombola::lanes::{Kernel, LANES, Lanes};
use tombola_host::machine::Machine;

/// How often each chain is extended in one run.
const ROUNDS: usize = 10_000;

/// Chains of additions and as many chains of multiplications, each waiting for itself alone.
struct Chains<const N: usize> {
    /// A factor and an addend that keep every value finite, normal and different from the last.
    by: [f32; 2],
    /// Where the products begin, and the sums.
    start: [[f32; N]; 2],
}

impl<const N: usize> Kernel for Chains<N> {
    /// Floating-point operations of one lane, and their result.
    type Output = (usize, f32);

    #[inline(always)]
    fn run<L: Lanes>(self) -> (usize, f32) {
        let (factor, addend) = (L::splat(self.by[0]), L::splat(self.by[1]));
        let (mut products, mut sums) = ([factor; N], [addend; N]);
        for chain in 0..N {
            products[chain] = L::splat(self.start[0][chain]);
            sums[chain] = L::splat(self.start[1][chain]);
        }
        for _ in 0..ROUNDS {
            for chain in 0..N {
                products[chain] = products[chain].mul(factor);
                sums[chain] = sums[chain].add(addend);
            }
        }
        let mut total = L::splat(0.0);
        for (product, sum) in products.into_iter().zip(sums) {
            total = total.add(product).add(sum);
        }
        let mut lanes = [0.0; LANES];
        total.store(&mut lanes);
        (2 * N * ROUNDS, lanes[0])
    }
}

/// As many chains as fill the pipelines and still fit the registers.
fn chains(machine: Machine) -> (usize, f32) {
    match machine.name() {
        "avx512" => machine.run(begin::<8>()),
        _ => machine.run(begin::<3>()),
    }
}

/// Numbers unknown to the compiler, which would compute known ones itself, and chains that begin alike only once.
fn begin<const N: usize>() -> Chains<N> {
    let start = std::array::from_fn(|first| std::array::from_fn(|chain| (1 - first + chain) as f32));
    black_box(Chains {
        by: [0.999_99, 0.5],
        start,
    })
}

/// One bench for each vector unit; its throughput is in floating-point operations.
pub(crate) fn all(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("limit, multiplications and additions in registers");
    // The portable lanes have no registers that chains could stay in.
    for machine in Machine::available()
        .into_iter()
        .filter(|&machine| machine != Machine::Portable)
    {
        let (operations, total) = chains(machine);
        // Sums are exact: `chain + ROUNDS · 0.5`. Products have decayed to e^(−ROUNDS · 1e-5) of where they began.
        let count = operations / 2 / ROUNDS;
        let sums = (0..count)
            .map(|chain| chain as f32 + 0.5 * ROUNDS as f32)
            .sum::<f32>();
        let products = (1..=count).map(|first| first as f32 * 0.904_8).sum::<f32>();
        assert!(
            (total - sums - products).abs() < 0.01 * products,
            "every round was computed"
        );
        group.throughput(Throughput::Elements((operations * LANES) as u64));
        group.bench_function(machine.name(), |bencher| bencher.iter(|| chains(machine)));
    }
    group.finish();
}
