//! Checks that a lottery allocates nothing after set-up, on the host as on a board that has no allocator.

use allocation_counter::measure;
use tombola::lanes::Portable;
use tombola::{Outcome, Structure};
use tombola_firmware::founding::TASKS;

use crate::support::{NET, Owned, Parts, SAMPLES, next, plans};

#[test]
fn a_whole_lottery_allocates_nothing() {
    let parts = Parts::draw(1, SAMPLES);
    for plan in plans() {
        let mut owned = Owned::new(&plan);
        let mut memory = vec![0; Structure::memory_len(NET, TASKS.len())];
        let mut levels = 0;
        let allocated = measure(|| {
            let mut imp = owned.begin(plan);
            while let Some(Outcome::Finished(_)) = next::<Portable>(&mut imp, &parts.lend()) {
                levels += 1;
            }
            let structure = Structure::of(NET, &TASKS, imp.mask(), &mut memory);
            core::hint::black_box(structure.verdict());
        });
        assert_eq!(levels, plan.trajectory.levels() + 1, "every level was measured");
        assert_eq!(allocated.count_total, 0, "{plan:?}");
    }
}

#[test]
fn an_allocation_would_be_counted() {
    let allocated = measure(|| drop(core::hint::black_box(vec![1])));
    assert_eq!(allocated.count_total, 1);
}
