//! Reads the Python literal that the header of an npy file is: a dictionary of texts, truth values and tuples.

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Literal {
    Text(String),
    Truth(bool),
    Whole(usize),
    /// A tuple or a list.
    Sequence(Vec<Self>),
    None,
}

/// Values may lie in each other so deep; a header that nests deeper is made to overflow a stack.
const DEEPEST: usize = 16;

/// The entries of a dictionary whose keys are texts; `None` if the text is nothing else, or one key is there twice.
pub(super) fn dictionary(text: &str) -> Option<Vec<(String, Literal)>> {
    let mut rest = Rest(text.trim_matches([' ', '\n', '\t', '\r', '\0']));
    rest.take("{")?;
    let mut entries: Vec<(String, Literal)> = Vec::new();
    while rest.take("}").is_none() {
        let Literal::Text(key) = rest.value(0)? else {
            return None;
        };
        rest.take(":")?;
        let value = rest.value(0)?;
        if entries.iter().any(|(other, _)| *other == key) {
            return None;
        }
        entries.push((key, value));
        if rest.take(",").is_none() {
            rest.take("}")?;
            break;
        }
    }
    rest.0.is_empty().then_some(entries)
}

/// What is not read yet.
struct Rest<'a>(&'a str);

impl Rest<'_> {
    fn skip_blanks(&mut self) {
        self.0 = self.0.trim_start_matches([' ', '\n', '\t', '\r']);
    }

    /// Skips a sign or word if it is next, with the blanks around it.
    fn take(&mut self, sign: &str) -> Option<()> {
        self.skip_blanks();
        self.0 = self.0.strip_prefix(sign)?;
        self.skip_blanks();
        Some(())
    }

    fn value(&mut self, depth: usize) -> Option<Literal> {
        const WORDS: [(&str, Literal); 3] = [
            ("True", Literal::Truth(true)),
            ("False", Literal::Truth(false)),
            ("None", Literal::None),
        ];
        self.skip_blanks();
        if DEEPEST < depth {
            return None;
        }
        for (word, value) in WORDS {
            if self.take(word).is_some() {
                return Some(value);
            }
        }
        match self.0.chars().next()? {
            '(' => self.sequence("(", ")", depth),
            '[' => self.sequence("[", "]", depth),
            quote @ ('\'' | '"') => {
                let (text, rest) = self.0[1..].split_once(quote)?;
                self.0 = rest;
                self.skip_blanks();
                (!text.contains('\\')).then(|| Literal::Text(text.to_owned()))
            }
            _ => self.whole(),
        }
    }

    fn whole(&mut self) -> Option<Literal> {
        let end = self.0.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.0.len());
        let (digits, rest) = self.0.split_at(end);
        let value = digits.parse().ok()?;
        // Python 2 wrote long integers with an L.
        self.0 = rest.strip_prefix('L').unwrap_or(rest);
        self.skip_blanks();
        Some(Literal::Whole(value))
    }

    fn sequence(&mut self, open: &str, close: &str, depth: usize) -> Option<Literal> {
        self.take(open)?;
        let mut values = Vec::new();
        while self.take(close).is_none() {
            values.push(self.value(depth + 1)?);
            if self.take(",").is_none() {
                self.take(close)?;
                break;
            }
        }
        Some(Literal::Sequence(values))
    }
}

#[cfg(test)]
mod tests {
    use super::{Literal, dictionary};

    #[test]
    fn headers_as_numpy_writes_them_are_read() {
        let entries = |shape: &[usize]| {
            Some(vec![
                ("descr".to_owned(), Literal::Text("<f8".to_owned())),
                ("fortran_order".to_owned(), Literal::Truth(false)),
                (
                    "shape".to_owned(),
                    Literal::Sequence(shape.iter().map(|&length| Literal::Whole(length)).collect()),
                ),
            ])
        };
        for (shape, expected) in [
            ("(3, 4)", &[3, 4][..]),
            ("(3,)", &[3]),
            ("()", &[]),
            ("(3L, 4L)", &[3, 4]),
        ] {
            let text = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}    \n");
            assert_eq!(dictionary(&text), entries(expected));
        }
        assert_eq!(
            dictionary("{\"descr\":\"<f8\",\"fortran_order\":False,\"shape\":(3,4)}"),
            entries(&[3, 4])
        );
    }

    #[test]
    fn what_is_no_dictionary_is_nothing() {
        let deep = format!("{{'a': {}{}}}", "(".repeat(100_000), ")".repeat(100_000));
        for text in [
            "",
            "{",
            "{'a'}",
            "{'a': }",
            "{'a': 1",
            "{'a': 1, 'a': 2}",
            "{1: 2}",
            "{'a': -1}",
            "{'a': 99999999999999999999999}",
            "{'a': 1} 2",
            "{'a': 'b\\'}",
            "{'a': (1 2)}",
            "{'a': f()}",
            &deep,
        ] {
            assert_eq!(dictionary(text), None, "{}", &text[..text.len().min(40)]);
        }
    }
}
