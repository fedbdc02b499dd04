//! What is found of every arm at the level that validation singles out for `imp`, beside `imp` in the same seeds.

use itertools::{Itertools, chain};
use serde::Serialize;

use super::findings::{Criterion, Findings, LevelFindings, Share, at, levels};
use super::table::{Table, interval};
use crate::arm::Arm;
use crate::results::{Replicate, Row};
use crate::statistics::{holm, mcnemar};
use crate::text::listed;
use crate::ticket::TaskPorts;

/// An arm at the level that validation singles out for `imp`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ArmFindings {
    /// Its name.
    pub arm: String,
    /// No subnetwork touches two tasks.
    pub independent: Share,
    /// Independent, and no task is lost whole.
    pub side_by_side: Share,
    /// Independent, and no input or output is lost.
    pub separated: Share,
    /// Every task solved on the test part.
    pub solved: Share,
    /// Separated and solved on the test part.
    pub both: Share,
    /// Beside `imp`; none of `imp` itself.
    #[serde(flatten)]
    pub against_imp: Option<AgainstImp>,
    /// The arm level by level; empty for `imp`, whose levels stand elsewhere.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<LevelFindings>,
}

/// Whether seeds are separated and solved on the test part: an arm beside `imp`, over the seeds that have both.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct AgainstImp {
    /// Seeds that have this level in both arms.
    pub pairs: usize,
    /// Those of which it holds in `imp` only.
    pub only_imp: usize,
    /// Those of which it holds in the arm only.
    pub only_arm: usize,
    /// Share of the pairs in the arm less that in `imp`; none without pairs.
    pub difference: Option<f64>,
    /// Exact McNemar test.
    pub p: f64,
    /// Corrected over all arms (Holm).
    pub p_holm: f64,
}

impl AgainstImp {
    /// Whether the test tells the arm from `imp`.
    fn is_told_apart(&self) -> bool {
        self.p_holm < LEVEL_OF_TESTS
    }
}

/// A corrected p value below it tells an arm from `imp`.
const LEVEL_OF_TESTS: f64 = 0.05;

/// Every arm at the level that is singled out, in order, `imp` first. Nothing where no level is finished.
pub(super) fn arms(
    tasks: &[TaskPorts],
    arms: &[Arm],
    replicates: &[Replicate],
    findings: &Findings,
) -> Vec<ArmFindings> {
    let Some(level) = findings.singled_out().map(|level| level.level) else {
        return vec![];
    };
    let solves = Criterion {
        solved_from: findings.solved_from,
    };
    let mut found: Vec<ArmFindings> = arms
        .iter()
        .map(|arm| {
            let seeds = replicates.iter().filter_map(|seed| rows_of(seed, arm.name()));
            let seeds = seeds.collect_vec();
            let rows = seeds.iter().filter_map(|rows| at(rows, level)).collect_vec();
            ArmFindings {
                arm: arm.name().to_owned(),
                independent: Share::among(&rows, |row| row.independent),
                side_by_side: Share::among(&rows, Row::is_side_by_side),
                separated: Share::among(&rows, Row::is_separated),
                solved: Share::among(&rows, |row| solves.solved(row)),
                both: Share::among(&rows, |row| solves.both(row)),
                against_imp: (!arm.is_imp()).then(|| against_imp(arm.name(), replicates, level, solves)),
                levels: if arm.is_imp() {
                    vec![]
                } else {
                    levels(tasks, &seeds, solves)
                },
            }
        })
        .collect();
    let tests = || found.iter().filter_map(|arm| arm.against_imp);
    let corrected = holm(&tests().map(|test| test.p).collect_vec());
    let tests = found.iter_mut().filter_map(|arm| arm.against_imp.as_mut());
    tests
        .zip(corrected)
        .for_each(|(test, p_holm)| test.p_holm = p_holm);
    found
}

/// The levels of one arm of a seed, where it ran.
pub(super) fn rows_of<'a>(seed: &'a Replicate, arm: &str) -> Option<&'a [Row]> {
    let found = seed.arms.iter().find(|found| found.arm.name() == arm);
    found.map(|found| &*found.rows)
}

fn against_imp(arm: &str, replicates: &[Replicate], level: u32, solves: Criterion) -> AgainstImp {
    let pairs = replicates.iter().filter_map(|seed| {
        let imp = at(&seed.imp().rows, level)?;
        let other = at(rows_of(seed, arm)?, level)?;
        Some((solves.both(imp), solves.both(other)))
    });
    let counts = pairs.counts();
    let count = |imp, other| counts.get(&(imp, other)).copied().unwrap_or(0);
    let (only_imp, only_arm) = (count(true, false), count(false, true));
    let pairs = counts.values().sum();
    let p = mcnemar(only_imp, only_arm);
    AgainstImp {
        pairs,
        only_imp,
        only_arm,
        difference: (0 < pairs).then(|| (only_arm as f64 - only_imp as f64) / pairs as f64),
        p,
        p_holm: p,
    }
}

/// The table of the arms; none where there is but `imp`.
pub fn arms_table(arms: &[ArmFindings]) -> Option<Table> {
    if arms.len() < 2 {
        return None;
    }
    let header = ["arm", "side by side", "separated", "solved", "both", "− imp", "p"];
    let rows = arms.iter().map(|arm| {
        let [difference, p] = arm.against_imp.map_or_else(Default::default, |test| {
            [
                test.difference.map(points).unwrap_or_default(),
                p_value(test.p_holm),
            ]
        });
        let shares = [&arm.side_by_side, &arm.separated, &arm.solved, &arm.both];
        let shares = shares.map(|share| match share.of {
            0 => String::new(),
            _ => interval(share),
        });
        chain!([arm.arm.clone()], shares, [difference, p]).collect()
    });
    Some(Table {
        header: header.map(str::to_owned).to_vec(),
        rows: rows.collect(),
    })
}

/// What the table of the arms shows, where there is one.
pub fn arms_legend(findings: &Findings) -> String {
    let weights = findings.singled_out().map_or(0, |level| level.weights_left);
    format!(
        "The arms at {weights} weights, the level that validation singles out for imp. side by side: independent, and every \
         task has a path from its inputs to its outputs (a ticket that lost a whole task is independent, too); − imp: \
         percentage points of both, seed by seed; p: exact McNemar test of that, corrected over the arms (Holm)."
    )
}

/// What the arms say beside `imp`, as sentences; none where there is but `imp`.
pub(super) fn controls(arms: &[ArmFindings], findings: &Findings) -> Vec<String> {
    let others = arms.iter().filter_map(|arm| Some((arm, arm.against_imp?)));
    let others = others.filter(|(arm, _)| 0 < arm.both.of).collect_vec();
    let (Some(level), false) = (findings.singled_out(), others.is_empty()) else {
        return vec![];
    };
    let (none, some): (Vec<_>, Vec<_>) = others.into_iter().partition(|(arm, _)| arm.separated.count == 0);
    let tested = |start, holds: fn(&AgainstImp) -> bool| {
        let of_kind = some.iter().filter(|(_, test)| holds(test));
        let counts = of_kind.map(|(arm, _)| format!("{} ({} of {})", arm.arm, arm.both.count, arm.both.of));
        (start, counts.collect_vec(), "and")
    };
    let parts = [
        (
            "No seed separates",
            none.iter().map(|(arm, _)| arm.arm.clone()).collect_vec(),
            "or",
        ),
        tested("Fewer seeds than with imp are separated and solved", |test| {
            test.is_told_apart() && test.only_arm < test.only_imp
        }),
        tested("More seeds than with imp are separated and solved", |test| {
            test.is_told_apart() && test.only_imp < test.only_arm
        }),
        tested("No difference from imp is found", |test| !test.is_told_apart()),
    ];
    let parts = parts.into_iter().filter(|(_, names, _)| !names.is_empty());
    let mut sentences = parts
        .enumerate()
        .map(|(index, (start, names, word))| {
            let place = match index {
                0 => format!("at {} weights", level.weights_left),
                _ => "there".to_owned(),
            };
            format!("{start} {place} with {}", listed(&names, word))
        })
        .collect_vec();
    if arms.iter().any(|arm| arm.arm == "no-rewind") {
        let known = "The rate being constant, no-rewind is learning-rate rewinding";
        sentences.push(known.to_owned());
    }
    sentences
}

/// `+1.6`, `−12.5`, `0.0`: a difference of shares, in percentage points.
pub fn points(difference: f64) -> String {
    let points = format!("{:+.1}", 100.0 * difference);
    match points.as_str() {
        "+0.0" | "-0.0" => "0.0".to_owned(),
        points => points.replace('-', "−"),
    }
}

/// A p value, to three digits behind the point.
pub fn p_value(p: f64) -> String {
    if p < 0.001 {
        "< 0.001".to_owned()
    } else {
        format!("{p:.3}")
    }
}

#[cfg(test)]
mod tests {
    use tombola::Verdict::{Degraded, Interconnected, Separated};

    use super::{AgainstImp, arms, arms_table, controls, points};
    use crate::report::Findings;
    use crate::report::testing::{Level, arm, replicate, tasks};

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
        let findings = Findings::new(&tasks(), &replicates, 0.97);
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
            Some(AgainstImp {
                pairs: 11,
                only_imp: 1,
                only_arm: 1,
                difference: Some(0.0),
                p: 1.0,
                p_holm: 1.0,
            })
        );
        let random = tests[2].unwrap();
        assert_eq!((random.only_imp, random.only_arm), (10, 0));
        // Two of the 2¹⁰ outcomes, times two tests.
        assert!((random.p_holm / random.p - 2.0).abs() < 1e-15);
        assert!((random.p * 512.0 - 1.0).abs() < 1e-13);
        assert_eq!((found[1].both.count, found[2].both.count), (10, 0));
        assert_eq!(arms_table(&found).unwrap().rows[2][5..], ["−90.9", "0.004"]);
        assert_eq!(
            controls(&found, &findings),
            [
                "No seed separates at 20 weights with random",
                "No difference from imp is found there with late (10 of 11)",
            ]
        );
    }

    #[test]
    fn an_arm_without_that_level_has_no_difference() {
        let seed = replicate(0, &[("imp", &[JOINED, GOOD]), ("random", &[JOINED])]);
        let findings = Findings::new(&tasks(), std::slice::from_ref(&seed), 0.97);
        let found = arms(&tasks(), &["imp", "random"].map(arm), &[seed], &findings);
        let random = found[1].against_imp.unwrap();
        assert_eq!((random.pairs, random.difference, random.p_holm), (0, None, 1.0));
        assert_eq!(controls(&found, &findings), [""; 0]);
    }

    #[test]
    fn differences_have_a_sign_where_there_is_one() {
        assert_eq!(
            [0.0156, -0.5, 0.0, -1e-9].map(points),
            ["+1.6", "−50.0", "0.0", "0.0"]
        );
    }
}
