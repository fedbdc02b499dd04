//! Tickets small enough to see through, whose paths are all that there can be; and tickets at random, beside the verdict.

use tombola::Verdict;

use super::Truth;
use crate::data::{Contents, Source};
use crate::experiment::{Experiment, Link};
use crate::structure::tests::{shared, ticket};
use crate::structure::{verdict, with_structure};
use crate::ticket::{TaskPorts, Ticket};

/// A path from an input to an output.
type Path = (usize, usize);

/// Moons and circles with these settings, and their truth.
fn dialed(settings: &[&str]) -> (Vec<TaskPorts>, Truth) {
    let set: Vec<String> = settings.iter().map(|set| format!("data.task.{set}")).collect();
    let experiment = Experiment::parse("", "", &set).unwrap();
    let source = Source::open(&experiment.data, &Contents::default()).unwrap();
    let default = [Link::default(); 2];
    let truth = source
        .truth()
        .unwrap_or_else(|| Truth::of(source.ports(), &default, &[2; 2]));
    (source.ports().to_vec(), truth)
}

fn is_revealed(truth: &Truth, ticket: &Ticket) -> bool {
    with_structure(ticket, |structure| truth.is_revealed_by(structure))
}

/// A ticket with these paths and no others: each has a hidden unit of its own.
fn with_paths(ports: &[TaskPorts], paths: &[Path]) -> Ticket {
    let inputs = 1 + ports.iter().flat_map(|task| &task.inputs).max().unwrap();
    let hidden = 2 * inputs;
    let unit = |(input, output): Path| 2 * input + output;
    let survives = |weight: usize| {
        let into = paths.iter().any(|&path| weight == unit(path) * inputs + path.0);
        let out = paths
            .iter()
            .any(|&path| weight == hidden * inputs + path.1 * hidden + unit(path));
        into || out
    };
    let ticket = ticket(&[inputs, hidden, 2], ports.to_vec(), survives);
    Ticket {
        shares_inputs: !ticket.shared_inputs().is_empty(),
        ..ticket
    }
}

/// Checks every set of paths from up to four inputs to two outputs against what the truth is.
#[track_caller]
fn check(settings: &[&str], inputs: usize, is_true: impl Fn(&dyn Fn(usize, usize) -> bool) -> bool) {
    let (ports, truth) = dialed(settings);
    let all: Vec<Path> = (0..inputs).flat_map(|input| [(input, 0), (input, 1)]).collect();
    let mut revealing = 0;
    for set in 0..1_u32 << all.len() {
        let chosen = all.iter().enumerate().filter(|(place, _)| set >> place & 1 == 1);
        let paths: Vec<Path> = chosen.map(|(_, &path)| path).collect();
        let has = |input, output| paths.contains(&(input, output));
        let expected = is_true(&has);
        revealing += u32::from(expected);
        let ticket = with_paths(&ports, &paths);
        assert_eq!(is_revealed(&truth, &ticket), expected, "{settings:?}, {paths:?}");
    }
    assert!(0 < revealing, "some ticket reveals it");
}

/// Whether an output has paths from these inputs of so many, and from no others.
fn exactly(
    has: &dyn Fn(usize, usize) -> bool,
    output: usize,
    inputs: impl IntoIterator<Item = usize>,
    of: usize,
) -> bool {
    let inputs: Vec<usize> = inputs.into_iter().collect();
    (0..of).all(|input| has(input, output) == inputs.contains(&input))
}

#[test]
fn tasks_by_themselves_depend_on_their_own_inputs() {
    for settings in [
        &[][..],
        &["moons.mix=0", "moons.flip_where=0", "moons.share=0"],
        &["moons.flip_where=1"],
        &["moons.loss_weight=2"],
    ] {
        check(settings, 4, |has| {
            exactly(has, 0, 0..2, 4) && exactly(has, 1, 2..4, 4)
        });
    }
}

#[test]
fn a_mixed_task_depends_on_both_tasks_inputs_and_the_other_on_its_own() {
    for settings in [&["moons.mix=45"], &["moons.mix=0.01"], &["moons.mix=89.99"]] {
        check(settings, 4, |has| {
            exactly(has, 0, 0..4, 4) && exactly(has, 1, 2..4, 4)
        });
    }
    check(&["circles.mix=45"], 4, |has| {
        exactly(has, 0, 0..2, 4) && exactly(has, 1, 0..4, 4)
    });
}

#[test]
fn at_a_right_angle_nothing_is_left_of_a_task_and_either_copy_will_do() {
    check(&["moons.mix=90"], 4, |has| {
        exactly(has, 0, [], 4) && (has(0, 1) || has(2, 1)) && (has(1, 1) || has(3, 1))
    });
}

#[test]
fn a_flipped_task_depends_on_one_input_more() {
    for settings in [
        &["moons.flip_where=0.3"][..],
        &["moons.flip_where=0.3", "moons.other=circles"],
    ] {
        check(settings, 4, |has| {
            exactly(has, 0, 0..3, 4) && exactly(has, 1, 2..4, 4)
        });
    }
    check(&["moons.flip_where=0.3", "circles.flip_where=0.5"], 4, |has| {
        exactly(has, 0, 0..3, 4) && exactly(has, 1, [0, 2, 3], 4)
    });
    check(&["moons.flip_where=0.3", "moons.mix=30"], 4, |has| {
        exactly(has, 0, 0..4, 4) && exactly(has, 1, 2..4, 4)
    });
    // Both of what was 2 are called so: a copy is as good.
    check(&["moons.mix=90", "circles.flip_where=0.3"], 4, |has| {
        exactly(has, 0, [], 4) && (has(0, 1) || has(2, 1)) && (has(1, 1) || has(3, 1))
    });
}

/// The centers of two clouds are (1, 0) and (−1, 0): their second input tells nothing.
#[test]
fn of_two_clouds_the_second_input_is_none_of_the_truth() {
    let with = |dials: &[&'static str]| [&["moons.kind=blobs", "moons.classes=2"], dials].concat();
    check(&with(&["moons.mix=45"]), 4, |has| {
        exactly(has, 0, [0, 2], 4) && exactly(has, 1, 2..4, 4)
    });
    check(&with(&["moons.flip_where=0.3"]), 4, |has| {
        exactly(has, 0, [0, 2], 4) && exactly(has, 1, 2..4, 4)
    });
    check(&with(&["circles.mix=45"]), 4, |has| {
        exactly(has, 0, [0], 4) && exactly(has, 1, 0..4, 4)
    });
    check(
        &with(&["moons.flip_where=1", "circles.flip_where=0.3"]),
        4,
        |has| exactly(has, 0, [0], 4) && exactly(has, 1, [0, 2, 3], 4),
    );
}

#[test]
fn shared_inputs_belong_to_both_tasks() {
    let (ports, _) = dialed(&["circles.share=1"]);
    assert_eq!((&*ports[0].inputs, &*ports[1].inputs), (&[0, 1][..], &[0, 2][..]));
    check(&["circles.share=1"], 3, |has| {
        exactly(has, 0, 0..2, 3) && exactly(has, 1, [0, 2], 3)
    });
    // Of the first task, too, whose own inputs come first.
    let (ports, _) = dialed(&["moons.share=1"]);
    assert_eq!((&*ports[0].inputs, &*ports[1].inputs), (&[1, 0][..], &[1, 2][..]));
    let (ports, _) = dialed(&["circles.share=2"]);
    assert_eq!((&*ports[0].inputs, &*ports[1].inputs), (&[0, 1][..], &[0, 1][..]));
    check(&["circles.share=2"], 2, |has| {
        exactly(has, 0, 0..2, 2) && exactly(has, 1, 0..2, 2)
    });
}

/// The inputs that each task depends on, of tasks with these settings, one after the other.
fn inputs(tasks: &[String]) -> Vec<Vec<usize>> {
    let tasks: Vec<String> = (tasks.iter().enumerate())
        .map(|(task, settings)| format!("[[data.task]]\nname = \"t{task}\"\nkind = \"moons\"\n{settings}\n"))
        .collect();
    let experiment = Experiment::parse(&tasks.concat(), "my.toml", &[]).unwrap();
    let source = Source::open(&experiment.data, &Contents::default()).unwrap();
    let truth = source.truth().unwrap();
    let of_task = |task| truth.inputs(task).flatten().copied().collect();
    (0..tasks.len()).map(of_task).collect()
}

#[test]
fn of_any_number_of_tasks_each_depends_on_the_one_that_it_takes_from() {
    for count in [2, 3, 4, 8] {
        let last = count - 1;
        // Each is mixed with the next, or flipped by it; the last takes from none.
        let chain = |dial: &str| -> Vec<String> {
            let other = |task| format!("{dial}\nother = \"t{}\"", task + 1);
            (0..last).map(other).chain([String::new()]).collect()
        };
        let own = |task: usize| vec![2 * task, 2 * task + 1];
        for (dial, of_next) in [("mix = 45", 2), ("flip_where = 0.4", 1)] {
            let expected = (0..count).map(|task| {
                let next = if task < last { own(task + 1) } else { vec![] };
                [own(task), next[..of_next.min(next.len())].to_vec()].concat()
            });
            assert_eq!(inputs(&chain(dial)), expected.collect::<Vec<_>>(), "{count}");
        }
        // All share the first input of the first task.
        let shared = (0..count).map(|task| match task {
            0 => String::new(),
            _ => "share = 1\nother = \"t0\"".to_owned(),
        });
        let expected = (0..count).map(|task| vec![0, task + 1]);
        let shared = inputs(&shared.collect::<Vec<_>>());
        assert_eq!(shared, expected.collect::<Vec<_>>(), "{count}");
    }
}

#[test]
fn a_path_needs_no_unit_of_its_own() {
    let (ports, truth) = dialed(&["moons.mix=45"]);
    // One unit of all inputs for moons, one of its own for circles.
    let weights = [0, 1, 2, 3, 6, 7, 8, 11];
    let right = ticket(&[4, 2, 2], ports.clone(), |weight| weights.contains(&weight));
    assert!(is_revealed(&truth, &right));
    // Moons' unit for circles, too.
    let wrong = ticket(&[4, 2, 2], ports, |weight| {
        weight == 10 || weights.contains(&weight)
    });
    assert!(!is_revealed(&truth, &wrong));
}

#[test]
fn of_tasks_by_themselves_those_tickets_reveal_the_truth_that_are_separated() {
    let mut counts = [0; 2];
    for seed in 0..4000 {
        let mut ticket = shared(seed);
        // Each input to one task, the first that has it.
        for task in 1..ticket.tasks.len() {
            let (before, own) = ticket.tasks.split_at_mut(task);
            own[0]
                .inputs
                .retain(|input| before.iter().all(|other| !other.inputs.contains(input)));
            own[0].spare_inputs = seed % 2 == 1;
        }
        if ticket.tasks.iter().any(|task| task.inputs.is_empty()) {
            continue;
        }
        ticket.shares_inputs = false;
        let links = vec![Link::default(); ticket.tasks.len()];
        let all: Vec<usize> = ticket.tasks.iter().map(|task| task.inputs.len()).collect();
        let truth = Truth::of(&ticket.tasks, &links, &all);
        let is_separated = with_structure(&ticket, |structure| {
            verdict(structure, &ticket.tasks) == Verdict::Separated
        });
        assert_eq!(is_revealed(&truth, &ticket), is_separated, "{seed}");
        counts[usize::from(is_separated)] += 1;
    }
    assert!(counts.iter().all(|&count| 20 < count), "{counts:?}");
}
