//! Reads files whole, and says of what cannot be read what it is and what to do.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use anyhow::Context;

use crate::bad_input;
use crate::data::{LARGEST, unpacked};

const STDIN: &str = "standard input";

/// The content of a regular file, or what comes out of a pipe until it is closed.
///
/// # Errors
///
/// [`BadInput`](crate::error::BadInput) if there is no such file, or it may not be read, or it is something else or too
/// large; another error if reading fails.
pub fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    if is_pipe(path) {
        let place = path.display().to_string();
        let pipe = fs::File::open(path).with_context(|| format!("cannot read {place}"))?;
        return to_end(pipe, LARGEST, &place);
    }
    read_if_there(path)?.ok_or_else(|| {
        bad_input!(
            "{}: there is no such file; check the path; a relative one starts at the current directory",
            path.display()
        )
    })
}

/// The unpacked content of a file with data that the user named for a command, and what messages call it; `-` is standard
/// input.
///
/// # Errors
///
/// As [`read`] and [`unpacked`].
pub fn read_data(path: &Path) -> anyhow::Result<(Vec<u8>, String)> {
    let place = place_of(path).display().to_string();
    let bytes = if path == Path::new("-") {
        read_stdin()?
    } else {
        read(path)?
    };
    Ok((unpacked(bytes, &place)?, place))
}

/// What messages call a file with data that the user named for a command.
pub fn place_of(path: &Path) -> &Path {
    if path == Path::new("-") {
        Path::new(STDIN)
    } else {
        path
    }
}

/// What standard input gives until it is closed.
///
/// # Errors
///
/// As [`read`].
pub fn read_stdin() -> anyhow::Result<Vec<u8>> {
    to_end(io::stdin().lock(), LARGEST, STDIN)
}

/// All bytes of a stream; of which it is not known how many come, so that one more than `most` is asked for.
fn to_end(stream: impl Read, most: u64, place: &str) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    stream
        .take(most + 1)
        .read_to_end(&mut bytes)
        .with_context(|| format!("cannot read {place}"))?;
    if most < bytes.len() as u64 {
        return Err(bad_input!(
            "{place}: there are more than {most} bytes, the most that is read; divide the data"
        ));
    }
    Ok(bytes)
}

/// The content of a regular file; `None` if nothing has that name.
///
/// # Errors
///
/// As [`read`].
pub fn read_if_there(path: &Path) -> anyhow::Result<Option<Vec<u8>>> {
    let place = path.display();
    let problem = match content(path) {
        Ok(Ok(bytes)) => return Ok(Some(bytes)),
        Ok(Err(problem)) => problem,
        Err(error) => match error.kind() {
            io::ErrorKind::NotFound if path.is_symlink() => {
                "this is a link to a file that is not there; restore the file or remove the link".to_owned()
            }
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => return Ok(None),
            io::ErrorKind::PermissionDenied => {
                "you may not read this file; change its permissions".to_owned()
            }
            _ => return Err(error).with_context(|| format!("cannot read {place}")),
        },
    };
    Err(bad_input!("{place}: {problem}"))
}

#[cfg(unix)]
fn is_pipe(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt;
    fs::metadata(path).is_ok_and(|found| found.file_type().is_fifo())
}

#[cfg(not(unix))]
fn is_pipe(_path: &Path) -> bool {
    false
}

/// The bytes, or why a file that is there is not to be read.
fn content(path: &Path) -> io::Result<Result<Vec<u8>, String>> {
    let found = fs::metadata(path)?;
    Ok(if found.is_dir() {
        Err("this is a directory; name a file in it".to_owned())
    } else if !found.is_file() {
        Err("this is not a regular file; save its content to one".to_owned())
    } else if LARGEST < found.len() {
        Err(format!(
            "the file has {} bytes, and at most {LARGEST} are read; check the path",
            found.len()
        ))
    } else {
        Ok(fs::read(path)?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{is_bad_input, refused};
    use crate::ticket::Ticket;

    #[track_caller]
    fn check(path: &Path, expected: &str) {
        let expected = format!("{}: {expected}", path.display());
        assert_eq!(refused(read(path), &[]), expected);
        assert_eq!(refused(Ticket::read(path), &[]), expected);
    }

    #[test]
    fn what_is_no_file_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let named = |name| dir.path().join(name);
        check(
            &named("nowhere"),
            "there is no such file; check the path; a relative one starts at the current directory",
        );
        check(dir.path(), "this is a directory; name a file in it");
        fs::write(named("file"), b"").unwrap();
        check(
            &named("file/below"),
            "there is no such file; check the path; a relative one starts at the current directory",
        );
        let huge = fs::File::create(named("huge")).unwrap();
        huge.set_len(LARGEST + 1).unwrap();
        check(
            &named("huge"),
            "the file has 4294967297 bytes, and at most 4294967296 are read; check the path",
        );
    }

    #[test]
    fn a_stream_is_read_whole_or_refused() {
        assert_eq!(to_end(&b"abc"[..], 3, "").unwrap(), b"abc");
        refused(
            to_end(&b"abcd"[..], 3, "standard input"),
            &["standard input: there are more than 3 bytes"],
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_is_read_to_its_end_but_not_in_place_of_a_file() {
        let dir = tempfile::tempdir().unwrap();
        let pipe = dir.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(made.success());
        refused(read_if_there(&pipe), &["not a regular file"]);
        let writer = std::thread::spawn({
            let pipe = pipe.clone();
            move || fs::write(pipe, b"a,b\n").unwrap()
        });
        assert_eq!(read(&pipe).unwrap(), b"a,b\n");
        writer.join().unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_nothing_is_refused_and_one_that_leads_to_itself_is_a_failure() {
        let dir = tempfile::tempdir().unwrap();
        let [dangling, ring] = ["dangling", "ring"].map(|name| dir.path().join(name));
        std::os::unix::fs::symlink(dir.path().join("nowhere"), &dangling).unwrap();
        std::os::unix::fs::symlink(&ring, &ring).unwrap();
        check(
            &dangling,
            "this is a link to a file that is not there; restore the file or remove the link",
        );
        let error = read_if_there(&ring).unwrap_err();
        assert!(!is_bad_input(&error), "{error:#}");
        let start = format!("cannot read {}: ", ring.display());
        assert!(format!("{error:#}").starts_with(&start), "{error:#}");
        assert!(read_if_there(&dir.path().join("nowhere")).unwrap().is_none());
    }
}
