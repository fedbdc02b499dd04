//! `tombola train`: trains a ticket, whose mask stays as it is, on the user's data.

use std::io::Write;
use std::iter;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::Ordering;

use anyhow::Context;
use clap::ValueEnum;
use itertools::Itertools;
use serde::Serialize;
use tombola::{Lottery, Mlp, Rewind, Storage, digest};

use super::output::Output;
use super::progress::{INTERRUPTED, stop_on_interrupt};
use super::table;
use crate::bad_input;
use crate::board::note;
use crate::data::Contents;
use crate::data::sheet::Sheet;
use crate::experiment::{Csv, Data, Experiment, Kind, Network, Pruning, Shape, Task};
use crate::files;
use crate::need;
use crate::setup::MOST_LEVELS;
use crate::text::{counted, visible};
use crate::ticket::{Origin, TaskPorts, Ticket};
use crate::train::{PARTS, Score, Settings, Start, Trained, train};

/// Train a ticket on your data: its mask stays, its weights begin as you choose
///
/// The data and how to train are an experiment's: EXPERIMENT is a built-in name or a TOML file as `tombola run` takes it,
/// whose tasks are called as the ticket's are; a ticket of one task takes a CSV file with --data. The network is the
/// ticket's, and nothing is pruned: `network.*` and `pruning.*` of the experiment are not used.
///
/// Present and rewound weights were trained before: they are given inputs normalized as their ticket says, and columns and
/// classes must be called as in the ticket. Initial and fresh ones get the normalization of the new data. A ticket of a run that
/// is trained with the run's experiment, from the weights that its level began with, becomes what the level became, bit
/// for bit.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  tombola train ticket.safetensors my.toml --out trained.safetensors
  tombola train iris.safetensors --data iris.csv --label species --out trained.safetensors
  tombola train 9-15.safetensors moons-circles --from initial --out again.safetensors
  tombola train 9-15.safetensors moons-circles --set training.epochs=100 --set training.patience=10 --out longer.safetensors
  tombola train 9-15.safetensors moons-circles --from fresh --seed 7 --out other.safetensors")]
pub(super) struct Args {
    /// The ticket's file
    ticket: PathBuf,
    /// A built-in experiment or a TOML file: its data and its training are used
    #[arg(value_name = "EXPERIMENT|FILE.toml", conflicts_with = "data")]
    experiment: Option<String>,
    /// A CSV file instead, for a ticket of one task (- is standard input): of its rows, in random order, three fifths are trained on, a fifth
    /// is for validation and a fifth for the test (--set data.train=N and so on for others)
    #[arg(long, value_name = "FILE.csv")]
    data: Option<PathBuf>,
    /// The column of that file that holds the class; all others are inputs [default: the ticket's own, else label]
    #[arg(long, value_name = "NAME", requires = "data")]
    label: Option<String>,
    /// Set any key of the experiment; a bare word is a string
    #[arg(long = "set", value_name = "KEY=VALUE")]
    overrides: Vec<String>,
    /// What the weights begin as
    #[arg(long, value_enum, default_value_t = From::Present)]
    from: From,
    /// The seed of data and sample orders, and of fresh weights [default: the ticket's own, else 0]
    #[arg(long, value_name = "S")]
    seed: Option<u64>,
    /// The level of a run whose sample orders are taken [default: the ticket's own, else 0]
    #[arg(long, value_name = "L")]
    level: Option<u32>,
    /// The ticket to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// [`Start`], as the command line has it.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum From {
    /// As they stand in the ticket
    Present,
    /// As they were initialized, with biases of 0
    Initial,
    /// As pruning rewound them: the initial ones, but for tickets of late rewinding
    Rewound,
    /// Drawn anew
    Fresh,
}

impl From {
    fn start(self) -> Start {
        match self {
            Self::Present => Start::Present,
            Self::Initial => Start::Initial,
            Self::Rewound => Start::Rewound,
            Self::Fresh => Start::Fresh,
        }
    }
}

pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let ticket = Ticket::read(&args.ticket)?;
    let (experiment, contents) = match (&args.experiment, &args.data) {
        (Some(experiment), _) => {
            let experiment = Experiment::open(experiment, &args.overrides)?;
            let contents = files::contents(&experiment.data)?;
            (experiment, contents)
        }
        (None, Some(path)) => of_file(args, path, &ticket)?,
        (None, None) => {
            return Err(bad_input!(
                "no data to train on; name an EXPERIMENT, built in or a TOML file, or give a CSV file with --data"
            ));
        }
    };
    let files = experiment.data.files();
    let named = args.experiment.as_deref().map(Path::new);
    let named = named.into_iter().chain(args.data.as_deref());
    let inputs = iter::once(&*args.ticket).chain(named).chain(files);
    let output = Output::file(&args.out, inputs)?;
    let of_origin = |of: fn(&Origin) -> u64| ticket.origin.as_ref().map_or(0, of);
    let level = args
        .level
        .map_or(of_origin(|origin| origin.level.into()), u64::from);
    let settings = Settings {
        experiment: &experiment,
        contents: &contents,
        start: args.from.start(),
        seed: args.seed.unwrap_or(of_origin(|origin| origin.seed)),
        level: u32::try_from(level).unwrap_or(u32::MAX),
    };
    if MOST_LEVELS < settings.level {
        return Err(bad_input!(
            "level {level}: a run has {MOST_LEVELS} levels at most; give a lower --level"
        ));
    }
    for unused in unused(&experiment, &ticket, settings.start) {
        note(format_args!("note: {unused}"));
    }
    check_need(&ticket, &experiment).with_context(|| args.ticket.display().to_string())?;
    let stop = stop_on_interrupt();
    let trained = train(&ticket, &settings, &|| stop.load(Ordering::Relaxed))
        .with_context(|| args.ticket.display().to_string())?;
    let Some(trained) = trained else {
        // The exit code says it, too, where standard error is closed.
        note("interrupted: nothing is written");
        return Ok(ExitCode::from(INTERRUPTED));
    };
    for what in trained.class_counts.iter().chain(&trained.notes) {
        note(format_args!("note: {what}"));
    }
    output.write(&trained.ticket.to_bytes()?, out)?;
    let answer = Answer::of(args, &settings, &trained);
    if args.json {
        writeln!(out, "{}", serde_json::to_string(&answer)?)?;
    } else {
        out.write_all(answer.describe(&args.out).as_bytes())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Refuses what takes more memory than there is.
fn check_need(ticket: &Ticket, experiment: &Experiment) -> anyhow::Result<()> {
    let tasks: Vec<_> = ticket.tasks.iter().map(TaskPorts::as_task).collect();
    let data = &experiment.data;
    let lottery = Lottery {
        net: Mlp::new(&ticket.widths),
        tasks: &tasks,
        training: experiment.training.of(data.train),
        rewind: Rewind::Initial,
        train_count: data.train,
        storage: Storage::Compressed,
    };
    need::check(&lottery, data)
}

/// The experiment whose only task is a CSV file, called as the ticket's only task is, and the file's content.
fn of_file(args: &Args, path: &Path, ticket: &Ticket) -> anyhow::Result<(Experiment, Contents)> {
    let [task] = &*ticket.tasks else {
        let names = ticket.tasks.iter().map(|task| &task.name).join(", ");
        return Err(bad_input!(
            "--data: the ticket has the tasks {names}, and a file is for one; write an experiment file with a \
             [[data.task]] for each"
        ));
    };
    let kind = Kind::Csv(Csv {
        path: files::place_of(path).to_owned(),
        label: args
            .label
            .clone()
            .or_else(|| task.label.clone())
            .unwrap_or_else(|| "label".to_owned()),
    });
    let defaults = Experiment::default();
    let mut data = Data {
        task: vec![Task::new(&*task.name, kind)],
        ..defaults.data.clone()
    };
    let contents = if path == Path::new("-") {
        Contents::read(&data, |_| files::read_stdin())?
    } else {
        files::contents(&data)?
    };
    let path = files::place_of(path);
    let place = path.display().to_string();
    let row_count = Sheet::parse(place.clone(), &contents.of(path).bytes)?.row_count();
    let fifth = row_count / 5;
    if fifth == 0 {
        return Err(bad_input!(
            "{place}: there are {}, too few to train, validate and test on; give 5 or more",
            counted(row_count, "row")
        ));
    }
    (data.train, data.validation, data.test) = (row_count - 2 * fifth, fifth, fifth);
    let text = Experiment { data, ..defaults }.canonical();
    Ok((Experiment::parse(&text, "--data", &args.overrides)?, contents))
}

/// What of an experiment says something that is not looked at.
fn unused(experiment: &Experiment, ticket: &Ticket, start: Start) -> Vec<&'static str> {
    let defaults = Experiment::default();
    let mut unused = vec![];
    let hidden = &ticket.widths[1..ticket.widths.len() - 1];
    let Network { seed, .. } = experiment.network;
    let is_default = experiment.network
        == Network {
            seed,
            ..defaults.network.clone()
        };
    if !is_default && experiment.network.shape() != Shape::Hidden(hidden) {
        unused.push("network.hidden, base and extend are not used: the network is the ticket's");
    }
    let rewind = match start {
        Start::Rewound => experiment.pruning.rewind,
        _ => defaults.pruning.rewind,
    };
    if experiment.pruning
        != (Pruning {
            rewind,
            ..defaults.pruning
        })
    {
        unused.push("pruning.* is not used: the ticket's mask stays as it is, and --from says what its weights begin as");
    }
    unused
}

/// What is printed.
#[derive(Serialize)]
struct Answer<'a> {
    from: String,
    seed: u64,
    level: u32,
    epochs: u32,
    weights_left: usize,
    weight_count: usize,
    /// As `levels.csv` has it.
    params_digest: String,
    tasks: Vec<TaskScores<'a>>,
}

#[derive(Serialize)]
struct TaskScores<'a> {
    name: &'a str,
    before: Parts,
    after: Parts,
}

#[derive(Serialize)]
struct Parts {
    train: Score,
    validation: Score,
    test: Score,
}

impl Parts {
    fn of([train, validation, test]: [Score; 3]) -> Self {
        Self {
            train,
            validation,
            test,
        }
    }
}

impl<'a> Answer<'a> {
    fn of(args: &Args, settings: &Settings<'_>, trained: &'a Trained) -> Self {
        let ticket = &trained.ticket;
        let scores = trained.before.iter().zip(&trained.after);
        let tasks = ticket
            .tasks
            .iter()
            .zip(scores)
            .map(|(task, (&before, &after))| TaskScores {
                name: &task.name,
                before: Parts::of(before),
                after: Parts::of(after),
            });
        let from = args.from.to_possible_value();
        Self {
            from: from.map_or(String::new(), |value| value.get_name().to_owned()),
            seed: settings.seed,
            level: settings.level,
            epochs: trained.epochs,
            weights_left: ticket.mask.iter().filter(|&&survives| survives).count(),
            weight_count: ticket.mask.len(),
            params_digest: format!("{:016x}", digest::of_floats(&ticket.params)),
            tasks: tasks.collect(),
        }
    }

    /// For a person.
    fn describe(&self, path: &Path) -> String {
        let header = ["task", "part", "loss", "before", "accuracy", "before"].map(str::to_owned);
        let rows = self.tasks.iter().flat_map(|task| {
            let of = |Parts {
                          train,
                          validation,
                          test,
                      }: &Parts| [*train, *validation, *test];
            let scores = of(&task.before).into_iter().zip(of(&task.after));
            PARTS.iter().zip(scores).map(|(part, (before, after))| {
                vec![
                    task.name.to_owned(),
                    (*part).to_owned(),
                    format!("{:.4}", after.loss),
                    format!("{:.4}", before.loss),
                    format!("{:.4}", after.accuracy),
                    format!("{:.4}", before.accuracy),
                ]
            })
        });
        let trained = format!(
            "{} of {} left, trained for {} from {} weights (seed {}, level {})",
            self.weights_left,
            counted(self.weight_count, "weight"),
            counted(self.epochs as usize, "epoch"),
            self.from,
            self.seed,
            self.level,
        );
        format!(
            "{}\n\n{}\n\nWritten to {}\n",
            table::fitted(&trained),
            table::ruled_with_names(2, &header, &rows.collect::<Vec<_>>()),
            visible(&path.display().to_string())
        )
    }
}
