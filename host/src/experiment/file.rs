//! From a name or a file to an [`Experiment`]. Without it the other files of this module are only rules.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::PathBuf;

use super::setting::{self, BELOW_ONE, INSIDE_ONE, MOST, NOT_NEGATIVE, POSITIVE, Section};
use super::tree::{self, Entry, Node, Value};
use super::{
    BUILTIN, Data, Experiment, Kind, Network, Normalize, Optimizer, Pruning, Rewind, Shape, Task, Training,
    check, choice, keys, overrides,
};
use crate::bad_input;

/// No experiment file comes near this size; a data file given by mistake does.
const LARGEST: u64 = 1 << 20;

const COUNT: std::ops::RangeInclusive<i128> = 1..=u32::MAX as i128;
/// A run holds the rows of all its seeds; who wants more gives each run another first seed.
const SEEDS: std::ops::RangeInclusive<i128> = 1..=1_000_000;

/// Reads the built-in experiment or the file that `source` names, and puts `overrides` (`KEY=VALUE`) over it. A
/// built-in one wins over a file of the same name, which `./NAME` still reaches.
///
/// # Errors
///
/// Bad input if `source` is neither, if the file cannot be read, and whatever [`parse`] refuses.
pub fn read(source: &str, overrides: &[String]) -> anyhow::Result<Experiment> {
    match BUILTIN.iter().find(|builtin| builtin.name == source) {
        Some(builtin) => parse(builtin.text, &format!("built-in {source}"), overrides),
        None => parse(&text_of(source)?, source, overrides),
    }
}

/// The experiment that `text` describes with `overrides` (`KEY=VALUE`) put over it. `place` is how messages call the
/// text.
///
/// # Errors
///
/// Bad input if the text or an override is not TOML, has an unknown key, a value of the wrong type or out of its
/// range, or if settings contradict each other. One message, with place and remedy.
pub fn parse(text: &str, place: &str, overrides: &[String]) -> anyhow::Result<Experiment> {
    let mut tree = tree::document(text, place)?;
    for assignment in overrides {
        overrides::apply(&mut tree, assignment)?;
    }
    experiment(&tree)
}

fn text_of(path: &str) -> anyhow::Result<String> {
    let unreadable = |error: &std::io::Error| match error.kind() {
        ErrorKind::NotFound => {
            let names: Vec<&str> = BUILTIN.iter().map(|builtin| builtin.name).collect();
            let near = keys::nearest(path, &names).map(|(near, _)| format!("; did you mean '{near}'?"));
            bad_input!(
                "{path}: neither a built-in experiment ({}) nor a file{}",
                names.join(", "),
                near.unwrap_or_else(|| "; give the path of an experiment file".to_owned()),
            )
        }
        _ => bad_input!("{path}: cannot be read: {error}; give an experiment file that can"),
    };
    // A directory can be opened like a file on some systems; its reading fails with a puzzling message.
    if std::fs::metadata(path)
        .map_err(|error| unreadable(&error))?
        .is_dir()
    {
        return Err(bad_input!(
            "{path}: is a directory; give a file, such as {path}/experiment.toml"
        ));
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| unreadable(&error))?;
    file.take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| unreadable(&error))?;
    if bytes.len() as u64 > LARGEST {
        return Err(bad_input!(
            "{path}: is larger than 1 MiB, so it is no experiment file; give the TOML file"
        ));
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = valid.split(|&byte| byte == b'\n').count();
        bad_input!("{path}:{line}: is not UTF-8 text; save it as UTF-8, or give the TOML file")
    })
}

fn experiment(tree: &[Entry]) -> anyhow::Result<Experiment> {
    let default = Experiment::default();
    keys::refuse_unknown("", tree, keys::of(""))?;
    let top = Section {
        path: String::new(),
        table: tree,
    };
    let name = top.name("name", &default.name)?;
    let seeds = top.whole("seeds", SEEDS, default.seeds)?;
    let first_seed = top.whole("first_seed", 0..=i128::from(i64::MAX), default.first_seed)?;
    check::seeds(&top, seeds, first_seed)?;

    let data = data(&Section::of(tree, "data")?)?;
    let training = training(&Section::of(tree, "training")?)?;
    let pruning = pruning(&Section::of(tree, "pruning")?, &training)?;
    let section = Section::of(tree, "network")?;
    let network = Network {
        shape: choice::shape(&section, default.network.shape)?,
    };
    if let (Shape::Extended { .. }, None, Some(node)) = (&network.shape, pruning.rate, section.node("extend"))
    {
        let rule = "an extension needs pruning.rate: give it in place of pruning.levels or pruning.target";
        return Err(setting::refused("network.extend", node, rule));
    }
    check::network(&section, &network, &data, &pruning)?;
    Ok(Experiment {
        name,
        seeds,
        first_seed,
        data,
        network,
        training,
        pruning,
    })
}

fn data(section: &Section<'_>) -> anyhow::Result<Data> {
    let default = Data::default();
    let task = match section.node("task") {
        Some(node) => setting::list(node)?
            .iter()
            .map(task)
            .collect::<anyhow::Result<_>>()?,
        None => default.task,
    };
    check::tasks(section, &task)?;
    let normalize = [
        ("standard", Normalize::Standard),
        ("min-max", Normalize::MinMax),
        ("none", Normalize::None),
    ];
    Ok(Data {
        train: section.whole("train", 1..=MOST, default.train)?,
        validation: section.whole("validation", 1..=MOST, default.validation)?,
        test: section.whole("test", 1..=MOST, default.test)?,
        normalize: section.word("normalize", &normalize, default.normalize)?,
        seed: section.optional_whole("seed", 0..=i128::from(i64::MAX), "0")?,
        task,
    })
}

fn task(node: &Node) -> anyhow::Result<Task> {
    let table = setting::table("data.task", node)?;
    let section = Section {
        path: "data.task".to_owned(),
        table,
    };
    let kinds = keys::KINDS.map(|kind| (kind.0, kind));
    let Some(kind_node) = section.node("kind") else {
        // The nearest misspelling of it is worth more than that it is missing.
        let mut known = keys::KINDS.map(|(_, keys)| keys).concat();
        known.sort_unstable();
        known.dedup();
        keys::refuse_unknown("[[data.task]]", table, &known)?;
        let words: Vec<String> = kinds.iter().map(|(word, _)| format!("\"{word}\"")).collect();
        return Err(bad_input!(
            "{}: the task has no kind; add kind = one of {}",
            node.place,
            words.join(", ")
        ));
    };
    let (word, known) = section.word("kind", &kinds, keys::KINDS[0])?;
    let name = section.name("name", word)?;
    keys::refuse_unknown(&format!("task '{name}', which is of kind {word}"), table, known)?;

    let section = Section {
        path: format!("data.task.{name}"),
        table,
    };
    let noise = |default: f32| section.number("noise", &NOT_NEGATIVE, default);
    let classes = |default: usize| section.whole("classes", 2..=1024, default);
    let kind = match word {
        "moons" => Kind::Moons { noise: noise(0.1)? },
        "circles" => Kind::Circles {
            noise: noise(0.05)?,
            factor: section.number("factor", &INSIDE_ONE, 0.5)?,
        },
        "xor" => Kind::Xor { noise: noise(0.2)? },
        "blobs" => Kind::Blobs {
            noise: noise(0.2)?,
            classes: classes(3)?,
        },
        "spirals" => Kind::Spirals {
            noise: noise(0.05)?,
            classes: classes(2)?,
            turns: section.number("turns", &POSITIVE, 1.0)?,
        },
        _ => {
            let Some(path) = section.text("path", "data.csv")? else {
                let place = &kind_node.place;
                return Err(bad_input!(
                    "{place}: task '{name}' has no path; add path = \"FILE.csv\""
                ));
            };
            let label = section.text("label", "label")?.unwrap_or("label").to_owned();
            Kind::Csv {
                path: PathBuf::from(path),
                label,
            }
        }
    };
    Ok(Task { name, kind })
}

fn training(section: &Section<'_>) -> anyhow::Result<Training> {
    let default = Training::default();
    let optimizers = [("sgd", Optimizer::Sgd), ("adam", Optimizer::Adam)];
    Ok(Training {
        optimizer: section.word("optimizer", &optimizers, default.optimizer)?,
        rate: section.number("rate", &POSITIVE, default.rate)?,
        momentum: section.number("momentum", &BELOW_ONE, default.momentum)?,
        weight_decay: section.number("weight_decay", &NOT_NEGATIVE, default.weight_decay)?,
        batch: section.whole("batch", 1..=MOST, default.batch)?,
        epochs: section.whole("epochs", COUNT, default.epochs)?,
        patience: section.optional_whole("patience", COUNT, "30")?,
    })
}

fn pruning(section: &Section<'_>, training: &Training) -> anyhow::Result<Pruning> {
    let (rate, levels, target) = choice::pair(section)?;
    let rewind = section
        .node("rewind")
        .map_or(Ok(Rewind::Initial), |node| rewind(section, node, training))?;
    Ok(Pruning {
        rate,
        levels,
        target,
        rewind,
    })
}

fn rewind(section: &Section<'_>, node: &Node, training: &Training) -> anyhow::Result<Rewind> {
    let words = [("initial", Rewind::Initial), ("none", Rewind::None)];
    let or_epoch =
        |error: anyhow::Error| bad_input!("{error} (or an epoch to go back to: rewind = {{ epoch = 5 }})");
    let Value::Table(table) = &node.value else {
        return section.word("rewind", &words, Rewind::Initial).map_err(or_epoch);
    };
    keys::refuse_unknown("pruning.rewind", table, keys::of("pruning.rewind"))?;
    let section = Section {
        path: "pruning.rewind".to_owned(),
        table,
    };
    let (epoch, epochs) = (section.optional_whole("epoch", COUNT, "5")?, training.epochs);
    match (epoch, section.node("epoch")) {
        (Some(epoch), _) if epoch < epochs => Ok(Rewind::Epoch(epoch)),
        (Some(_), Some(node)) => {
            let rule = format!(
                "must be below training.epochs, which is {epochs}, so that something is left to train"
            );
            Err(setting::refused("pruning.rewind.epoch", node, &rule))
        }
        _ => Err(bad_input!(
            "{}: pruning.rewind has no epoch; write rewind = {{ epoch = 5 }}",
            node.place
        )),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::testing::{check as refuse, good};
    use super::super::{BUILTIN, Experiment, Kind};
    use super::read;
    use crate::error::is_bad_input;

    /// Checks that `source` is refused as bad input, in words that hold every one of `fragments`.
    #[track_caller]
    fn check(source: &str, fragments: &[&str]) {
        let error = read(source, &[]).expect_err("refused");
        let message = format!("{error:#}");
        assert!(is_bad_input(&error), "not bad input: {message}");
        for fragment in fragments {
            assert!(message.contains(fragment), "no '{fragment}' in: {message}");
        }
    }

    #[test]
    fn a_source_is_a_built_in_name_or_a_file() {
        for builtin in BUILTIN {
            assert_eq!(read(builtin.name, &[]).unwrap(), good(builtin.text, &[]));
        }
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.toml");
        fs::write(&path, "name = \"a\"\n").unwrap();
        let experiment = read(path.to_str().unwrap(), &["seeds=3".to_owned()]).unwrap();
        assert_eq!(
            experiment,
            Experiment {
                name: "a".to_owned(),
                seeds: 3,
                ..Experiment::default()
            }
        );
    }

    #[test]
    fn a_source_that_is_neither_is_refused_with_the_built_in_ones() {
        check(
            "moon-circles",
            &[
                "neither a built-in",
                "thesis-1-hidden, thesis-2-hidden",
                "'moons-circles'?",
            ],
        );
        check("moons-circles.toml", &["'moons-circles'?"]);
        check("no/such/file.toml", &["no/such/file.toml", "nor a file"]);
        check("", &["nor a file"]);
        check("a\0b", &["cannot be read"]);
    }

    #[test]
    fn a_file_that_is_no_text_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.toml");
        let source = path.to_str().unwrap();
        check(
            directory.path().to_str().unwrap(),
            &["is a directory", "experiment.toml"],
        );
        fs::write(&path, b"name = \"a\"\n# \xff\xfe\n").unwrap();
        check(source, &["a.toml:2: is not UTF-8", "save it as UTF-8"]);
        fs::write(&path, vec![b'#'; (1 << 20) + 1]).unwrap();
        check(source, &["larger than 1 MiB"]);
        fs::write(&path, vec![b'#'; 1 << 20]).unwrap();
        assert_eq!(read(source, &[]).unwrap(), Experiment::default());
        fs::write(&path, "\nseeds = 0\n").unwrap();
        check(source, &["a.toml:2:9: seeds is 0"]);
    }

    #[test]
    fn a_mistake_set_over_a_built_in_is_called_by_both() {
        let error = read("thesis-1-hidden", &["pruning.rewind.epoch=4000".to_owned()]).unwrap_err();
        assert!(
            error.to_string().starts_with("--set pruning.rewind.epoch=4000: "),
            "{error}"
        );
        let error = read("thesis-1-hidden", &["data.task.moons.name=circles".to_owned()]).unwrap_err();
        assert!(
            error.to_string().starts_with("built-in thesis-1-hidden:"),
            "{error}"
        );
    }

    #[test]
    fn a_task_defaults_to_its_kinds_settings_and_name() {
        let kinds = ["moons", "circles", "xor", "blobs", "spirals"]
            .map(|kind| format!("[[data.task]]\nkind = \"{kind}\"\n"));
        let csv = "[[data.task]]\nkind = \"csv\"\npath = \"some/iris.csv\"\n";
        let experiment = good(&(kinds.concat() + csv), &[]);
        let expected = [
            Kind::Moons { noise: 0.1 },
            Kind::Circles {
                noise: 0.05,
                factor: 0.5,
            },
            Kind::Xor { noise: 0.2 },
            Kind::Blobs {
                noise: 0.2,
                classes: 3,
            },
            Kind::Spirals {
                noise: 0.05,
                classes: 2,
                turns: 1.0,
            },
            Kind::Csv {
                path: "some/iris.csv".into(),
                label: "label".to_owned(),
            },
        ];
        for (task, kind) in experiment.data.task.iter().zip(&expected) {
            assert_eq!(&task.kind, kind);
            assert_eq!(task.name, kind.word());
        }
        assert_eq!(experiment.data.task.len(), expected.len());
    }

    #[test]
    fn a_rewind_must_lie_within_the_training() {
        refuse(
            "[pruning]\nrewind = { epoch = 30 }",
            &[],
            &["my.toml:2:20", "below training.epochs, which is 30"],
        );
        refuse("[pruning]\nrewind = { epoch = 0 }", &[], &["from 1 to"]);
        refuse("[pruning]\nrewind = {}", &[], &["{ epoch = 5 }"]);
        assert_eq!(
            good("[pruning]\nrewind = { epoch = 29 }", &[]).training.epochs,
            30
        );
    }
}
