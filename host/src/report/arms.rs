//! Gathers every arm at the level that validation singles out for `imp`, and compares it with `imp` seed by seed.

use itertools::Itertools;
use serde::{Serialize, Serializer};

use super::beside::{ArmShares, arm_cells, arm_columns};
use super::difference::{Difference, correct};
use super::findings::{Findings, LevelFindings, at, levels};
use super::table::Table;
use crate::arm::{Arm, KINDS};
use crate::results::{ArmResult, End, Replicate, Row};
use crate::text::{counted, listed};
use crate::ticket::TaskPorts;

/// An arm at the level that validation singles out for `imp`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ArmFindings {
    /// Its name.
    pub arm: String,
    /// What its seeds came to.
    #[serde(flatten)]
    pub shares: ArmShares,
    /// Whether seeds reveal the truth (of tasks by themselves: are separated) and are solved on the test part, less the same of `imp`; none of `imp` itself.
    #[serde(flatten, serialize_with = "less_imp")]
    pub against_imp: Option<Difference>,
    /// The arm level by level; empty for `imp`, whose levels stand elsewhere.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<LevelFindings>,
    /// Its seeds that could not be finished.
    pub not_finite: Vec<NotFinite>,
    /// What is to be said with its result.
    #[serde(skip)]
    pub note: Option<&'static str>,
}

/// A seed that an arm could not finish.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NotFinite {
    /// The seed.
    pub seed: u64,
    /// The level that was trained.
    pub level: u32,
    /// The epoch, from 0.
    pub epoch: u32,
    /// The same in words, with a remedy.
    pub reason: String,
}

impl NotFinite {
    /// Of an arm of a seed, if its training is the reason why it is not finished.
    pub(crate) fn of(seed: u64, result: &ArmResult) -> Option<Self> {
        let End::NotFinite { level, epoch } = result.end else {
            return None;
        };
        Some(Self {
            seed,
            level,
            epoch,
            reason: result.failure()?,
        })
    }
}

/// The difference by the keys that `summary.json` has.
#[expect(clippy::ref_option, reason = "serde hands a field over by reference")]
fn less_imp<S: Serializer>(difference: &Option<Difference>, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct LessImp {
        pairs: usize,
        only_imp: usize,
        only_arm: usize,
        difference: Option<f64>,
        p: Option<f64>,
        p_holm: Option<f64>,
    }
    let less_imp = difference.map(|found| LessImp {
        pairs: found.pairs,
        only_imp: found.only_there,
        only_arm: found.only_here,
        difference: found.difference,
        p: found.p,
        p_holm: found.p_holm,
    });
    less_imp.serialize(serializer)
}

/// Every arm at the level that is singled out, in order, `imp` first; of no seeds where `imp` has no level.
pub(super) fn arms(
    tasks: &[TaskPorts],
    arms: &[Arm],
    replicates: &[Replicate],
    findings: &Findings,
) -> Vec<ArmFindings> {
    let level = findings.singled_out().map(|level| level.level);
    let solves = findings.solves;
    let rows_at = |arm: &Arm| {
        let seeds = replicates.iter().filter_map(|seed| rows_of(seed, arm.name()));
        seeds.filter_map(|rows| at(rows, level?)).collect_vec()
    };
    let imp = solves.holds(&rows_at(&Arm::imp()));
    let of_arm = |arm: &Arm| {
        let rows = rows_at(arm);
        let (against_imp, levels) = if arm.is_imp() {
            (None, vec![])
        } else {
            let seeds = replicates.iter().filter_map(|seed| rows_of(seed, arm.name()));
            (
                Some(Difference::paired(&solves.holds(&rows), &imp)),
                levels(tasks, &seeds.collect_vec(), solves),
            )
        };
        ArmFindings {
            arm: arm.name().to_owned(),
            shares: ArmShares::of(&rows, solves),
            against_imp,
            levels,
            not_finite: not_finite(arm, replicates),
            note: KINDS
                .iter()
                .find(|kind| kind.number == arm.number())
                .and_then(|kind| kind.note),
        }
    };
    let mut found = arms.iter().map(of_arm).collect_vec();
    correct(found.iter_mut().filter_map(|arm| arm.against_imp.as_mut()));
    found
}

/// The seeds that an arm could not finish.
fn not_finite(arm: &Arm, replicates: &[Replicate]) -> Vec<NotFinite> {
    let of_seed = |seed: &Replicate| {
        let found = seed.arms.iter().find(|found| found.arm.name() == arm.name());
        NotFinite::of(seed.seed, found?)
    };
    replicates.iter().filter_map(of_seed).collect()
}

/// The levels of one arm of a seed, where it ran.
pub(super) fn rows_of<'a>(seed: &'a Replicate, arm: &str) -> Option<&'a [Row]> {
    let found = seed.arms.iter().find(|found| found.arm.name() == arm);
    found.map(|found| &*found.rows)
}

/// The table of the arms; none where there is but `imp`, or no level of it.
pub fn arms_table(arms: &[ArmFindings], is_dialed: bool) -> Option<Table> {
    let cells = |arm: &ArmFindings| arm_cells(&arm.arm, &arm.shares, arm.against_imp.as_ref(), is_dialed);
    let is_shown = 1 < arms.len() && 0 < arms[0].shares.both.of;
    is_shown.then(|| Table {
        header: arm_columns(is_dialed).into_iter().map(str::to_owned).collect(),
        rows: arms.iter().map(cells).collect(),
        footer: None,
    })
}

/// What the arms say beside `imp`, as sentences; none where there is but `imp`.
pub(super) fn controls(arms: &[ArmFindings], findings: &Findings) -> Vec<String> {
    let others = arms.iter().filter_map(|arm| Some((arm, arm.against_imp?)));
    let others = others.filter(|(arm, _)| 0 < arm.shares.both.of).collect_vec();
    // Where imp itself reveals the truth and is solved in no seed, there is nothing to do without.
    let (Some(level), false) = (findings.best_level(), others.is_empty()) else {
        return vec![];
    };
    let (none, some): (Vec<_>, Vec<_>) = others
        .into_iter()
        .partition(|(arm, _)| arm.shares.reveals.count == 0);
    let [no_seed, fewer, more] = if findings.is_dialed {
        [
            "No seed reveals the truth",
            "Fewer seeds than with imp reveal it and are solved",
            "More seeds than with imp reveal it and are solved",
        ]
    } else {
        [
            "No seed separates",
            "Fewer seeds than with imp are separated and solved",
            "More seeds than with imp are separated and solved",
        ]
    };
    let tested = |start, holds: fn(&Difference) -> bool| {
        let of_kind = some.iter().filter(|(_, test)| holds(test));
        let counts = of_kind.map(|(arm, _)| {
            format!(
                "{} ({} of {})",
                arm.arm, arm.shares.reveals_and_solved.count, arm.shares.both.of
            )
        });
        (start, counts.collect_vec(), "and")
    };
    let parts = [
        (
            no_seed,
            none.iter().map(|(arm, _)| arm.arm.clone()).collect_vec(),
            "or",
        ),
        tested(fewer, |test| {
            test.is_told_apart() && test.only_here < test.only_there
        }),
        tested(more, |test| {
            test.is_told_apart() && test.only_there < test.only_here
        }),
        tested("Not shown to differ from imp", |test| !test.is_told_apart()),
    ];
    let parts = parts.into_iter().filter(|(_, names, _)| !names.is_empty());
    let mut sentences = parts
        .enumerate()
        .map(|(index, (start, names, word))| {
            let place = match index {
                0 => format!("at {}", counted(level.weights_left, "weight")),
                _ => "there".to_owned(),
            };
            let joint = if start.starts_with("Not shown") {
                ":"
            } else {
                " with"
            };
            format!("{start} {place}{joint} {}", listed(&names, word))
        })
        .collect_vec();
    sentences.extend(arms.iter().filter_map(|arm| arm.note).map(str::to_owned));
    sentences
}

#[cfg(test)]
mod tests {
    use tombola::Verdict::{Degraded, Interconnected, Separated};

    use super::{Difference, arms, arms_table, controls};
    use crate::report::Findings;
    use crate::report::testing::{Level, SOLVES, arm, replicate, tasks};

    const JOINED: Level = Level::of(Interconnected, [0.99, 0.99]);
    const GOOD: Level = Level::of(Separated, [0.99, 0.99]);
    const LOST: Level = Level::of(Degraded, [0.7, 0.99]);

    #[test]
    fn arms_are_held_against_imp_seed_by_seed() {
        // Ten seeds of imp are good; with random none is, with late nine, and one that imp does not have.
        let replicates: Vec<_> = (0..11)
            .map(|seed| {
                let imp = [JOINED, if seed < 10 { GOOD } else { LOST }];
                let late = [JOINED, if 0 < seed { GOOD } else { LOST }];
                replicate(
                    seed,
                    &[("imp", &imp), ("late", &late), ("random", &[JOINED, LOST])],
                )
            })
            .collect();
        let findings = Findings::new(&tasks(), &replicates, SOLVES);
        let found = arms(
            &tasks(),
            &["imp", "late", "random"].map(arm),
            &replicates,
            &findings,
        );
        let tests: Vec<_> = found.iter().map(|arm| arm.against_imp).collect();
        assert_eq!(tests[0], None);
        assert_eq!(
            tests[1],
            Some(Difference {
                pairs: 11,
                only_here: 1,
                only_there: 1,
                difference: Some(0.0),
                p: Some(1.0),
                p_holm: Some(1.0),
            })
        );
        let random = tests[2].unwrap();
        assert_eq!((random.only_there, random.only_here), (10, 0));
        // Two of the 2¹⁰ outcomes, times two tests.
        let (p, p_holm) = (random.p.unwrap(), random.p_holm.unwrap());
        assert!((p_holm / p - 2.0).abs() < 1e-15);
        assert!((p * 512.0 - 1.0).abs() < 1e-13);
        assert_eq!((found[1].shares.both.count, found[2].shares.both.count), (10, 0));
        assert_eq!(
            arms_table(&found, false).unwrap().rows[2],
            [
                "random",
                "0 %",
                "0 %",
                "0 %",
                "0 %",
                "0 % (0–26)",
                "−90.9",
                "0.004"
            ]
        );
        assert_eq!(
            controls(&found, &findings),
            [
                "No seed separates at 20 weights with random",
                "Not shown to differ from imp there: late (10 of 11)",
            ]
        );
    }

    #[test]
    fn an_arm_without_that_level_is_no_test_and_its_failure_is_told() {
        let late = [JOINED, LOST];
        let seeds: Vec<_> = (0..6)
            .map(|seed| {
                replicate(
                    seed,
                    &[("imp", &[JOINED, GOOD]), ("late", &late), ("random", &[JOINED])],
                )
            })
            .collect();
        let findings = Findings::new(&tasks(), &seeds, SOLVES);
        let found = arms(&tasks(), &["imp", "late", "random"].map(arm), &seeds, &findings);
        let [late, random] = [1, 2].map(|index| found[index].against_imp.unwrap());
        assert_eq!(
            (random.pairs, random.difference, random.p, random.p_holm),
            (0, None, None, None)
        );
        // One test is corrected for one.
        assert!((late.p.unwrap() * 32.0 - 1.0).abs() < 1e-13);
        assert_eq!(late.p_holm, late.p);
        assert_eq!(
            arms_table(&found, false).unwrap().rows[2],
            ["random", "", "", "", "", "", "", ""]
        );
        assert_eq!(
            controls(&found, &findings),
            ["No seed separates at 20 weights with late"]
        );
        let failed = &found[2].not_finite;
        assert_eq!(
            (failed.len(), failed[5].seed, failed[5].level, failed[5].epoch),
            (6, 5, 1, 0)
        );
        assert!(
            failed[0].reason.contains("not finite at level 1"),
            "{}",
            failed[0].reason
        );
        let json = serde_json::to_value(&found).unwrap();
        assert_eq!(json[1]["only_imp"], 6);
        assert_eq!(json[2]["p"], serde_json::Value::Null);
        assert_eq!(json[0].get("pairs"), None);
        assert_eq!(json[2]["not_finite"][0]["seed"], 0);
    }
}
