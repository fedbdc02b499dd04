//! Every vector unit of this CPU is found, and runs kernels on lanes of its own: one that fell back to another would pass
//! every test of bits.

use std::array::from_fn;

use tombola::lanes::{Kernel, LANES, Lanes, WINDOW};
use tombola_host::machine::Machine;

/// The lanes that a kernel is run on, by their type.
struct WhichLanes;

impl Kernel for WhichLanes {
    type Output = &'static str;

    fn run<L: Lanes>(self) -> &'static str {
        std::any::type_name::<L>()
            .rsplit("::")
            .next()
            .expect("a last part")
    }
}

#[test]
fn each_vector_unit_runs_kernels_on_its_own_lanes() {
    for machine in Machine::available() {
        assert_eq!(machine.run(WhichLanes).to_lowercase(), machine.name());
    }
}

#[test]
#[cfg(target_arch = "wasm32")]
fn a_module_has_the_vectors_that_it_is_built_with() {
    let names: Vec<_> = Machine::available().into_iter().map(Machine::name).collect();
    assert_eq!(names, ["simd128", "portable"]);
}

/// Every operation, on vectors of which the first two are `rows[0]` and `rows[1]`. A sum or product that is a NaN is one
/// of any bits.
struct Operations<'a>(&'a [[f32; LANES]; LANES]);

impl Kernel for Operations<'_> {
    type Output = Vec<[u32; LANES]>;

    #[inline(always)]
    fn run<L: Lanes>(self) -> Self::Output {
        fn bits<L: Lanes>(vector: L) -> [u32; LANES] {
            let mut lanes = [1.0; LANES];
            vector.store(&mut lanes);
            lanes.map(f32::to_bits)
        }
        fn any_nan<const N: usize>(lanes: [u32; N]) -> [u32; N] {
            lanes.map(|lane| {
                if f32::from_bits(lane).is_nan() {
                    f32::NAN.to_bits()
                } else {
                    lane
                }
            })
        }
        let rows = self.0;
        let vectors: [L; LANES] = from_fn(|row| L::load(&rows[row]));
        let [a, b, c, d, ..] = vectors;
        let mut first = [1.0; LANES];
        b.store_first(&mut first[..11]);
        let fours: [[f32; 4]; LANES] = from_fn(|row| rows[row][..4].try_into().expect("four of 16"));
        let folded = any_nan(L::fold([a, b, c, d]).map(f32::to_bits));
        let mut results = vec![
            bits(L::splat(rows[0][0])),
            bits(a.relu()),
            bits(a.where_positive(b)),
            bits(b.where_positive(a)),
            any_nan(bits(a.add(b))),
            any_nan(bits(a.mul(b))),
            any_nan(bits(L::fold_all(&vectors))),
            first.map(f32::to_bits),
            from_fn(|lane| folded[lane % 4]),
            from_fn(|lane| u32::from(a.nonzero()) >> lane & 1),
        ];
        let (window, _) = rows.as_flattened().split_first_chunk().expect("32 of 256");
        // Neighbors from everywhere, and the same value twice.
        for stride in [1, 7, 16] {
            let picks = from_fn(|word| {
                f32::from_bits(u32::from_le_bytes(from_fn(|byte| {
                    ((4 * word + byte) * stride % WINDOW) as u8
                })))
            });
            results.push(bits(L::pick(window, &picks)));
        }
        results.extend(L::transpose(fours.each_ref()).map(|column| bits(column)));
        results
    }
}

#[test]
fn every_operation_has_the_bits_of_portable_lanes() {
    let nasty = [
        f32::NAN,
        -f32::NAN,
        0.0,
        -0.0,
        1.0,
        -1.0,
        f32::INFINITY,
        f32::NEG_INFINITY,
        1e-45,
        -1e-45,
        f32::MIN_POSITIVE,
        -3.5,
        16_777_216.0,
        1.0 / 3.0,
        f32::MAX,
        f32::MIN,
    ];
    // Each value meets each other.
    for turn in 0..LANES {
        let mut rows = [nasty; LANES];
        for (number, row) in rows.iter_mut().enumerate() {
            row.rotate_left(number * turn % LANES);
        }
        let portable = Machine::Portable.run(Operations(&rows));
        for machine in Machine::available() {
            assert_eq!(
                machine.run(Operations(&rows)),
                portable,
                "{}, turn {turn}",
                machine.name()
            );
        }
    }
    // Sums of what is finite show their order.
    let rows: [[f32; LANES]; LANES] =
        from_fn(|row| from_fn(|lane| ((row * 31 + lane * 17) % 23) as f32 / 7.0 - 1.5));
    let portable = Machine::Portable.run(Operations(&rows));
    for machine in Machine::available() {
        assert_eq!(machine.run(Operations(&rows)), portable, "{}", machine.name());
    }
}

#[test]
#[cfg(target_arch = "aarch64")]
fn neon_is_found_and_chosen() {
    let names: Vec<_> = Machine::available().into_iter().map(Machine::name).collect();
    assert_eq!(names, ["neon", "portable"]);
    let forced = std::env::var_os(tombola_host::machine::VARIABLE);
    assert!(forced.is_some() || Machine::get().expect("a machine") == Machine::Neon);
}
