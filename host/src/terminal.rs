//! Fits text to the terminal that it goes to: lines are broken between words, never within one.

use std::io;

use itertools::Itertools;
use terminal_size::{Width, terminal_size_of};
use textwrap::core::display_width;
use textwrap::{Options, WordSeparator, WordSplitter};

/// Fewer columns are of no terminal that anybody reads.
const FEWEST: usize = 20;

/// Columns of the terminal that standard output is; none if it is none.
pub(crate) fn stdout() -> Option<usize> {
    columns(terminal_size_of(io::stdout()).map(|(width, _)| width))
}

/// Columns of the terminal that standard error is; none if it is none.
pub(crate) fn stderr() -> Option<usize> {
    columns(terminal_size_of(io::stderr()).map(|(width, _)| width))
}

/// A terminal that does not know its size says 0.
fn columns(width: Option<Width>) -> Option<usize> {
    let Width(width) = width?;
    (0 < width).then(|| usize::from(width).max(FEWEST))
}

/// Lines of at most so many columns, but for words that are longer: names, paths and commands are to be copied whole.
pub(crate) fn options<'a>(columns: usize) -> Options<'a> {
    Options::new(columns)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation)
        .break_words(false)
}

/// Lines that are longer than the terminal go on below their value, where they begin with what it is of and two spaces or
/// more, else below where they begin. What goes to no terminal stays as it is.
pub(crate) fn fitted(text: &str, columns: Option<usize>) -> String {
    let Some(columns) = columns else {
        return text.to_owned();
    };
    let fit = |line: &str| {
        if display_width(line) <= columns {
            return line.to_owned();
        }
        let hang = " ".repeat(hang(line, columns));
        textwrap::fill(line, options(columns).subsequent_indent(&hang))
    };
    text.split('\n').map(fit).join("\n")
}

/// How far further lines of a line stand in.
fn hang(line: &str, columns: usize) -> usize {
    let words = line.trim_start();
    let start = line.len() - words.len();
    let value = words.find("  ").map(|end| {
        let label = display_width(&words[..end]);
        let gap = words[end..].len() - words[end..].trim_start().len();
        start + label + gap
    });
    let hang = value.filter(|&value| 2 * value <= columns + FEWEST / 2);
    hang.unwrap_or(if 0 < start { start + 2 } else { 0 })
}

#[cfg(test)]
mod tests {
    use super::fitted;

    #[test]
    fn lines_go_on_below_their_value_and_no_word_is_broken() {
        let text = "\
Verdict   separated and independent: nothing is lost
   layer 1: 5 7 8 10 13 14 20 24 27
plain text of labels-shuffled arms
/a/path/that/is/longer/than/the/terminal -
";
        assert_eq!(
            fitted(text, Some(30)),
            "\
Verdict   separated and
          independent: nothing
          is lost
   layer 1: 5 7 8 10 13 14 20
     24 27
plain text of labels-shuffled
arms
/a/path/that/is/longer/than/the/terminal
-
"
        );
        assert_eq!(fitted(text, None), text);
    }
}
