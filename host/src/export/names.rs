//! Identifiers of tasks and units that Rust and C both accept.

use std::collections::HashSet;

/// Names that mean something else where they would stand.
const RESERVED: [&str; 4] = [
    // Keywords of Rust, those it may yet take among them; in C, a prefix stands before every name.
    "abstract as async await become box break const continue crate do dyn else enum extern false final fn for \
     gen if impl in let loop macro match mod move mut override priv pub ref return self static struct super \
     trait true try type typeof union unsafe unsized use virtual where while yield",
    // Types of Rust that the code names, and what it defines.
    "bool core f32 str u8 u16 usize logits classes greatest relu relu_of_half rows plain assembly fixed inside shifted least i8 i16 i32 u32 logit_scales",
    // What C headers define beside a task's function.
    "task_names inputs",
    // What a program has at its root, where a module may be included.
    "main drop",
];

/// The longest name of a function; one of many tasks would be longer.
const LONGEST: usize = 48;

/// An identifier for each name, in lower case, no two alike, as near to the name as can be.
pub(super) fn unique_names(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut taken = HashSet::new();
    names
        .map(|name| {
            let name = identifier(&name);
            let again = (2..).map(|number| format!("{name}_{number}"));
            std::iter::once(name.clone())
                .chain(again)
                .find(|name| taken.insert(name.clone()))
                .expect("there is always a next number")
        })
        .collect()
}

fn identifier(name: &str) -> String {
    let mut identifier: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '_'
            }
        })
        .take(LONGEST)
        .collect();
    // A leading underscore would say that the function is not used, and a name with a double one belongs to the compiler
    // where a header is included from C++.
    while identifier.contains("__") {
        identifier = identifier.replace("__", "_");
    }
    let identifier = identifier.trim_matches('_');
    let starts_well = identifier.starts_with(|c: char| c.is_ascii_lowercase());
    // `h1_0` and the like are the units.
    let is_unit = identifier
        .trim_start_matches(['h', 'x', 'y'])
        .chars()
        .all(|c| c.is_ascii_digit() || c == '_');
    let is_reserved = RESERVED
        .iter()
        .any(|words| words.split(' ').any(|word| word == identifier));
    if !starts_well || is_unit || is_reserved {
        format!("task_{identifier}").trim_end_matches('_').to_owned()
    } else {
        identifier.to_owned()
    }
}

/// The name of a unit of the layer before `layer`, or of an input.
pub(super) fn unit_name(layer: usize, unit: usize) -> String {
    match layer {
        0 => format!("x{unit}"),
        _ => format!("h{layer}_{unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::unique_names;

    #[test]
    fn names_are_identifiers_and_differ() {
        let names = [
            "moons",
            "Two-Moons",
            "two_moons",
            "fn",
            "7up",
            "---",
            "logits",
            "h1",
            "xy",
            "a--b",
        ];
        assert_eq!(
            unique_names(names.map(String::from).into_iter()),
            [
                "moons",
                "two_moons",
                "two_moons_2",
                "task_fn",
                "task_7up",
                "task",
                "task_logits",
                "task_h1",
                "task_xy",
                "a_b"
            ]
        );
    }

    #[test]
    fn a_number_that_a_name_gets_is_not_taken_either() {
        let names = ["a", "a_2", "A", "a"].map(String::from);
        assert_eq!(unique_names(names.into_iter()), ["a", "a_2", "a_3", "a_4"]);
    }
}
