//! `tombola data`: samples of tasks side by side in a CSV file, as `tombola predict` reads them.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Arg, ArgMatches, Command};
use itertools::Itertools;
use tombola::data::{Parameter, Range, Synthetic};

use super::output::Output;
use crate::bad_input;
use crate::data::{Contents, Drawn, Source};
use crate::experiment::{Data, Experiment, Normalize, SeedRule, Task, parameter_text};
use crate::files::contents;
use crate::text::listed;

/// Write samples of tasks side by side to a CSV file, as `tombola predict` reads them
///
/// The header is x0, x1, … for the inputs of all tasks, then the name of each task for its classes; a kind that is
/// repeated is called moons-2. Inputs are raw, not normalized, in the shortest form that reads back to the same bits.
///
/// The samples are the test part of a replicate with this seed, these tasks and so many test samples: no ticket has
/// seen them, and on those of its own seed a ticket has the accuracy that its run reported. --experiment takes the tasks
/// of an experiment with all their settings, those by which they depend on each other among them.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  tombola data moons circles --seed 7 --out test-7.csv   what tickets of seed 7 were tested on
  tombola data moons circles moons --samples 200 --out three.csv  moons, circles, moons-2
  tombola data --experiment runs/x/experiment.toml --seed 7 --out test-7.csv  what tickets of that run were tested on
  tombola data blobs spirals --classes 4 --noise 0.02 --out -  to standard output")]
pub(super) struct Args {
    /// The tasks, in the order of their columns
    #[arg(required_unless_present = "experiment", conflicts_with = "experiment", value_name = "KIND", value_parser = kinds())]
    kinds: Vec<Synthetic>,
    /// The tasks of a built-in experiment or a TOML file in place of kinds, and its replicate of this seed
    #[arg(long, value_name = "EXPERIMENT")]
    experiment: Option<String>,
    /// How many samples [default: 1000, or those of the experiment]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=100_000_000))]
    samples: Option<u32>,
    #[command(flatten)]
    parameters: Parameters,
    /// What the samples are drawn with
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u64).range(..=i64::MAX as u64))]
    seed: u64,
    /// The file to write; - is standard output
    #[arg(long, value_name = "FILE.csv")]
    out: PathBuf,
}

/// Parameters of the tasks, by their names: a flag for each that some kind has.
#[derive(Debug)]
struct Parameters(Vec<(&'static str, f64)>);

/// Every parameter of any kind, once.
fn parameters() -> impl Iterator<Item = &'static Parameter> {
    let parameters = Synthetic::ALL.iter().flat_map(Synthetic::parameters);
    parameters.unique_by(|parameter| parameter.name)
}

/// What a parameter is, and its default for each kind that has it.
fn help(parameter: &Parameter) -> String {
    let of_kind = |kind: &Synthetic| {
        let own = kind.parameters().iter().find(|own| own.name == parameter.name)?;
        Some(format!("{} {}", parameter_text(kind, own), kind.name()))
    };
    let defaults = Synthetic::ALL.iter().filter_map(of_kind).join(", ");
    format!("{}, {} [default: {defaults}]", parameter.about, parameter.range)
}

impl clap::Args for Parameters {
    fn augment_args(command: Command) -> Command {
        command.args(parameters().map(|parameter| {
            let range = parameter.range;
            let count = matches!(range, Range::Whole(..));
            Arg::new(parameter.name)
                .long(parameter.name)
                .value_name(if count { "COUNT" } else { "NUMBER" })
                .help(help(parameter))
                .allow_negative_numbers(true)
                .value_parser(move |text: &str| number(text, range))
        }))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl clap::FromArgMatches for Parameters {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let value = |parameter: &Parameter| Some((parameter.name, *matches.get_one(parameter.name)?));
        Ok(Self(parameters().filter_map(value).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

fn number(text: &str, range: Range) -> Result<f64, String> {
    match text.parse::<f32>() {
        Ok(number) if number.is_finite() && range.holds(number.into()) => Ok(number.into()),
        Ok(number) if !number.is_finite() => Err(format!("must be finite, {range}")),
        _ => Err(format!("must be {range}")),
    }
}

/// The kinds by their names.
fn kinds() -> impl TypedValueParser<Value = Synthetic> {
    let word = |kind: &Synthetic| PossibleValue::new(kind.name()).help(kind.about());
    PossibleValuesParser::new(Synthetic::ALL.iter().map(word)).map(|word| {
        let kind = Synthetic::ALL.iter().find(|kind| kind.name() == word);
        *kind.expect("one of the words")
    })
}

pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<()> {
    let named = args.experiment.as_deref();
    let experiment = named.map(|named| Experiment::open(named, &[])).transpose()?;
    let files = experiment.iter().flat_map(|experiment| experiment.data.files());
    let output = Output::new(&args.out, named.map(Path::new).into_iter().chain(files))?;
    let (source, seed) = match &experiment {
        None => (Source::open(&settings(args)?, &Contents::default())?, args.seed),
        Some(experiment) => of_experiment(args, &experiment.data)?,
    };
    let csv = write(&source, &source.draw(seed)?)?;
    output.write(&csv, out)
}

/// The samples of an experiment as they are before they are normalized, and the seed that its replicate's are drawn with.
///
/// # Errors
/// Bad input if its files cannot be used, or a task's parameter is given beside it.
fn of_experiment(args: &Args, data: &Data) -> anyhow::Result<(Source, u64)> {
    if let Some((name, _)) = args.parameters.0.first() {
        return Err(bad_input!(
            "--{name}: the tasks of an experiment have their settings in its file; change them there, or name kinds in place of \
             --experiment"
        ));
    }
    let contents = contents(data)?;
    let mut raw = data.raw();
    raw.test = args.samples.map_or(raw.test, |samples| samples as usize);
    Ok((Source::open(&raw, &contents)?, data.seed.of(args.seed)))
}

/// The settings of an experiment on these tasks.
///
/// # Errors
/// Bad input if no task has one of the parameters.
fn settings(args: &Args) -> anyhow::Result<Data> {
    let mut kinds = args.kinds.clone();
    for (name, value) in &args.parameters.0 {
        let having = kinds
            .iter_mut()
            .filter_map(|kind| kind.set(name, *value).then_some(()));
        if having.count() == 0 {
            let words: Vec<&str> = kinds
                .iter()
                .map(Synthetic::name)
                .sorted_unstable()
                .dedup()
                .collect();
            return Err(bad_input!(
                "--{name}: there is no such setting for {}; leave it out or add a KIND that has it, see tombola data --help",
                listed(&words, "and")
            ));
        }
    }
    let tasks = names(&args.kinds).into_iter().zip(kinds);
    let task = |(name, kind): (String, Synthetic)| Task::new(name, kind);
    Ok(Data {
        task: tasks.map(task).collect(),
        test: args.samples.unwrap_or(1000) as usize,
        // The other parts are not written, but a source has them.
        train: 1,
        validation: 1,
        normalize: Normalize::None,
        seed: SeedRule::Own,
    })
}

/// A name for each task: its kind, and from the second of a kind on its number.
fn names(kinds: &[Synthetic]) -> Vec<String> {
    let name = |(index, kind): (usize, &Synthetic)| {
        let name = kind.name();
        let earlier = kinds[..index].iter().filter(|earlier| earlier.name() == name);
        match earlier.count() {
            0 => name.to_owned(),
            earlier => format!("{name}-{}", earlier + 1),
        }
    };
    kinds.iter().enumerate().map(name).collect()
}

/// The test part as CSV.
fn write(source: &Source, drawn: &Drawn) -> anyhow::Result<Vec<u8>> {
    let (tasks, input_count) = (source.ports(), source.input_count());
    let mut csv = csv::Writer::from_writer(Vec::new());
    let inputs = (0..input_count).map(|input| format!("x{input}"));
    csv.write_record(inputs.chain(tasks.iter().map(|task| task.name.clone())))?;
    let rows = drawn.test.inputs.chunks_exact(input_count);
    for row in rows.zip(drawn.test.classes.chunks_exact(tasks.len())) {
        csv.serialize(row)?;
    }
    Ok(csv.into_inner()?)
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use tombola::Data as Parts;
    use tombola::data::{Blobs, Circles, Spirals};

    use super::{Args, names, run, settings};
    use crate::data::{Contents, Source};
    use crate::error::refused;
    use crate::experiment::{Csv, Data, Experiment, Kind, Normalize};
    use crate::files::contents;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    fn parse(line: &str) -> Result<Args, clap::Error> {
        Line::try_parse_from(["data"].into_iter().chain(line.split(' '))).map(|line| line.args)
    }

    /// The arguments of a command line that can be parsed.
    fn args(line: &str) -> Args {
        parse(line).unwrap_or_else(|error| panic!("{error}"))
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
        assert!(
            text.starts_with("x0,x1,x2,x3,x4,x5,moons,circles,moons-2\n"),
            "{text}"
        );
        assert_eq!(text.lines().count(), 4);
    }

    #[test]
    fn samples_of_an_experiment_are_those_of_its_test_part_with_its_dials() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let text = "[data]\ntest = 40\nseed = { divide = 2 }\nnormalize = \"none\"\n[[data.task]]\nkind = \"moons\"\nscale = 2\n\
                    [[data.task]]\nkind = \"circles\"\nshare = 1\nflip_where = 0.3\n";
        std::fs::write(file.path(), text).unwrap();
        let place = file.path().display();
        let text = written(&format!("--experiment {place} --seed 7"));
        assert!(text.starts_with("x0,x1,x2,moons,circles\n"), "{text}");
        let experiment = Experiment::open(&place.to_string(), &[]).unwrap();
        let source = Source::open(&experiment.data, &Contents::default()).unwrap();
        let test = source.draw(3).unwrap().test;
        assert_eq!(text.lines().count(), 1 + 40);
        let rows = test.inputs.chunks(3).zip(test.classes.chunks(2));
        for (line, (inputs, classes)) in text.lines().skip(1).zip(rows) {
            let expected = format!(
                "{},{},{},{},{}",
                inputs[0] / 2.0,
                inputs[1] / 2.0,
                inputs[2],
                classes[0],
                classes[1]
            );
            let numbers = |line: &str| {
                line.split(',')
                    .map(|cell| cell.parse().unwrap())
                    .collect::<Vec<f32>>()
            };
            assert_eq!(numbers(line), numbers(&expected));
        }
        let both = parse(&format!("moons --experiment {place} --out -"));
        assert!(both.is_err());
        let noisy = args(&format!("--experiment {place} --noise 1 --out -"));
        refused(run(&noisy, &mut Vec::new()), &["--noise", "in its file"]);
    }

    #[test]
    fn every_number_reads_back_to_the_bits_that_an_experiment_tests_on() {
        let text = written("moons circles --samples 50 --seed 7");
        let settings = Data {
            test: 50,
            normalize: Normalize::None,
            ..Data::default()
        };
        let drawn = Source::open(&settings, &Contents::default())
            .unwrap()
            .draw(7)
            .unwrap();
        let test = drawn.test.inputs.chunks(4).zip(drawn.test.classes.chunks(2));
        assert_eq!(text.lines().count(), 1 + 50);
        for (line, (inputs, classes)) in text.lines().skip(1).zip(test) {
            let cells: Vec<&str> = line.split(',').collect();
            let read = cells[..4]
                .iter()
                .map(|cell| cell.parse::<f32>().unwrap().to_bits());
            assert!(read.eq(inputs.iter().map(|x| x.to_bits())), "{line}");
            let read = cells[4..].iter().map(|cell| cell.parse::<u16>().unwrap());
            assert!(read.eq(classes.iter().copied()), "{line}");
        }
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
        settings.task[0].kind = Kind::Csv(Csv {
            path,
            label: "blobs".to_owned(),
        });
        let source = Source::open(&settings, &contents(&settings).unwrap()).unwrap();
        assert_eq!((source.input_count(), source.output_count()), (2, 4));
        let drawn = source.draw(0).unwrap();
        let Parts { train, .. } = drawn.parts();
        assert_eq!(train.sample_count(), 4);
    }

    #[test]
    fn settings_go_to_every_task_that_has_them() {
        let line = "spirals blobs circles --noise 0 --classes 5 --factor 0.25 --turns 2 --out -";
        let (noise, classes) = (0.0, 5);
        let [turns, factor] = [2.0, 0.25];
        let spirals = Spirals {
            noise,
            classes,
            turns,
        };
        let expected = [
            spirals.into(),
            Blobs { noise, classes }.into(),
            Circles { noise, factor }.into(),
        ];
        let tasks = settings(&args(line)).unwrap().task.into_iter();
        assert!(tasks.map(|task| task.kind).eq(expected));
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
            refused(run(&args(line), &mut Vec::new()), &fragments);
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
            ("blobs --classes 1 --out -", "from 2 to 1024"),
            ("blobs --classes 1025 --out -", "from 2 to 1024"),
            ("moons --samples 0 --out -", "1..="),
            ("moons --seed -1 --out -", "-1"),
            ("moon --out -", "'moons'"),
            ("moons", "--out"),
        ] {
            let error = parse(line).unwrap_err();
            assert_eq!(error.exit_code(), 2);
            assert!(error.to_string().contains(fragment), "{line}: {error}");
        }
    }

    #[test]
    fn each_name_is_used_once() {
        let names = names(&args("moons circles moons moons circles --out -").kinds);
        assert_eq!(names, ["moons", "circles", "moons-2", "moons-3", "circles-2"]);
    }
}
