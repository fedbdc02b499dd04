//! Says the answer in words: will there be independent networks, from how many weights on, how often, and how good.

use itertools::{Itertools, chain};

use super::evidence::Evidence;
use super::findings::{Findings, LevelFindings, MajorityFindings, Share};
use crate::text::counted;
use crate::ticket::TaskPorts;

/// What is said of runs whose training looked at the test part.
pub const STOPS_ON_TEST: &str = "Training stopped by the loss on the test part (training.stop_on), so accuracies there are \
                                 too good, and so is what is said of solved tasks";

/// The question; its answer, which says what the other arms say; and what tests say of `imp`, which may be nothing.
pub fn answer(tasks: &[TaskPorts], findings: &Findings, evidence: &Evidence) -> [String; 3] {
    let [question, answer] = question_and_answer(tasks, findings);
    let ended = |sentences: Vec<String>| sentences.into_iter().map(|sentence| sentence + ".");
    let controls = ended(evidence.controls(findings));
    let further = ended(evidence.of_imp(findings, tasks)).join(" ");
    [question, chain!([answer], controls).join(" "), further]
}

/// What makes a ticket degraded once it is lost: all tasks of images may lose inputs.
pub(crate) fn losable(tasks: &[TaskPorts]) -> &'static str {
    if tasks.iter().all(|task| task.spare_inputs) {
        "output"
    } else {
        "input or output"
    }
}

/// The question, and the answer to it.
fn question_and_answer(tasks: &[TaskPorts], findings: &Findings) -> [String; 2] {
    let lost = losable(tasks);
    let (question, separated) = match tasks.len() {
        _ if findings.is_dialed => (
            "Will the ticket show which outputs depend on which inputs?".to_owned(),
            "a ticket whose paths are exactly those of the truth".to_owned(),
        ),
        1 => (
            "Will the ticket keep all of its task?".to_owned(),
            format!("a ticket that loses no {lost}"),
        ),
        count => {
            let networks = format!("{} independent networks", number_word(count));
            let separated = format!("a ticket that falls apart into {networks} and loses no {lost}");
            (format!("Will there be {networks}?"), separated)
        }
    };
    let Some(last) = findings.levels.last() else {
        let unknown = "Unknown: no level of any seed could be finished.";
        return [question, unknown.to_owned()];
    };
    let mut sentences = vec![match findings.first_revealing {
        None => format!(
            "No: down to {}, none of {} has {separated}",
            counted(last.weights_left, "weight"),
            counted(findings.ever_reveals.of, "seed")
        ),
        Some(_) => format!("{}: {}", verdict(findings), ever(findings, &separated)),
    }];
    sentences.extend(higher_thresholds(findings));
    if let Some(first) = findings.first_revealing {
        sentences.push(format!(
            "The earliest has {}; half of these seeds have one by {}",
            counted(first.earliest, "weight"),
            first.median
        ));
        sentences.push(match findings.best_level() {
            Some(best) => best_level(best, findings.is_dialed),
            None => never_solved(&findings.never_solved, findings.is_dialed),
        });
    }
    if findings.is_dialed {
        let ever = &findings.ever_separated;
        sentences.push(match ever.count {
            0 => "No ticket is separated, which would hide what its tasks have to do with each other"
                .to_owned(),
            count => format!(
                "{} {} one that is separated, which hides what its tasks have to do with each other",
                seeds(ever),
                have(count)
            ),
        });
    }
    if let Some(dense) = findings.levels.first().filter(|dense| dense.solved.share < 0.5) {
        let share = match dense.solved.count {
            0 => format!("none of {}", counted(dense.solved.of, "seed")),
            _ => format!("only {}", seeds(&dense.solved)),
        };
        sentences.push(format!(
            "The dense network solves every task in {share}: it may need more epochs or another rate"
        ));
    }
    if findings.solves.stops_on_test {
        sentences.push(STOPS_ON_TEST.to_owned());
    }
    if findings.is_uneven() {
        let (lost, of) = (findings.unfinished, counted(findings.ever_separated.of, "seed"));
        let count = if lost == 1 { "counts" } else { "count" };
        sentences.push(format!(
            "{lost} of {of} could not be finished, and {count} only at the levels before"
        ));
    }
    [question, sentences.join(". ") + "."]
}

fn verdict(findings: &Findings) -> &'static str {
    match findings.ever_reveals_and_solved.share {
        share if 0.5 < share => "Yes",
        share if 0.0 < share => "Sometimes",
        _ => "Not while every task is solved",
    }
}

fn ever(findings: &Findings, separated: &str) -> String {
    let (ever, both) = (&findings.ever_reveals, &findings.ever_reveals_and_solved);
    format!(
        "{} {} {separated}; {} {} one that, singled out by validation, solves every task in the test, too (accuracy {} \
         or more)",
        seeds(ever),
        have(ever.count),
        seeds(both),
        have(both.count),
        findings.solves.solved_from
    )
}

/// The tasks of which half the error of always answering the most frequent class asks for more than the threshold.
fn higher_thresholds(findings: &Findings) -> Option<String> {
    let of_task = |majority: &MajorityFindings| {
        let (share, task) = (majority.test.median, &majority.task);
        let threshold = f64::midpoint(1.0, share);
        let is_higher = findings.solves.solved_from < threshold;
        is_higher.then(|| format!("for {share:.3} of {task}, which counts as solved from {threshold:.3} on"))
    };
    let mut tasks = findings.majority.iter().filter_map(of_task).peekable();
    tasks.peek()?;
    let tasks = tasks.format("; ");
    Some(format!(
        "Always answering the most frequent class is right {tasks}"
    ))
}

fn best_level(best: &LevelFindings, is_dialed: bool) -> String {
    let what = if is_dialed {
        "revealing the truth"
    } else {
        "separated"
    };
    let medians = best.accuracy.iter();
    let medians = medians.map(|accuracy| format!("{} {:.3}", accuracy.task, accuracy.median));
    format!(
        "Validation singles out {}: {} {what}, {} {what} with every task solved; the median accuracy there \
         is {}",
        counted(best.weights_left, "weight"),
        seeds(&best.reveals),
        seeds(&best.reveals_and_solved),
        medians.format(", ")
    )
}

fn never_solved(tasks: &[String], is_dialed: bool) -> String {
    let ticket = if is_dialed {
        "such ticket"
    } else {
        "separated ticket"
    };
    match tasks {
        [] => format!("By validation each task is solved by some {ticket}, but not all by one"),
        tasks => format!("By validation no {ticket} solves {}", tasks.join(" or ")),
    }
}

/// "59 of 64 seeds (92 %, 95 % interval 83 to 97 %)", the numbers kept together with their signs.
fn seeds(share: &Share) -> String {
    format!(
        "{} of {} ({:.0}\u{a0}%, 95\u{a0}% interval {:.0} to {:.0}\u{a0}%)",
        share.count,
        counted(share.of, "seed"),
        100.0 * share.share,
        100.0 * share.low,
        100.0 * share.high
    )
}

fn have(count: usize) -> &'static str {
    if count == 1 { "has" } else { "have" }
}

fn number_word(count: usize) -> String {
    let words = [
        "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    ];
    let word = count.checked_sub(2).and_then(|index| words.get(index));
    word.map_or_else(|| count.to_string(), |&word| word.to_owned())
}

#[cfg(test)]
mod tests {
    use tombola::Verdict::{Degraded, Interconnected, Separated};

    use super::question_and_answer;
    use crate::data::Majority;
    use crate::report::Findings;
    use crate::report::testing::{Level, SOLVES, replicate, tasks};
    use crate::results::Replicate;

    const JOINED: Level = Level::of(Interconnected, [0.99, 0.98]);
    const JOINED_BADLY: Level = Level::of(Interconnected, [0.99, 0.7]);
    const GOOD: Level = Level::of(Separated, [0.99, 0.98]);
    const BAD: Level = Level::of(Separated, [0.99, 0.7]);
    const LOST: Level = Level::of(Degraded, [0.99, 0.7]);

    fn seed(seed: u64, levels: &[Level]) -> Replicate {
        replicate(seed, &[("imp", levels)])
    }

    #[track_caller]
    fn check(replicates: &[Replicate], fragments: &[&str]) {
        let findings = Findings::new(&tasks(), replicates, SOLVES);
        let [question, answer] = question_and_answer(&tasks(), &findings);
        assert_eq!(question, "Will there be two independent networks?");
        let answer = answer.replace('\u{a0}', " ");
        for fragment in fragments {
            assert!(answer.contains(fragment), "no '{fragment}' in: {answer}");
        }
    }

    #[test]
    fn yes_where_most_seeds_have_a_separated_and_solved_ticket() {
        check(
            &[seed(0, &[JOINED, GOOD, BAD]), seed(1, &[JOINED, JOINED, GOOD])],
            &[
                "Yes: 2 of 2 seeds (100 %, 95 % interval 34 to 100 %) have a ticket that falls apart into two",
                "2 of 2 seeds (100 %, 95 % interval 34 to 100 %) have one that, singled out by validation, solves every task",
                "The earliest has 20 weights; half of these seeds have one by 20",
                "Validation singles out 10 weights: 2 of 2 seeds (100 %",
            ],
        );
    }

    #[test]
    fn validation_singles_out_and_the_test_part_reports() {
        // By validation the first level is best and the only one; on the test part neither ticket there is solved, and
        // those of the other levels are.
        let flattered = Level {
            validation: [0.99, 0.98],
            ..BAD
        };
        let hidden = Level {
            validation: [0.99, 0.7],
            ..GOOD
        };
        check(
            &[
                seed(0, &[JOINED, flattered, hidden]),
                seed(1, &[JOINED, flattered, hidden]),
            ],
            &[
                "Not while every task is solved: 2 of 2 seeds (100 %",
                "0 of 2 seeds (0 %, 95 % interval 0 to 66 %) have one that, singled out by validation,",
                "Validation singles out 20 weights: 2 of 2 seeds (100 %, 95 % interval 34 to 100 %) separated, 0 of 2 seeds",
            ],
        );
    }

    #[test]
    fn a_separated_ticket_that_solves_too_little_is_no_yes() {
        check(
            &[seed(0, &[JOINED, BAD, LOST]), seed(1, &[JOINED, JOINED, LOST])],
            &[
                "Not while every task is solved: 1 of 2 seeds",
                "has a ticket",
                "By validation no separated ticket solves circles.",
            ],
        );
    }

    #[test]
    fn no_where_nothing_separates_and_the_dense_network_is_mentioned() {
        check(
            &[seed(0, &[JOINED_BADLY, JOINED_BADLY, LOST])],
            &[
                "No: down to 10 weights, none of 1 seed has",
                "The dense network solves every task in none of 1 seed",
            ],
        );
    }

    #[test]
    fn a_constant_answer_is_no_yes_and_the_threshold_that_it_asks_for_is_said() {
        let constant = Level::of(Separated, [0.99, 0.97]);
        let halved = Level::of(Separated, [0.99, 0.99]);
        let seeds = |level| {
            [0, 1, 2].map(|number| {
                let mut seed = seed(number, &[JOINED, level, LOST]);
                for row in &mut seed.arms[0].rows {
                    // Of circles, whose best accuracy of one answer differs by seed.
                    let circles = 0.97 + 0.01 * (number as f64 - 1.0);
                    row.majority = Some(Majority {
                        validation: vec![0.5, circles],
                        test: vec![0.5, circles],
                    });
                }
                seed
            })
        };
        let higher = "test, too (accuracy 0.97 or more). Always answering the most frequent class is right for 0.970 of \
                      circles, which counts as solved from 0.985 on.";
        // With 0.97 of circles right, only the seed in which one class has 0.96 of them would do with half its error, 0.98.
        check(
            &seeds(constant),
            &[
                "Not while every task is solved",
                "By validation no separated ticket solves circles.",
                higher,
            ],
        );
        check(&seeds(halved), &["Yes: 3 of 3 seeds", higher]);
    }

    #[test]
    fn seeds_that_could_not_be_finished_are_counted() {
        check(
            &[seed(0, &[JOINED]), seed(1, &[JOINED, GOOD, LOST])],
            &["1 of 2 seeds could not be finished", "Sometimes: 1 of 2 seeds"],
        );
        check(&[seed(0, &[])], &["Unknown"]);
    }
}
