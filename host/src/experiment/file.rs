//! From a name, a file or a text to an [`Experiment`].

use std::fs::File;
use std::io::{ErrorKind, Read};

use super::value::{At, Value};
use super::{BUILTIN, Experiment, check, choice, overrides, tree};
use crate::bad_input;
use crate::text::did_you_mean;

/// No experiment file comes near this size; a data file given by mistake does.
const LARGEST: u64 = 1 << 20;

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
    choice::settle(&mut tree)?;
    let experiment = Experiment::read(&At::new("", &tree, ""), &())?;
    check::check(&tree, &experiment)?;
    Ok(experiment)
}

fn text_of(path: &str) -> anyhow::Result<String> {
    let unreadable = |error: &std::io::Error| match error.kind() {
        ErrorKind::NotFound => {
            let names: Vec<&str> = BUILTIN.iter().map(|builtin| builtin.name).collect();
            let near = did_you_mean(path, &names);
            bad_input!(
                "{path}: neither a built-in experiment ({}) nor a file; {}",
                names.join(", "),
                near.unwrap_or_else(|| "give the path of an experiment file".to_owned()),
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

#[cfg(test)]
mod tests {
    use std::fs;

    use tombola::data::{Blobs, Circles, Moons, Spirals, Xor};

    use super::super::testing::{good, wrong};
    use super::super::{BUILTIN, Csv, Experiment, Kind};
    use super::read;
    use crate::error::refused;

    #[track_caller]
    fn check(source: &str, fragments: &[&str]) {
        refused(read(source, &[]), fragments);
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
            Moons { noise: 0.1 }.into(),
            Circles {
                noise: 0.05,
                factor: 0.5,
            }
            .into(),
            Xor { noise: 0.2 }.into(),
            Blobs {
                noise: 0.2,
                classes: 3,
            }
            .into(),
            Spirals {
                noise: 0.05,
                classes: 2,
                turns: 1.0,
            }
            .into(),
            Kind::Csv(Csv {
                path: "some/iris.csv".into(),
                label: "label".to_owned(),
            }),
        ];
        for (task, kind) in experiment.data.task.iter().zip(&expected) {
            assert_eq!(&task.kind, kind);
            assert_eq!(task.name, kind.name());
        }
        assert_eq!(experiment.data.task.len(), expected.len());
    }

    #[test]
    fn a_rewind_must_lie_within_the_training() {
        wrong(
            "[pruning]\nrewind = { epoch = 30 }",
            "my.toml:2:20 | below training.epochs, which is 30",
        );
        wrong("[pruning]\nrewind = { epoch = 0 }", "from 1 to");
        wrong("[pruning]\nrewind = {}", "{ epoch = 5 }");
        assert_eq!(
            good("[pruning]\nrewind = { epoch = 29 }", &[]).training.epochs,
            30
        );
    }
}
