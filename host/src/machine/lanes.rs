//! [`Lanes`](tombola::lanes::Lanes) from functions that are compiled for the instructions of one vector unit.

/// Implements the trait for a type by its own functions of the same names, which have the target features `$features`:
/// in them the compiler sees to it that no other instruction is used. The trait's functions cannot have target features,
/// so it is here that the CPU must be known to have them. `$more` are those that have a default.
macro_rules! lanes {
    ($lanes:ident, $features:literal, $registers:literal, [$($more:ident),*]) => {
        impl tombola::lanes::Lanes for $lanes {
            const REGISTERS: usize = $registers;

            #[inline]
            fn run<K: tombola::lanes::Kernel>(kernel: K) -> K::Output {
                #[target_feature(enable = $features)]
                fn compiled<K: tombola::lanes::Kernel>(kernel: K) -> K::Output {
                    kernel.run::<$lanes>()
                }
                // SAFETY: this type is used only where the CPU has the features, as `lanes!` wants it.
                unsafe { compiled(kernel) }
            }

            lanes!(fn splat(value: f32) -> Self);
            lanes!(fn load(from: &[f32; LANES]) -> Self);
            lanes!(fn store(self: Self, to: &mut [f32; LANES]) -> ());
            lanes!(fn add(self: Self, other: Self) -> Self);
            lanes!(fn mul(self: Self, other: Self) -> Self);
            lanes!(fn relu(self: Self) -> Self);
            lanes!(fn where_positive(self: Self, gate: Self) -> Self);
            lanes!(fn fold(vectors: [Self; 4]) -> [f32; 4]);
            $(lanes!($more);)*
        }
    };
    (store_first) => { lanes!(fn store_first(self: Self, to: &mut [f32]) -> ()); };
    (fold_all) => { lanes!(fn fold_all(vectors: &[Self; LANES]) -> Self); };
    (transpose) => { lanes!(fn transpose(rows: [&[f32; 4]; LANES]) -> [Self; 4]); };
    (nonzero) => { lanes!(fn nonzero(self: Self) -> u16); };
    (pick) => { lanes!(fn pick(window: &[f32; WINDOW], picks: &[f32; 4]) -> Self); };
    (fn $name:ident($($argument:ident: $type:ty),*) -> $result:ty) => {
        #[inline(always)]
        fn $name($($argument: $type),*) -> $result {
            // SAFETY: the types of the vector units are private to this folder, where `Machine::run` alone names them,
            // and it asserts that the CPU has the instructions.
            unsafe { Self::$name($($argument),*) }
        }
    };
}

pub(super) use lanes;
