use std::num::NonZeroU64;

use itertools::Itertools;
use tombola::Verdict;

use super::{Comparison, Run, compare};
use crate::data::Majority;
use crate::error::refused;
use crate::experiment::SeedRule;
use crate::report::{Criterion, Difference, NotFinite};
use crate::results::Recorded;
use crate::statistics::mcnemar;

const SIZES: [usize; 3] = [40, 20, 10];

/// Rows of an arm: a word for each level, a letter for each seed from `first`. `B` is separated and solved on both parts;
/// `v` separated and solved on the validation part only; `t` on the test part only; `s` separated; `o` solved on both; `-`
/// nothing; a space stands for no row.
fn rows(arm: &str, first: u64, levels: [&str; 3]) -> Vec<Recorded> {
    let row = |(level, (seed, letter)): (usize, (u64, char))| {
        let good = |letters: &str| if letters.contains(letter) { 0.98 } else { 0.5 };
        let is_separated = "Bvts".contains(letter);
        Recorded {
            seed,
            arm: arm.to_owned(),
            level: level as u32,
            weights_left: SIZES[level],
            verdict: if is_separated {
                Verdict::Separated
            } else {
                Verdict::Interconnected
            },
            independent: is_separated,
            side_by_side: Some(is_separated),
            accuracy: vec![0.99, good("Bto")],
            validation_accuracy: Some(vec![0.99, good("Bvo")]),
            majority: Some(Majority {
                validation: vec![0.5; 2],
                test: vec![0.5; 2],
            }),
            reveals: None,
            params_digest: None,
        }
    };
    let levels = levels.into_iter().enumerate();
    let cells =
        levels.flat_map(|(level, letters)| (first..).zip(letters.chars()).map(move |cell| (level, cell)));
    cells.filter(|(_, (_, letter))| *letter != ' ').map(row).collect()
}

fn run<'a>(place: &'a str, tasks: &'a [&'a str], rows: &'a [Recorded]) -> Run<'a> {
    Run {
        place,
        cell: None,
        is_dialed: false,
        not_finite: &[],
        name: "small",
        digest: "0123",
        tasks,
        solves: Criterion {
            stops_on_test: false,
            solved_from: 0.97,
            samples: Some([100; 2]),
        },
        seeds: [SeedRule::Own; 3],
        rows,
        remedy: "measure again",
    }
}

const TASKS: &[&str] = &["moons", "circles"];

/// The seeds, differences and p values of a comparison.
fn told(difference: Option<&Difference>) -> (usize, usize, usize, Option<f64>, Option<f64>) {
    let found = difference.expect("a difference");
    let Difference {
        pairs,
        only_here,
        only_there,
        difference,
        p,
        ..
    } = *found;
    (pairs, only_here, only_there, difference, p)
}

#[test]
fn the_level_is_singled_out_by_validation_and_counted_on_the_test_part() {
    // On the test part, most are at level 1; on the validation part, at level 2 as many as at level 1.
    let rows = rows("imp", 0, ["o-oo", "Btt-", "vs-o"]);
    let Comparison { runs } = compare(&[run("a", TASKS, &rows)]).unwrap();
    let [found] = &runs[..] else { panic!("one run") };
    assert_eq!(
        (found.level, found.weights_left, found.seeds),
        (Some(2), Some(10), 4)
    );
    let validated = found.validated.unwrap();
    assert_eq!((validated.count, validated.of), (1, 4));
    let [imp] = &found.arms[..] else { panic!("one arm") };
    assert_eq!(
        (
            imp.shares.independent.count,
            imp.shares.solved.count,
            imp.shares.both.count
        ),
        (2, 1, 0)
    );
    assert_eq!(
        (
            imp.shares.both.of,
            imp.against_imp.as_ref(),
            imp.against_first.as_ref()
        ),
        (4, None, None)
    );
}

#[test]
fn arms_are_paired_with_imp_over_the_seeds_that_have_both_rows() {
    let imp = rows("imp", 0, ["oooooo", "BBBBB-", "----- "]);
    let few = rows("few", 0, ["oooooo", "B----B", "------"]);
    let lost = rows("lost", 0, ["oooooo", "B-    ", "      "]);
    let rows = [imp, few, lost].concat();
    let Comparison { runs } = compare(&[run("a", TASKS, &rows)]).unwrap();
    let [imp, few, lost] = &runs[0].arms[..] else {
        panic!("three arms")
    };
    assert_eq!(
        (
            runs[0].level,
            imp.shares.both.count,
            few.shares.both.count,
            lost.shares.both.count
        ),
        (Some(1), 5, 2, 1)
    );
    assert_eq!([imp, few, lost].map(|arm| arm.shares.both.of), [6, 6, 2]);
    assert_eq!(
        told(few.against_imp.as_ref()),
        (6, 1, 4, Some(-0.5), Some(mcnemar(1, 4)))
    );
    assert_eq!(told(lost.against_imp.as_ref()), (2, 0, 1, Some(-0.5), Some(1.0)));
    // Of two tests, the p value of the more certain one counts twice.
    let adjusted = [few, lost].map(|arm| arm.against_imp.as_ref().and_then(|found| found.p_holm));
    assert_eq!(adjusted, [Some(2.0 * mcnemar(1, 4)), Some(1.0)]);
}

#[test]
fn runs_are_paired_on_the_seeds_that_both_have() {
    let first = [
        rows("imp", 0, ["oooo", "BBBB", "----"]),
        rows("few", 0, ["oooo", "BB--", "----"]),
    ]
    .concat();
    let more = [
        rows("imp", 2, ["oooo", "B-BB", "BBBB"]),
        rows("new", 2, ["oooo", "BB--", "----"]),
    ]
    .concat();
    let other = rows("imp", 9, ["oo", "B-", "--"]);
    let runs = [
        run("a", TASKS, &first),
        run("b", TASKS, &more),
        run("c", TASKS, &other),
    ];
    let Comparison { runs } = compare(&runs).unwrap();
    let at = runs
        .iter()
        .map(|run| (run.weights_left, run.compared_at, run.pairs))
        .collect_vec();
    assert_eq!(
        at,
        [
            (Some(20), None, None),
            (Some(10), Some(20), Some(2)),
            (Some(20), Some(20), Some(0))
        ]
    );
    let imp = |run: usize| runs[run].arms[0].against_first.as_ref();
    assert_eq!(told(imp(1)), (2, 0, 1, Some(-0.5), Some(1.0)));
    assert_eq!(told(imp(2)), (0, 0, 0, Some(-0.5), None));
    assert_eq!((imp(0), runs[1].arms[1].against_first.as_ref()), (None, None));
}

#[test]
fn the_nearest_size_that_both_have_is_compared() {
    let first = rows("imp", 0, ["ooo", "BB-", "BBB"]);
    let mut other = rows("imp", 0, ["ooo", "BBB", "---"]);
    for row in &mut other {
        row.weights_left += usize::from(row.level == 2);
    }
    let Comparison { runs } = compare(&[run("a", TASKS, &first), run("b", TASKS, &other)]).unwrap();
    assert_eq!((runs[0].weights_left, runs[1].compared_at), (Some(10), Some(20)));
    assert_eq!(runs[1].first_at, Some(20));
    assert_eq!(
        told(runs[1].arms[0].against_first.as_ref()),
        (3, 1, 0, Some(1.0 / 3.0), Some(1.0))
    );
}

#[test]
fn networks_without_a_common_size_are_compared_where_validation_singles_out_a_level_of_each() {
    let first = rows("imp", 0, ["oooo", "BB--", "----"]);
    let mut other = rows("imp", 0, ["oooo", "----", "BBBo"]);
    for row in other.iter_mut().filter(|row| 0 < row.level) {
        row.weights_left += 1;
    }
    let Comparison { runs } = compare(&[run("a", TASKS, &first), run("b", TASKS, &other)]).unwrap();
    assert_eq!(
        (runs[1].compared_at, runs[1].first_at, runs[1].pairs),
        (Some(11), Some(20), Some(0))
    );
    assert_eq!(
        told(runs[1].arms[0].against_first.as_ref()),
        (0, 0, 0, Some(0.25), None)
    );
}

/// A cell that diverges, or has other tasks, is a result, and the others are compared all the same.
#[test]
fn a_run_without_levels_and_a_cell_with_other_tasks_do_not_keep_others_from_being_compared() {
    let rows = rows("imp", 0, ["oooo", "BBB-", "----"]);
    let not_finite = [NotFinite {
        seed: 0,
        level: 0,
        epoch: 3,
        reason: "because".to_owned(),
    }];
    let fine = run("a", TASKS, &rows);
    let lost = Run {
        not_finite: &not_finite,
        ..run("lost", TASKS, &[])
    };
    let xor = Run {
        cell: Some("xor"),
        ..run("xor", &["moons", "xor"], &rows)
    };
    let Comparison { runs } = compare(&[fine, lost, xor, fine]).unwrap();
    assert_eq!(runs[1].not_finite, not_finite);
    assert_eq!(
        (runs[1].level, runs[1].weights_left, runs[1].seeds),
        (None, None, 0)
    );
    let arms = runs.iter().map(|run| (run.arms.len(), run.compared_at));
    assert_eq!(
        arms.collect_vec(),
        [(1, None), (1, None), (1, None), (1, Some(20))]
    );
    assert_eq!(runs[1].arms[0].shares.both.of, 0);
    assert_eq!(runs[2].arms[0].shares.both.count, 3);
    let Comparison { runs } = compare(&[lost, fine]).unwrap();
    assert_eq!(
        (runs[1].compared_at, runs[1].arms[0].shares.both.count),
        (None, 3)
    );
}

#[test]
fn runs_that_cannot_be_compared_are_refused() {
    let first = rows("imp", 0, ["o", "B", "-"]);
    let a = run("runs/a", TASKS, &first);
    let xor = run("runs/b", &["moons", "xor"], &first);
    let fragments = [
        "runs/b: its tasks are moons and xor",
        "runs/a are moons and circles",
        "name runs of the same tasks",
    ];
    refused(compare(&[a, xor]), &fragments);

    let mut old = first.clone();
    old[1].validation_accuracy = None;
    refused(
        compare(&[run("runs/old", TASKS, &old)]),
        &["runs/old: the accuracy on the validation part", "measure again"],
    );
    let random = rows("random", 0, ["o", "B", "-"]);
    refused(
        compare(&[run("runs/c", TASKS, &random)]),
        &["runs/c: there are no rows of imp", "measure again"],
    );
}

#[test]
fn seeds_are_paired_only_where_data_weights_and_order_are_the_same() {
    let rows = rows("imp", 0, ["oooo", "BBB-", "----"]);
    let one = run("one", TASKS, &rows);
    let mut other = run("other", TASKS, &rows);
    let pairs = |other: &Run<'_>| compare(&[one, *other]).unwrap().runs[1].pairs;
    assert_eq!(pairs(&other), Some(4));
    // Seeds 0 and 1 have the data of their own number all the same.
    other.seeds[0] = SeedRule::Part {
        divide: NonZeroU64::MIN,
        modulo: NonZeroU64::new(2),
    };
    assert_eq!(pairs(&other), Some(2));
    other.seeds[2] = SeedRule::Fixed(9);
    assert_eq!(pairs(&other), Some(0));
}

#[test]
fn a_constant_answer_is_not_solved_where_the_rows_say_so_and_is_where_they_do_not() {
    let mut rows = rows("imp", 0, ["oooo", "BBB-", "----"]);
    for row in &mut rows {
        // What is good is what a constant answer makes of circles.
        row.majority = Some(Majority {
            validation: vec![0.5, 0.98],
            test: vec![0.5, 0.98],
        });
    }
    let solved = |rows: &[Recorded]| {
        let Comparison { runs } = compare(&[run("a", TASKS, rows)]).unwrap();
        let [found] = &runs[..] else { panic!("one run") };
        (
            found.majority_known,
            found.validated.unwrap().count,
            found.arms[0].shares.solved.count,
        )
    };
    assert_eq!(solved(&rows), (true, 0, 0));
    // One that does not say it is enough: the same rule holds for all rows.
    rows[0].majority = None;
    assert_eq!(solved(&rows), (false, 3, 3));
}
