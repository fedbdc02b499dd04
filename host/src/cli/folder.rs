//! Writes a folder of many files, and over none that is not Tombola's own.

use std::fs;
use std::path::Path;

use crate::bad_input;
use crate::board::note;
use crate::export::package::{File, MAKER};
use crate::files::{read_if_there, unusable, write_atomically};

/// Writes `files` into the folder at `path`, which is made if it is not there. Code that Tombola made before is replaced;
/// what is its user's to edit is left alone where it is there, which is told.
///
/// # Errors
///
/// Bad input if something else is there, or cannot be written; then nothing was.
pub(super) fn write(path: &Path, files: &[File]) -> anyhow::Result<()> {
    let place = path.display();
    let mut is_ours = false;
    let mut kept = vec![];
    for file in files {
        let at = path.join(&file.path);
        match read_if_there(&at)? {
            None => {}
            Some(_) if !file.is_code => kept.push(&file.path),
            Some(bytes) if is_made(&bytes) => is_ours = true,
            Some(_) => {
                return Err(bad_input!(
                    "{}: this is there, and Tombola did not make it; name another folder",
                    at.display()
                ));
            }
        }
    }
    if !is_ours && has_files(path)? {
        return Err(bad_input!(
            "{place}: there are files in this folder that Tombola did not make; name an empty one, or one that is not there"
        ));
    }
    for file in files.iter().filter(|file| !kept.contains(&&file.path)) {
        let at = path.join(&file.path);
        let folder = at.parent().unwrap_or(path);
        fs::create_dir_all(folder).map_err(|error| {
            unusable(
                error,
                &format!("cannot make the folder {}; name another", folder.display()),
            )
        })?;
        write_atomically(&at, file.text.as_bytes())?;
    }
    for name in kept {
        note(format_args!(
            "note: {}: left as it is; delete it to have it made anew",
            path.join(name).display()
        ));
    }
    Ok(())
}

fn is_made(bytes: &[u8]) -> bool {
    let line = bytes.split(|&byte| byte == b'\n').next().unwrap_or_default();
    line.windows(MAKER.len()).any(|window| window == MAKER.as_bytes())
}

/// Whether the folder is there and has something in it.
///
/// # Errors
///
/// Bad input if it is no folder or cannot be read.
fn has_files(path: &Path) -> anyhow::Result<bool> {
    match fs::read_dir(path) {
        Ok(mut entries) => Ok(entries.next().is_some()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(unusable(
            error,
            &format!("cannot use the folder {}; name another", path.display()),
        )),
    }
}

/// Whether a folder above the one at `path` has a `Cargo.toml`.
pub(super) fn is_within_a_project(path: &Path) -> bool {
    let above = std::path::absolute(path).ok();
    let mut above = above.iter().flat_map(|path| path.ancestors().skip(1));
    above.any(|folder| folder.join("Cargo.toml").exists())
}

#[cfg(test)]
mod tests {
    use super::{File, fs, write};
    use crate::error::refused;

    fn files(code: &str) -> [File; 2] {
        let file = |path: &str, text: &str, is_code| File {
            path: path.to_owned(),
            text: text.to_owned(),
            is_code,
        };
        [file("src/a.h", code, true), file("README.md", "new", false)]
    }

    #[test]
    fn code_is_replaced_and_what_is_edited_stays() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("new/below");
        write(&folder, &files("// made by tombola 1\none")).unwrap();
        fs::write(folder.join("README.md"), "mine").unwrap();
        write(&folder, &files("// made by tombola 1\ntwo")).unwrap();
        let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
        assert_eq!(
            (read("src/a.h"), read("README.md")),
            ("// made by tombola 1\ntwo".into(), "mine".into())
        );
    }

    #[test]
    fn what_tombola_did_not_make_is_refused_and_stays() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("other"), "").unwrap();
        refused(write(home.path(), &files("x")), &["did not make", "an empty one"]);
        fs::create_dir(home.path().join("src")).unwrap();
        fs::write(home.path().join("src/a.h"), "mine\nmade by tombola 1").unwrap();
        refused(write(home.path(), &files("x")), &["a.h", "did not make"]);
        refused(write(&home.path().join("other"), &files("x")), &["other"]);
        assert!(!home.path().join("README.md").exists());
    }
}
