//! Finds an experiment by its name or its file.

use std::borrow::Cow;
use std::path::Path;

use super::read;
use crate::bad_input;
use crate::experiment::{BUILTIN, Experiment, SweepFile, builtin};
use crate::text::did_you_mean;

/// No experiment file comes near this size; a data file given by mistake does.
const LARGEST: usize = 1 << 20;

impl Experiment {
    /// Reads the built-in experiment or the file that `source` names, and puts `overrides` (`KEY=VALUE`) over it. A
    /// built-in one wins over a file of the same name, which `./NAME` still reaches.
    ///
    /// # Errors
    /// Bad input if `source` is neither, and whatever [`read()`] and [`Experiment::parse`] refuse.
    pub fn open(source: &str, overrides: &[String]) -> anyhow::Result<Self> {
        let (text, place) = found(source)?;
        Self::parse(&text, &place, overrides)
    }
}

impl SweepFile {
    /// The same of a file that may be a sweep.
    ///
    /// # Errors
    /// Bad input if `source` is neither, and whatever [`read()`] refuses.
    pub fn open(source: &str, overrides: &[String]) -> anyhow::Result<Self> {
        let (text, place) = found(source)?;
        Ok(Self::new(&text, &place, overrides))
    }
}

/// The text of the built-in experiment or the file that `source` names, and what messages call it.
fn found(source: &str) -> anyhow::Result<(Cow<'static, str>, String)> {
    Ok(match builtin(source) {
        Some(builtin) => (builtin.text.into(), format!("built-in {}", builtin.name)),
        None => (text_of(source)?.into(), source.to_owned()),
    })
}

fn text_of(path: &str) -> anyhow::Result<String> {
    if matches!(Path::new(path).try_exists(), Ok(false)) {
        let names = BUILTIN.iter().map(|builtin| builtin.name).collect::<Vec<_>>();
        let near = did_you_mean(path, &names);
        return Err(bad_input!(
            "{path}: neither a built-in experiment ({}) nor a file; {}",
            names.join(", "),
            near.unwrap_or_else(|| "give the path of an experiment file".to_owned()),
        ));
    }
    let bytes = read(Path::new(path))?;
    if bytes.len() > LARGEST {
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

    use crate::error::refused;
    use crate::experiment::{Builtin, Experiment};

    #[track_caller]
    fn check(source: &str, fragments: &[&str]) {
        refused(Experiment::open(source, &[]), fragments);
    }

    #[test]
    fn a_source_is_a_built_in_name_or_a_file() {
        for builtin in Builtin::single() {
            assert_eq!(
                Experiment::open(builtin.name, &[]).unwrap(),
                Experiment::parse(builtin.text, "text", &[]).unwrap()
            );
        }
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.toml");
        fs::write(&path, "name = \"a\"\n").unwrap();
        let experiment = Experiment::open(path.to_str().unwrap(), &["seeds=3".to_owned()]).unwrap();
        assert_eq!((&*experiment.name, experiment.seeds), ("a", 3));
    }

    #[test]
    fn a_source_that_is_neither_is_refused_with_the_built_in_ones() {
        let built_in = [
            "neither a built-in",
            "thesis-1-hidden, thesis-2-hidden",
            "'moons-circles'?",
        ];
        check("moon-circles", &built_in);
        check("moons-circles.toml", &["'moons-circles'?"]);
        check("no/such/file.toml", &["no/such/file.toml", "nor a file"]);
        check("", &["nor a file"]);
        assert!(Experiment::open("a\0b", &[]).is_err());
    }

    #[test]
    fn a_file_that_is_no_text_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.toml");
        let source = path.to_str().unwrap();
        check(
            directory.path().to_str().unwrap(),
            &["this is a directory; name a file"],
        );
        fs::write(&path, b"name = \"a\"\n# \xff\xfe\n").unwrap();
        check(source, &["a.toml:2: is not UTF-8", "save it as UTF-8"]);
        fs::write(&path, vec![b'#'; (1 << 20) + 1]).unwrap();
        check(source, &["larger than 1 MiB"]);
        fs::write(&path, vec![b'#'; 1 << 20]).unwrap();
        assert_eq!(Experiment::open(source, &[]).unwrap(), Experiment::default());
        fs::write(&path, "\nseeds = 0\n").unwrap();
        check(source, &["a.toml:2:9: seeds is 0"]);
    }

    #[test]
    fn a_mistake_set_over_a_built_in_is_called_by_both() {
        for (set, start) in [
            ("pruning.rewind.epoch=4000", "--set pruning.rewind.epoch=4000: "),
            ("data.task.moons.name=circles", "built-in thesis-1-hidden:"),
        ] {
            let message = refused(Experiment::open("thesis-1-hidden", &[set.to_owned()]), &[]);
            assert!(message.starts_with(start), "{message}");
        }
    }
}
