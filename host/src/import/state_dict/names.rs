//! Names of modules: taken apart, and which of two comes first.

use std::cmp::Ordering;

/// A tensor's name as the module it belongs to and its own name in it. Frameworks join them with `.` or `/`, and
/// TensorFlow adds an index: `dense/kernel:0`.
pub(super) fn split(name: &str) -> (&str, &str) {
    let name = name.strip_suffix(":0").unwrap_or(name);
    name.rsplit_once(['.', '/']).unwrap_or(("", name))
}

/// The module that a module belongs to.
pub(super) fn parent(module: &str) -> &str {
    module.rsplit_once(['.', '/']).map_or("", |(parent, _)| parent)
}

/// A run of digits, of other characters, or a character that separates words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Piece<'a> {
    /// How many digits there are without leading zeros, and those.
    Number(usize, &'a str),
    Text(&'a str),
}

fn pieces(name: &str) -> impl Iterator<Item = Piece<'_>> {
    let kind = |c: char| match c {
        '0'..='9' => 0,
        '.' | '/' | '_' | '-' => 1,
        _ => 2,
    };
    let mut rest = name;
    std::iter::from_fn(move || {
        let first = kind(rest.chars().next()?);
        let end = rest.find(|c| first == 1 || kind(c) != first);
        let end = match (first, end) {
            (1, _) => 1,
            (_, end) => end.unwrap_or(rest.len()),
        };
        let (piece, after) = rest.split_at(end);
        rest = after;
        Some(match first {
            0 => {
                let digits = piece.trim_start_matches('0');
                Piece::Number(digits.len(), digits)
            }
            _ => Piece::Text(piece),
        })
    })
}

/// The natural order: numbers by their value, so that `fc10` comes after `fc2`.
pub(super) fn natural(a: &str, b: &str) -> Ordering {
    pieces(a).cmp(pieces(b)).then_with(|| a.cmp(b))
}

/// Whether `a` computes before `b` by their numbers: what comes first in them differs is a number in both, as in `fc1`
/// and `fc2`, or `b` has a number that `a` lacks, as in `dense` and `dense_1`. Words say nothing: `decoder` comes before
/// `encoder` in the alphabet alone.
pub(super) fn is_before(a: &str, b: &str) -> bool {
    let (mut ours, mut theirs) = (pieces(a), pieces(b));
    loop {
        match (ours.next(), theirs.next()) {
            (Some(ours), Some(theirs)) if ours == theirs => {}
            (Some(ours @ Piece::Number(..)), Some(theirs @ Piece::Number(..))) => return ours < theirs,
            (None, Some(Piece::Text("_"))) => {
                return matches!(theirs.next(), Some(Piece::Number(..))) && theirs.next().is_none();
            }
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{is_before, natural, split};

    #[test]
    fn a_name_is_a_module_and_a_part_of_it() {
        for (name, expected) in [
            ("net.0.weight", ("net.0", "weight")),
            ("weight", ("", "weight")),
            ("sequential/dense_1/kernel:0", ("sequential/dense_1", "kernel")),
            (".weight", ("", "weight")),
            ("fc1.", ("fc1", "")),
        ] {
            assert_eq!(split(name), expected);
        }
    }

    #[test]
    fn numbers_are_compared_as_numbers() {
        let mut names = [
            "10",
            "2",
            "0",
            "fc10",
            "fc2",
            "a.10.b.2",
            "a.10.b.10",
            "a.9.c",
            "02",
        ];
        names.sort_by(|a, b| natural(a, b));
        let expected = [
            "0",
            "02",
            "2",
            "10",
            "a.9.c",
            "a.10.b.2",
            "a.10.b.10",
            "fc2",
            "fc10",
        ];
        assert_eq!(names, expected);
    }

    #[test]
    fn only_numbers_say_what_computes_before() {
        for (a, b) in [
            ("fc1", "fc2"),
            ("fc9", "fc10"),
            ("net.2", "net.10"),
            ("block1.out", "block2.in"),
            ("dense", "dense_1"),
            ("é1", "é2"),
        ] {
            assert!(is_before(a, b) && !is_before(b, a), "{a} {b}");
        }
        for (a, b) in [
            ("decoder.0", "encoder.0"),
            ("fc1", "out"),
            ("fc", "fc1"),
            ("fc1", "fc1"),
            ("fc01", "fc1"),
            ("dense", "dense_1_x"),
            ("", "0"),
        ] {
            assert!(!is_before(a, b) && !is_before(b, a), "{a} {b}");
        }
    }
}
