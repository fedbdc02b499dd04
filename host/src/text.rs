//! The parts of messages: quoted text, counts, lists, and the nearest known word to an unknown one.

use std::fmt::Display;

use itertools::Itertools;

/// How many characters of a name or a value are quoted.
const QUOTED: usize = 60;
/// How many of what a library says of them.
const PROBLEM: usize = 200;

/// `'text'`, as [`shown`].
pub fn quoted(text: &str) -> String {
    format!("'{}'", shown(text))
}

/// What another library says of text from outside, fit for a message: see [`legible`].
pub fn problem(error: &dyn Display) -> String {
    legible(&error.to_string(), PROBLEM)
}

/// A name or a value from outside, fit for a message: see [`legible`].
pub fn shown(text: &str) -> String {
    legible(text, QUOTED)
}

/// Text from outside, fit for a terminal: one line of at most so many characters (and an ellipsis), in which
/// characters that a terminal would obey or could not show are escaped as in Rust.
pub fn legible(text: &str, longest: usize) -> String {
    let mut legible = String::new();
    for (count, c) in text.chars().enumerate() {
        if count == longest {
            legible.push('…');
            break;
        }
        match c {
            '\'' | '"' | '\\' => legible.push(c),
            c => legible.extend(c.escape_debug()),
        }
    }
    legible
}

/// `1 weight`, `2 weights`.
pub fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// `a`, `a and b`, `a, b and c`, with this word before the last.
pub fn listed<S: AsRef<str>>(items: &[S], word: &str) -> String {
    match items {
        [] => String::new(),
        [item] => item.as_ref().to_owned(),
        [items @ .., last] => {
            format!(
                "{} {word} {}",
                items.iter().map(AsRef::as_ref).join(", "),
                last.as_ref()
            )
        }
    }
}

/// `did you mean 'moons'?`, if some known word is near.
pub fn did_you_mean<S: AsRef<str>>(word: &str, known: &[S]) -> Option<String> {
    nearest(word, known).map(|(near, _)| format!("did you mean {}?", quoted(near)))
}

/// The nearest of `known` to `word` and its distance (edits, a swap counts one), if at most half of the word would have
/// to change.
pub fn nearest<'a, S: AsRef<str>>(word: &str, known: &'a [S]) -> Option<(&'a str, usize)> {
    let word = word.to_lowercase();
    let near = known
        .iter()
        .map(AsRef::as_ref)
        .map(|known| (known, strsim::damerau_levenshtein(&word, known)))
        .min_by_key(|near| near.1)?;
    // A word that differs only by its case is at distance 0.
    (near.1 <= (word.chars().count() / 2).max(1)).then_some((near.0, near.1.max(1)))
}

#[cfg(test)]
mod tests {
    use super::{counted, did_you_mean, legible, listed, quoted};

    #[test]
    fn quoted_text_is_one_bounded_line_that_no_terminal_obeys() {
        assert_eq!(quoted("it's \"ü\" \\ 1"), "'it's \"ü\" \\ 1'");
        assert_eq!(
            quoted("\u{1b}[2J\r\n\0\u{202e}"),
            "'\\u{1b}[2J\\r\\n\\0\\u{202e}'"
        );
        assert_eq!(quoted(&"x".repeat(60)), format!("'{}'", "x".repeat(60)));
        assert_eq!(quoted(&"x".repeat(61)), format!("'{}…'", "x".repeat(60)));
        assert_eq!(legible("abc", 2), "ab…");
    }

    #[test]
    fn one_is_singular_and_none_is_plural() {
        let counts = [0, 1, 2].map(|count| counted(count, "seed"));
        assert_eq!(counts, ["0 seeds", "1 seed", "2 seeds"]);
    }

    #[test]
    fn lists_end_with_their_word() {
        assert_eq!(listed::<&str>(&[], "and"), "");
        assert_eq!(listed(&["a"], "and"), "a");
        assert_eq!(listed(&["a", "b"], "or"), "a or b");
        assert_eq!(listed(&["a", "b", "c"], "and"), "a, b and c");
    }

    #[test]
    fn a_word_that_is_near_is_suggested_and_one_that_is_not_is_not() {
        let known = ["moons", "circles", "xor"];
        let suggested = |word| did_you_mean(word, &known);
        assert_eq!(suggested("mono").as_deref(), Some("did you mean 'moons'?"));
        assert_eq!(suggested("XOR").as_deref(), Some("did you mean 'xor'?"));
        assert_eq!(suggested("temperature"), None);
    }
}
