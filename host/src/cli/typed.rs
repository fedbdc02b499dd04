//! What a shell made of a command line: empty values of variables, and words that blanks split off.

use std::borrow::Cow;
use std::ffi::OsString;

use crate::bad_input;

/// Why an argument that is empty cannot be meant.
pub(super) fn empty(arguments: &[OsString]) -> Option<anyhow::Error> {
    let texts: Vec<_> = arguments
        .iter()
        .map(|argument| argument.to_string_lossy())
        .collect();
    let found = (1..texts.len()).find_map(|place| {
        let text = &texts[place];
        // `--out=`, too; a key of --set has messages of its own.
        let option = text
            .strip_suffix('=')
            .filter(|option| option.starts_with("--") && !option.contains('='));
        match option {
            Some(option) => Some(option),
            None if text.is_empty() => Some(&*texts[place - 1]),
            None => None,
        }
    })?;
    let place = if found.starts_with('-') {
        format!("{found}: its value")
    } else {
        format!("the argument after {found}")
    };
    Some(bad_input!(
        "{place} is empty; give one, or leave it out (a variable of the shell may not be set)"
    ))
}

/// What to write where a shell split a `--set` at its blanks, if `message` is of a word behind it.
pub(super) fn split(arguments: &[OsString], message: &str) -> Option<String> {
    let texts: Vec<_> = arguments
        .iter()
        .map(|argument| argument.to_string_lossy())
        .collect();
    let sets = (1..texts.len()).filter(|&place| texts[place - 1] == "--set" && texts[place].contains('='));
    sets.into_iter().find_map(|place| {
        let behind = texts[place + 1..]
            .iter()
            .take_while(|text| !text.starts_with('-'));
        let words: Vec<&str> = behind.map(|text| &**text).collect();
        words.iter().any(|word| message.contains(word)).then(|| {
            let whole = format!("{} {}", texts[place], words.join(" "));
            let whole = shlex::try_quote(&whole).map_or_else(|_| whole.clone(), Cow::into_owned);
            format!("The shell splits words at blanks. If these belong together, write: --set {whole}")
        })
    })
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::{empty, split};

    fn arguments(line: &[&str]) -> Vec<OsString> {
        line.iter().map(OsString::from).collect()
    }

    #[test]
    fn an_empty_argument_is_named_by_its_option() {
        let message = |line: &[&str]| empty(&arguments(line)).map(|error| format!("{error:#}"));
        let found = message(&["tombola", "predict", "t", "--data", ""]).unwrap();
        assert!(
            found.starts_with("--data: its value is empty; give one"),
            "{found}"
        );
        let found = message(&["tombola", "run", "--out="]).unwrap();
        assert!(found.starts_with("--out: its value is empty"), "{found}");
        let found = message(&["tombola", "run", ""]).unwrap();
        assert!(found.starts_with("the argument after run is empty"), "{found}");
        assert_eq!(message(&["tombola", "run", "--set", "training.rate="]), None);
        assert_eq!(message(&["tombola", "run", "--set=name="]), None);
    }

    #[test]
    fn words_that_were_split_off_are_put_together() {
        let line = arguments(&[
            "tombola",
            "run",
            "--set",
            "data.task.iris.label=my",
            "label",
            "--seeds",
            "2",
        ]);
        assert_eq!(
            split(&line, "label: neither a built-in experiment nor a file").unwrap(),
            "The shell splits words at blanks. If these belong together, write: --set 'data.task.iris.label=my label'"
        );
        assert_eq!(split(&line, "--seeds is wrong"), None);
        let line = arguments(&["tombola", "run", "--set", "seeds=1", "my.toml"]);
        assert_eq!(split(&line, "seeds is 1"), None);
    }
}
