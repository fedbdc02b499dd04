//! Writes what a command makes to the file that the user named, or to standard output, and never over what it was made of.

use std::fs;
use std::io::{BufWriter, Write};
use std::path::Path;

use crate::bad_input;
use crate::files::{check_writable, write_atomically, write_atomically_with};

/// Where what a command makes goes: a file that is none of the command's inputs, or standard output.
#[derive(Debug)]
pub(super) struct Output<'a>(&'a Path);

impl<'a> Output<'a> {
    /// The place at `path`, where `-` is standard output. A command asks for it before it works, and names all files that
    /// it reads: what it makes would take the place of one of them, without a way back.
    ///
    /// # Errors
    ///
    /// Bad input if `path` leads to the same file as one of `inputs`, by whatever name or link.
    pub(super) fn new<'i>(
        path: &'a Path,
        inputs: impl IntoIterator<Item = &'i Path>,
    ) -> anyhow::Result<Self> {
        let same = inputs.into_iter().find(|input| is_same_file(path, input));
        match same.filter(|_| !is_stdout(path)) {
            None => Ok(Self(path)),
            Some(input) => Err(bad_input!(
                "{}: this is the same file as the input {}, which would be lost; name another to write to",
                path.display(),
                input.display()
            )),
        }
    }

    /// As [`new`](Self::new), for what is no text.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), and if `path` is `-` or cannot be written to: that is said before hours of training.
    pub(super) fn file<'i>(
        path: &'a Path,
        inputs: impl IntoIterator<Item = &'i Path>,
    ) -> anyhow::Result<Self> {
        if is_stdout(path) {
            return Err(bad_input!(
                "--out -: what is written is no text for standard output; name a file, or ./- for one that is called so"
            ));
        }
        let output = Self::new(path, inputs)?;
        check_writable(path)?;
        Ok(output)
    }

    pub(super) fn is_stdout(&self) -> bool {
        is_stdout(self.0)
    }

    /// Writes `bytes` there; `out` is standard output.
    ///
    /// # Errors
    ///
    /// Bad input if the file cannot be written to, another error if the disk is full.
    pub(super) fn write(&self, bytes: &[u8], out: &mut dyn Write) -> anyhow::Result<()> {
        if self.is_stdout() {
            out.write_all(bytes)?;
            return Ok(());
        }
        write_atomically(self.0, bytes)
    }

    /// As [`write`](Self::write), with bytes that come one after the other.
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write), and those of `write` itself.
    pub(super) fn write_with(
        &self,
        out: &mut dyn Write,
        write: impl FnOnce(&mut dyn Write) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        if self.is_stdout() {
            return write(&mut BufWriter::new(out));
        }
        write_atomically_with(self.0, |file| write(file))
    }

    /// The same of a [file](Self::file).
    ///
    /// # Errors
    ///
    /// As [`write_with`](Self::write_with).
    pub(super) fn write_file_with(
        &self,
        write: impl FnOnce(&mut (dyn Write + Send)) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        write_atomically_with(self.0, write)
    }
}

/// Whether `path` stands for standard output.
pub(super) fn is_stdout(path: &Path) -> bool {
    path == Path::new("-")
}

/// Whether both lead to one regular file that is there. Pipes and devices lose nothing when they are written to. An input
/// `-` is standard input, which may be a file.
fn is_same_file(path: &Path, input: &Path) -> bool {
    let input = if input == Path::new("-") {
        Path::new("/dev/stdin")
    } else {
        input
    };
    let (Ok(ours), Ok(theirs)) = (fs::metadata(path), fs::metadata(input)) else {
        return false;
    };
    ours.is_file() && theirs.is_file() && is_one(&ours, &theirs, [path, input])
}

#[cfg(unix)]
fn is_one(ours: &fs::Metadata, theirs: &fs::Metadata, _paths: [&Path; 2]) -> bool {
    use std::os::unix::fs::MetadataExt;
    (ours.dev(), ours.ino()) == (theirs.dev(), theirs.ino())
}

#[cfg(not(unix))]
fn is_one(_ours: &fs::Metadata, _theirs: &fs::Metadata, paths: [&Path; 2]) -> bool {
    let [ours, theirs] = paths.map(|path| path.canonicalize().ok());
    ours.is_some() && ours == theirs
}

#[cfg(test)]
mod tests {
    use super::{Output, fs};
    use crate::error::refused;

    #[test]
    fn no_input_is_written_over_by_any_of_its_names() {
        let home = tempfile::tempdir().unwrap();
        let named = |name: &str| home.path().join(name);
        for name in ["input", "other"] {
            fs::write(named(name), name).unwrap();
        }
        fs::create_dir(named("below")).unwrap();
        let inputs = [named("nowhere"), named("input")];
        let inputs = || inputs.iter().map(|path| &**path);
        let mut names = vec!["input", "below/../input"];
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("input", named("link")).unwrap();
            std::os::unix::fs::symlink(home.path(), named("home")).unwrap();
            fs::hard_link(named("input"), named("hard")).unwrap();
            names.extend(["link", "home/input", "hard"]);
        }
        for name in names {
            let path = named(name);
            for made in [Output::new(&path, inputs()), Output::file(&path, inputs())] {
                refused(made, &[name, "the same file as the input", "name another"]);
            }
        }
        for name in ["other", "new", "nowhere"] {
            Output::new(&named(name), inputs())
                .unwrap()
                .write(b"new", &mut vec![])
                .unwrap();
            assert_eq!(fs::read(named(name)).unwrap(), b"new");
        }
        assert_eq!(fs::read(named("input")).unwrap(), b"input");
    }

    #[test]
    fn a_dash_is_standard_output_and_takes_text_alone() {
        let mut out = vec![];
        let path = "-".as_ref();
        Output::new(path, []).unwrap().write(b"text", &mut out).unwrap();
        assert_eq!(out, b"text");
        refused(Output::file(path, []), &["--out -", "no text"]);
    }
}
