//! Every vector unit of this CPU is found, and runs kernels on lanes of its own: one that fell back to another would pass
//! every test of bits.

use tombola::lanes::{Kernel, Lanes};
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
#[cfg(target_arch = "aarch64")]
fn neon_is_found_and_chosen() {
    let names: Vec<_> = Machine::available().into_iter().map(Machine::name).collect();
    assert_eq!(names, ["neon", "portable"]);
    let forced = std::env::var_os(tombola_host::machine::VARIABLE);
    assert!(forced.is_some() || Machine::get().expect("a machine") == Machine::Neon);
}
