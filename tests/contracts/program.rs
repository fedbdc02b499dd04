//! The program as a user starts it: what these tests share.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// The builds of the program to test: those that `tests/run` made and names in `TOMBOLA_PROGRAMS`, else one debug
/// build, made now.
pub(crate) fn programs() -> &'static [PathBuf] {
    static PROGRAMS: OnceLock<Vec<PathBuf>> = OnceLock::new();
    PROGRAMS.get_or_init(|| match std::env::var_os("TOMBOLA_PROGRAMS") {
        Some(programs) => std::env::split_paths(&programs).collect(),
        None => vec![debug_build()],
    })
}

/// Cargo says where a package's own programs are, but not those of another package.
fn debug_build() -> PathBuf {
    let mut build = Command::new(env!("CARGO"));
    build.args("build --quiet --package tombola-host --message-format json".split(' '));
    let messages = succeeds(build.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")));
    let executable = |line: &str| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        message["executable"].as_str().map(PathBuf::from)
    };
    let program = messages.lines().find_map(executable);
    program.expect("cargo names the program")
}

/// The program, with arguments, not yet started; in the environment of the tests.
pub(crate) fn tombola<S: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = S>) -> Command {
    command(&programs()[0], arguments)
}

/// The program with a command line that is split at spaces; `@` stands for `home`.
pub(crate) fn line(home: &Path, text: &str) -> Command {
    let home = home.display().to_string();
    tombola(text.split(' ').map(|word| word.replace('@', &home)))
}

/// One build of the program, with arguments.
pub(crate) fn command<S: AsRef<std::ffi::OsStr>>(
    program: &Path,
    arguments: impl IntoIterator<Item = S>,
) -> Command {
    let mut command = Command::new(program);
    command.args(arguments);
    command
}

/// Standard output of a run that must succeed.
#[track_caller]
pub(crate) fn succeeds(command: &mut Command) -> String {
    let output = command.output().expect("the program starts");
    let (status, message) = (output.status, stderr(&output));
    assert!(status.success(), "{command:?}: {status}\n{message}");
    String::from_utf8(output.stdout).expect("answers are UTF-8")
}

/// A run that must end with this code and a message of one line that holds every fragment, and not panic.
#[track_caller]
pub(crate) fn fails(command: &mut Command, code: i32, fragments: &[&str]) {
    let output = command.output().expect("the program starts");
    let message = stderr(&output);
    assert_eq!(output.status.code(), Some(code), "{command:?}: {message}");
    assert!(!message.contains("panicked"), "{message}");
    for fragment in fragments {
        assert!(message.contains(fragment), "no '{fragment}' in: {message}");
    }
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Every file below a directory, by its path within.
pub(crate) fn files(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![directory.to_owned()];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            let entries = fs::read_dir(&path).expect("a directory");
            open.extend(entries.map(|entry| entry.expect("an entry").path()));
        } else {
            let name = path.strip_prefix(directory).expect("below the directory");
            found.insert(name.to_owned(), fs::read(&path).expect("a file"));
        }
    }
    found
}

/// Checks that two directories hold the same files, byte for byte.
#[track_caller]
pub(crate) fn same_files(one: &Path, other: &Path) {
    let (one, other) = (files(one), files(other));
    let names = |files: &BTreeMap<PathBuf, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&one), names(&other));
    for (name, bytes) in &one {
        assert!(*bytes == other[name], "{} differs", name.display());
    }
}
