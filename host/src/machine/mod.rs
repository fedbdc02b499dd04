//! Runs the core's kernels on the best vector unit that the CPU has, so that one portable binary is fast everywhere.
//!
//! The core's kernels are generic over [`Lanes`]; the files beside this one bring that trait for AVX-512, AVX2, NEON and
//! WebAssembly, and nothing else. Which of them the CPU has is asked once, at run time. A [`Kernel`] runs inside one
//! function that is compiled for that vector unit, so that everything inlined into it, the loops over losses and
//! optimizer state included, uses it too. No choice changes a bit of a result.
//!
//! All `unsafe` code of the host is below this module.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod lanes;
#[cfg(target_arch = "aarch64")]
mod neon;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128;

use std::ops::ControlFlow;
use std::sync::OnceLock;

use tombola::lanes::{Kernel, Lanes};
use tombola::{Data, Epoch, Imp, Outcome};

use crate::bad_input;

/// Declares [`Machine`]: of each vector unit where it exists, its variant, the name of it, its lanes, and when a CPU has
/// it. The best comes first.
macro_rules! machines {
    ($($(#[doc = $doc:literal])* #[cfg($exists:meta)] $machine:ident = $name:literal, $lanes:ty, if $here:expr;)*) => {
        /// A vector unit.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Machine {
            $($(#[doc = $doc])* #[cfg($exists)] $machine,)*
        }

        impl Machine {
            /// All that this architecture knows, the best first.
            const ALL: &'static [Self] = &[$(#[cfg($exists)] Self::$machine),*];

            /// What it is called.
            pub const fn name(self) -> &'static str {
                match self {
                    $(#[cfg($exists)] Self::$machine => $name,)*
                }
            }

            /// Whether this CPU has it.
            fn is_here(self) -> bool {
                match self {
                    $(#[cfg($exists)] Self::$machine => $here,)*
                }
            }

            /// Runs a kernel on this vector unit.
            ///
            /// # Panics
            /// If this CPU does not have it, and where the kernel does.
            pub fn run<K: Kernel>(self, kernel: K) -> K::Output {
                assert!(self.is_here(), "this CPU has no {}", self.name());
                match self {
                    $(#[cfg($exists)] Self::$machine => <$lanes>::run(kernel),)*
                }
            }
        }
    };
}

machines! {
    /// 16 lanes in one register.
    #[cfg(target_arch = "x86_64")]
    // AVX-512 brings what compilers take for granted with it; a hypervisor may hide parts of that.
    Avx512 = "avx512", avx512::Avx512, if is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("fma")
        && is_x86_feature_detected!("f16c");
    /// 16 lanes in two registers.
    #[cfg(target_arch = "x86_64")]
    Avx2 = "avx2", avx2::Avx2, if is_x86_feature_detected!("avx2");
    /// 16 lanes in four registers.
    #[cfg(target_arch = "aarch64")]
    Neon = "neon", neon::Neon, if std::arch::is_aarch64_feature_detected!("neon");
    /// 16 lanes in four registers, of whatever CPU a browser runs on.
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    Simd128 = "simd128", simd128::Simd128, if true;
    /// Whatever the compiler makes of arrays.
    // Where nothing else can be chosen, only what compares them asks for it.
    #[cfg(any(feature = "whole", not(all(target_arch = "wasm32", target_feature = "simd128"))))]
    Portable = "portable", tombola::lanes::Portable, if true;
}

/// The environment variable that forces a vector unit, by its name.
pub const VARIABLE: &str = "TOMBOLA_LANES";

impl Machine {
    /// Those that this CPU has, the best first.
    pub fn available() -> Vec<Self> {
        Self::ALL
            .iter()
            .copied()
            .filter(|machine| machine.is_here())
            .collect()
    }

    /// The best that this CPU has, or the one that [`VARIABLE`] names. Asked once.
    ///
    /// # Errors
    /// If the variable names one that this CPU does not have.
    pub fn get() -> anyhow::Result<Self> {
        static CHOSEN: OnceLock<Result<Machine, String>> = OnceLock::new();
        let choose = || {
            let available = Self::available();
            let Some(name) = std::env::var_os(VARIABLE).filter(|name| !name.is_empty()) else {
                return Ok(available[0]);
            };
            available
                .iter()
                .copied()
                .find(|machine| name == machine.name())
                .ok_or_else(|| {
                    let names = available
                        .iter()
                        .map(|machine| machine.name())
                        .collect::<Vec<_>>()
                        .join(", ");
                    format!(
                        "{VARIABLE}={}: this CPU has {names}; choose one of them or unset it",
                        name.display()
                    )
                })
        };
        CHOSEN
            .get_or_init(choose)
            .clone()
            .map_err(|message| bad_input!("{message}"))
    }

    /// [`Imp::next_level`] on this vector unit.
    ///
    /// # Panics
    /// If this CPU does not have it, and where [`Imp::next_level`] does.
    pub fn next_level(
        self,
        imp: &mut Imp<'_>,
        data: &Data<'_>,
        watch: &mut dyn FnMut(Epoch) -> ControlFlow<()>,
    ) -> Option<Outcome> {
        self.run(NextLevel { imp, data, watch })
    }

    /// [`Imp::train_level`] on this vector unit.
    ///
    /// # Panics
    /// If this CPU does not have it, and where [`Imp::train_level`] does.
    pub fn train_level(
        self,
        imp: &mut Imp<'_>,
        level: u32,
        data: &Data<'_>,
        watch: &mut dyn FnMut(Epoch) -> ControlFlow<()>,
    ) -> Outcome {
        self.run(TrainLevel {
            imp,
            level,
            data,
            watch,
        })
    }
}

/// [`Imp::train_level`], as a kernel.
struct TrainLevel<'w, 'i, 'd> {
    imp: &'w mut Imp<'i>,
    level: u32,
    data: &'w Data<'d>,
    watch: &'w mut dyn FnMut(Epoch) -> ControlFlow<()>,
}

impl Kernel for TrainLevel<'_, '_, '_> {
    type Output = Outcome;

    #[inline(always)]
    fn run<L: Lanes>(self) -> Outcome {
        self.imp.train_level::<L>(self.level, self.data, self.watch)
    }
}

/// [`Imp::next_level`], as a kernel.
struct NextLevel<'w, 'i, 'd> {
    imp: &'w mut Imp<'i>,
    data: &'w Data<'d>,
    watch: &'w mut dyn FnMut(Epoch) -> ControlFlow<()>,
}

impl Kernel for NextLevel<'_, '_, '_> {
    type Output = Option<Outcome>;

    #[inline(always)]
    fn run<L: Lanes>(self) -> Option<Outcome> {
        self.imp.next_level::<L>(self.data, self.watch)
    }
}
