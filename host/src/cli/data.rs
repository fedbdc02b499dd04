//! `tombola data`: samples of tasks side by side in a CSV file, as `tombola predict` reads them.

use std::io::Write;
use std::path::PathBuf;

use clap::ValueEnum;

use super::output;
use crate::bad_input;
use crate::data::{Drawn, Source};
use crate::experiment::{self, Data, Kind, Normalize};
use crate::ticket::TaskPorts;

/// Write samples of tasks side by side to a CSV file, as `tombola predict` reads them
///
/// The header is x0, x1, … for the inputs of all tasks, then the name of each task for its classes; a kind that is
/// repeated is called moons-2. Inputs are raw, not normalized, in the shortest form that reads back to the same bits.
///
/// The samples are the test part of a replicate with this seed, these tasks and so many test samples: no ticket has
/// seen them, and on those of its own seed a ticket has the accuracy that its run reported.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  tombola data moons circles --seed 7 --out test-7.csv   what tickets of seed 7 were tested on
  tombola data moons circles moons --samples 200 --out three.csv  moons, circles, moons-2
  tombola data blobs spirals --classes 4 --noise 0.02 --out -  to standard output")]
pub(super) struct Args {
    /// The tasks, in the order of their columns
    #[arg(required = true, value_name = "KIND", value_enum)]
    kinds: Vec<Word>,
    /// How many samples
    #[arg(long, value_name = "COUNT", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=100_000_000))]
    samples: u32,
    /// Standard deviation added to each input, of all tasks [default: as in an experiment, by kind]
    #[arg(long, allow_negative_numbers = true, value_parser = not_negative)]
    noise: Option<f32>,
    /// The inner radius of circles over the outer, between 0 and 1 [default: 0.5]
    #[arg(long, allow_negative_numbers = true, value_parser = inside_one)]
    factor: Option<f32>,
    /// Classes of blobs and spirals, 2 to 1024 [default: 3 blobs, 2 spirals]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(2..=1024))]
    classes: Option<u16>,
    /// How often an arm of spirals goes around the center [default: 1.0]
    #[arg(long, allow_negative_numbers = true, value_parser = positive)]
    turns: Option<f32>,
    /// What the samples are drawn with
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u64).range(..=i64::MAX as u64))]
    seed: u64,
    /// The file to write; - is standard output
    #[arg(long, value_name = "FILE.csv")]
    out: PathBuf,
}

/// A kind of task that is drawn.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum Word {
    /// Two half circles that reach into each other
    Moons,
    /// A circle within a circle
    Circles,
    /// Four corners, of which the opposite ones share a class
    Xor,
    /// One cloud for each class
    Blobs,
    /// One arm for each class
    Spirals,
}

pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<()> {
    let source = Source::open(&settings(args)?)?;
    let csv = write(source.ports(), &source.draw(args.seed)?)?;
    output::write(&args.out, &csv, out)
}

/// The settings of an experiment on these tasks. Its defaults come from the door that experiments come through, so
/// that a kind means the same in both places.
fn settings(args: &Args) -> anyhow::Result<Data> {
    let tasks: Vec<String> = names(&args.kinds)
        .iter()
        .zip(&args.kinds)
        .map(|(name, kind)| format!("[[data.task]]\nname = \"{name}\"\nkind = \"{}\"\n", word(*kind)))
        .collect();
    let mut data = experiment::parse(&tasks.concat(), "KIND", &[])?.data;
    data.test = args.samples as usize;
    // The other parts are not written, but a source has them.
    (data.train, data.validation) = (1, 1);
    data.normalize = Normalize::None;
    set(&mut data, "--noise", args.noise, |kind| match kind {
        Kind::Moons { noise }
        | Kind::Circles { noise, .. }
        | Kind::Xor { noise }
        | Kind::Blobs { noise, .. }
        | Kind::Spirals { noise, .. } => Some(noise),
        Kind::Csv { .. } => None,
    })?;
    set(&mut data, "--factor", args.factor, |kind| match kind {
        Kind::Circles { factor, .. } => Some(factor),
        _ => None,
    })?;
    set(
        &mut data,
        "--classes",
        args.classes.map(usize::from),
        |kind| match kind {
            Kind::Blobs { classes, .. } | Kind::Spirals { classes, .. } => Some(classes),
            _ => None,
        },
    )?;
    set(&mut data, "--turns", args.turns, |kind| match kind {
        Kind::Spirals { turns, .. } => Some(turns),
        _ => None,
    })?;
    Ok(data)
}

/// Gives a setting to every task that has it.
///
/// # Errors
/// Bad input if none has.
fn set<T: Copy>(
    data: &mut Data,
    flag: &str,
    value: Option<T>,
    setting: impl Fn(&mut Kind) -> Option<&mut T>,
) -> anyhow::Result<()> {
    let Some(value) = value else { return Ok(()) };
    let mut found = false;
    for task in &mut data.task {
        if let Some(setting) = setting(&mut task.kind) {
            *setting = value;
            found = true;
        }
    }
    if found {
        return Ok(());
    }
    let mut words: Vec<&str> = data.task.iter().map(|task| task.kind.word()).collect();
    words.sort_unstable();
    words.dedup();
    Err(bad_input!(
        "{flag}: there is no such setting for {}; leave it out or add a KIND that has it, see tombola data --help",
        words.join(" and ")
    ))
}

/// A name for each task: its kind, and from the second of a kind on its number.
fn names(kinds: &[Word]) -> Vec<String> {
    let name = |(index, kind): (usize, &Word)| {
        let earlier = kinds[..index].iter().filter(|earlier| *earlier == kind).count();
        match earlier {
            0 => word(*kind).to_owned(),
            _ => format!("{}-{}", word(*kind), earlier + 1),
        }
    };
    kinds.iter().enumerate().map(name).collect()
}

fn word(kind: Word) -> &'static str {
    match kind {
        Word::Moons => "moons",
        Word::Circles => "circles",
        Word::Xor => "xor",
        Word::Blobs => "blobs",
        Word::Spirals => "spirals",
    }
}

/// The test part as CSV.
fn write(tasks: &[TaskPorts], drawn: &Drawn) -> anyhow::Result<Vec<u8>> {
    let input_count = tasks.iter().map(|task| task.inputs.len()).sum();
    let mut csv = csv::Writer::from_writer(Vec::new());
    let inputs = (0..input_count).map(|input| format!("x{input}"));
    csv.write_record(inputs.chain(tasks.iter().map(|task| task.name.clone())))?;
    let rows = drawn.test.inputs.chunks_exact(input_count);
    for row in rows.zip(drawn.test.classes.chunks_exact(tasks.len())) {
        csv.serialize(row)?;
    }
    Ok(csv.into_inner()?)
}

fn not_negative(text: &str) -> Result<f32, String> {
    number(text, "a number of at least 0", |x| 0.0 <= x)
}

fn inside_one(text: &str) -> Result<f32, String> {
    number(text, "a number above 0 and below 1", |x| 0.0 < x && x < 1.0)
}

fn positive(text: &str) -> Result<f32, String> {
    number(text, "a number above 0", |x| 0.0 < x)
}

fn number(text: &str, words: &str, holds: fn(f32) -> bool) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(number) if number.is_finite() && holds(number) => Ok(number),
        _ => Err(format!("must be finite, {words}")),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use tombola::Data as Parts;

    use super::{Args, names, run, settings};
    use crate::data::Source;
    use crate::error::is_bad_input;
    use crate::experiment::{Data, Kind, Normalize};

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    /// The arguments of a command line that can be parsed.
    fn args(line: &str) -> Args {
        Line::try_parse_from(["data"].into_iter().chain(line.split(' ')))
            .unwrap_or_else(|error| panic!("{error}"))
            .args
    }

    /// What is written to standard output.
    fn written(line: &str) -> String {
        let mut out = Vec::new();
        run(&args(&format!("{line} --out -")), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_header_names_the_inputs_then_the_tasks() {
        let text = written("moons circles moons --samples 3");
        assert_eq!(
            text.lines().next(),
            Some("x0,x1,x2,x3,x4,x5,moons,circles,moons-2")
        );
        assert_eq!(text.lines().count(), 4);
    }

    #[test]
    fn every_number_reads_back_to_the_bits_that_an_experiment_tests_on() {
        let text = written("moons circles --samples 50 --seed 7");
        let settings = Data {
            test: 50,
            normalize: Normalize::None,
            ..Data::default()
        };
        let drawn = Source::open(&settings).unwrap().draw(7).unwrap();
        let cells: Vec<Vec<&str>> = text
            .lines()
            .skip(1)
            .map(|line| line.split(',').collect())
            .collect();
        let inputs: Vec<u32> = cells
            .iter()
            .flat_map(|row| &row[..4])
            .map(|cell| cell.parse::<f32>().unwrap().to_bits())
            .collect();
        let classes: Vec<u16> = cells
            .iter()
            .flat_map(|row| &row[4..])
            .map(|cell| cell.parse().unwrap())
            .collect();
        assert_eq!(
            inputs,
            drawn.test.inputs.iter().map(|x| x.to_bits()).collect::<Vec<_>>()
        );
        assert_eq!(classes, drawn.test.classes);
    }

    #[test]
    fn what_is_written_is_a_csv_task_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("blobs.csv");
        let line = format!("blobs --samples 12 --classes 4 --out {}", path.display());
        run(&args(&line), &mut Vec::new()).unwrap();
        let mut settings = Data {
            train: 4,
            validation: 4,
            test: 4,
            ..Data::default()
        };
        settings.task.truncate(1);
        settings.task[0].kind = Kind::Csv {
            path,
            label: "blobs".to_owned(),
        };
        let source = Source::open(&settings).unwrap();
        assert_eq!((source.input_count(), source.output_count()), (2, 4));
        let drawn = source.draw(0).unwrap();
        let Parts { train, .. } = drawn.parts();
        assert_eq!(train.sample_count(), 4);
    }

    #[test]
    fn settings_go_to_every_task_that_has_them() {
        let line = "spirals blobs circles --noise 0 --classes 5 --factor 0.25 --turns 2 --out -";
        let kinds: Vec<Kind> = settings(&args(line))
            .unwrap()
            .task
            .into_iter()
            .map(|task| task.kind)
            .collect();
        assert_eq!(
            kinds,
            [
                Kind::Spirals {
                    noise: 0.0,
                    classes: 5,
                    turns: 2.0
                },
                Kind::Blobs {
                    noise: 0.0,
                    classes: 5
                },
                Kind::Circles {
                    noise: 0.0,
                    factor: 0.25
                },
            ]
        );
    }

    #[test]
    fn a_setting_that_no_task_has_is_refused() {
        for (line, fragments) in [
            (
                "moons xor moons --factor 0.5 --out -",
                ["--factor", "moons and xor"],
            ),
            ("circles --classes 3 --out -", ["--classes", "circles"]),
            ("blobs --turns 2 --out -", ["--turns", "blobs"]),
        ] {
            let error = run(&args(line), &mut Vec::new()).unwrap_err();
            let message = format!("{error:#}");
            assert!(is_bad_input(&error), "{message}");
            assert!(
                fragments.iter().all(|fragment| message.contains(fragment)),
                "{message}"
            );
        }
    }

    #[test]
    fn numbers_out_of_range_and_unknown_kinds_are_refused() {
        for (line, fragment) in [
            ("moons --noise -0.1 --out -", "at least 0"),
            ("moons --noise nan --out -", "finite"),
            ("moons --noise 1e39 --out -", "finite"),
            ("circles --factor 1 --out -", "below 1"),
            ("circles --factor 0 --out -", "above 0"),
            ("spirals --turns 0 --out -", "above 0"),
            ("blobs --classes 1 --out -", "2..=1024"),
            ("blobs --classes 1025 --out -", "2..=1024"),
            ("moons --samples 0 --out -", "1..="),
            ("moons --seed -1 --out -", "-1"),
            ("moon --out -", "'moons'"),
            ("moons", "--out"),
        ] {
            let error = Line::try_parse_from(["data"].into_iter().chain(line.split(' '))).unwrap_err();
            assert_eq!(error.exit_code(), 2);
            assert!(error.to_string().contains(fragment), "{line}: {error}");
        }
    }

    #[test]
    fn each_name_is_used_once() {
        let args = args("moons circles moons moons circles --out -");
        assert_eq!(
            names(&args.kinds),
            ["moons", "circles", "moons-2", "moons-3", "circles-2"]
        );
    }
}
