//! The parts of messages: quoted text, counts, lists, and the nearest known word to an unknown one.
//!
//! Text from outside (names, labels, paths, what a library or a board says) may hold characters that a terminal obeys or
//! that XML forbids. One rule holds for all of it: a name or label that is new is refused where it is read, see
//! [`unwanted`]; whatever leaves the program is escaped where it leaves, see [`visible`] and [`visible_json`].

use std::borrow::Cow;
use std::fmt::{Display, Write as _};

use itertools::Itertools;
use serde::de::DeserializeOwned;

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
            // Behind a letter, an accent is legible.
            c if 0 < count && is_accent(c) => legible.push(c),
            c => legible.extend(c.escape_debug()),
        }
    }
    legible
}

/// Text of any number of lines as it leaves the program, for a terminal, a page, a picture or a table: characters that
/// have no place in text are escaped as in Rust, and all others stay as they are, line breaks among them.
pub fn visible(text: &str) -> Cow<'_, str> {
    escaped(text, |c, escaped| escaped.extend(c.escape_debug()))
}

/// What JSON says. The one parser of it: headers of tickets are bytes, and that of text would be linked beside that of bytes.
///
/// # Errors
/// If it is malformed, or says something else.
pub(crate) fn from_json<T: DeserializeOwned>(json: &str) -> serde_json::Result<T> {
    serde_json::from_slice(json.as_bytes())
}

/// JSON as it leaves the program: the same characters as in [`visible`], escaped as JSON has it, which changes no value.
pub fn visible_json(json: &str) -> Cow<'_, str> {
    escaped(json, |c, escaped| {
        for unit in c.encode_utf16(&mut [0; 2]) {
            let _ = write!(escaped, "\\u{unit:04x}");
        }
    })
}

fn escaped(text: &str, escape: impl Fn(char, &mut String)) -> Cow<'_, str> {
    let is_escaped = |c: char| is_unwanted(c) && c != '\n';
    if !text.chars().any(is_escaped) {
        return text.into();
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_escaped(c) {
            escape(c, &mut escaped);
        } else {
            escaped.push(c);
        }
    }
    escaped.into()
}

/// Whether the character has no place in a line of text: a terminal obeys it, it turns the direction of the text around
/// it, it ends the line, or it is no character at all, and XML forbids it.
fn is_unwanted(c: char) -> bool {
    let code = u32::from(c);
    c.is_control()
        || matches!(code, 0x2028..=0x202e | 0x2066..=0x2069 | 0x200b | 0xfeff | 0xfdd0..=0xfdef)
        || code & 0xfffe == 0xfffe
}

/// Whether the character changes the one before it, and can be seen.
fn is_accent(c: char) -> bool {
    // Within a text, such a character is escaped only if it cannot be seen.
    !c.is_ascii() && 1 < c.escape_debug().len() && format!("a{c}").escape_debug().count() == 2
}

/// Why this name or label is refused, whatever it names, and what to do.
pub fn unwanted(text: &str) -> Option<String> {
    let c = text.chars().find(|&c| is_unwanted(c))?;
    let what = match c {
        '\n' | '\r' | '\u{2028}' | '\u{2029}' => "a line break",
        '\t' => "a tab",
        '\0' => "a zero byte",
        '\u{1a}' => "the end-of-file mark of DOS",
        '\u{1b}' => "the escape character of terminals",
        '\u{feff}' => "a byte order mark",
        '\u{200b}' => "a space without width",
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => "a mark that turns the direction of text",
        c if c.is_control() => "a control character",
        _ => "no character of any text",
    };
    Some(format!("holds U+{:04X}, {what}; take it out", u32::from(c)))
}

/// `1 weight`, `2 weights`, `0 classes`.
pub fn counted(count: usize, noun: &str) -> String {
    if count == 1 {
        format!("1 {noun}")
    } else {
        format!("{count} {}", plural(noun))
    }
}

/// As English has it, but for nouns that it makes exceptions of.
fn plural(noun: &str) -> String {
    match noun.as_bytes() {
        [.., b'i', b's'] => format!("{}es", &noun[..noun.len() - 2]),
        [.., b's' | b'x'] => format!("{noun}es"),
        [.., before, b'y'] if !b"aeiou".contains(before) => format!("{}ies", &noun[..noun.len() - 1]),
        _ => format!("{noun}s"),
    }
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
    use super::{counted, did_you_mean, legible, listed, quoted, unwanted, visible, visible_json};

    /// What must reach no terminal, page or picture as it is.
    const HOSTILE: &str = "\0\u{7}\u{1a}\u{1b}[2J\r\t\u{7f}\u{85}\u{9b}\u{200b}\u{2028}\u{2029}\u{202e}\u{2066}\
                           \u{fdd0}\u{feff}\u{fffe}\u{ffff}\u{1fffe}\u{10ffff}";
    /// What may.
    const HARMLESS: &str = "it's \"ü\" \\u{1b} e\u{301} 95\u{a0}%\u{3000}− … \n <&>🎟 🧑\u{200d}🌾";

    #[test]
    fn what_leaves_the_program_is_legible_and_only_that_is_changed() {
        assert_eq!(visible(HARMLESS), HARMLESS);
        assert_eq!(visible_json(HARMLESS), HARMLESS);
        for escaped in [visible(HOSTILE), visible_json(HOSTILE)] {
            assert!(escaped.bytes().all(|byte| byte.is_ascii_graphic()), "{escaped}");
        }
        assert_eq!(visible("a\u{1b}[1m\u{202e}b\n"), "a\\u{1b}[1m\\u{202e}b\n");
        assert_eq!(visible(&visible(HOSTILE)), visible(HOSTILE));
    }

    #[test]
    fn json_means_the_same_after_it_is_escaped() {
        let text = format!("{HOSTILE}{HARMLESS}");
        let json = serde_json::to_string(&text).unwrap();
        let escaped = visible_json(&json);
        assert_ne!(escaped, json);
        assert_eq!(serde_json::from_str::<String>(&escaped).unwrap(), text);
    }

    #[test]
    fn a_name_that_no_terminal_may_see_is_unwanted_and_one_of_any_language_is_not() {
        for name in [
            "setosa",
            "café",
            "cafe\u{301}",
            "New\u{a0}York",
            "می\u{200c}خواهم",
            "🧑\u{200d}🌾",
            "a'\"\\",
            "",
        ] {
            assert_eq!(unwanted(name), None, "{name}");
        }
        for (name, what) in [
            (
                "1\u{1a}",
                "holds U+001A, the end-of-file mark of DOS; take it out",
            ),
            (
                "\u{1b}[2J",
                "holds U+001B, the escape character of terminals; take it out",
            ),
            ("a\u{fffe}", "holds U+FFFE, no character of any text; take it out"),
            (
                "a\u{202e}b",
                "holds U+202E, a mark that turns the direction of text; take it out",
            ),
            ("a\nb", "holds U+000A, a line break; take it out"),
            ("\u{9b}", "holds U+009B, a control character; take it out"),
        ] {
            assert_eq!(unwanted(name).as_deref(), Some(what));
        }
    }

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
        let nouns = ["axis", "bias", "class", "entry", "array"].map(|noun| counted(2, noun));
        assert_eq!(
            nouns,
            ["2 axes", "2 biases", "2 classes", "2 entries", "2 arrays"]
        );
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
