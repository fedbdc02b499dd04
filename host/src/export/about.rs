//! The comment that a generated file begins with: which ticket it is of, and what its inputs and outputs mean.

use itertools::Itertools;

use super::literal::rust_literal;
use super::program::{Group, Program};

/// More inputs than this are not listed one by one.
const LISTED: usize = 16;

/// The options that make a file of code: `format` begins with its name.
pub(super) fn options(format: &str, flash: Option<usize>) -> String {
    let flash = flash.map_or(String::new(), |flash| format!(" --flash {flash}"));
    format!("--format {format}{flash}")
}

/// [`about`] as a comment of C or Rust.
pub(super) fn comment(program: &Program, options: &str) -> String {
    let lines = about(program, options).into_iter();
    lines
        .map(|line| format!("// {line}").trim_end().to_owned() + "\n")
        .collect()
}

/// Lines for the top of a file, without comment signs; `options` are those of the command that made it.
///
/// A ticket may come from anywhere, so its texts are escaped: they must not end the comment.
pub(super) fn about(program: &Program, options: &str) -> Vec<String> {
    let file = match &program.origin {
        Some(origin) => format!("{}-{}.safetensors", origin.seed, origin.level),
        None => "TICKET.safetensors".to_owned(),
    };
    let mut lines = vec![
        format!(
            "A lottery ticket as code, made by tombola {}. Do not edit it, make it again:",
            env!("CARGO_PKG_VERSION")
        ),
        String::new(),
        format!("    tombola export {file} {options}"),
        String::new(),
        format!(
            "Network {}: {} of {} weights left, {} of them active; {}.",
            program.widths.iter().format("-"),
            program.weights_left,
            program.net().weight_count(),
            program.weights_active,
            program.verdict.name()
        ),
        match &program.origin {
            None => "Origin: not recorded in the ticket.".to_owned(),
            Some(origin) => format!(
                "Origin: seed {}, level {} of experiment {}{}{}.",
                origin.seed,
                origin.level,
                escaped(&origin.digest),
                match &origin.arm {
                    Some(arm) => format!(", arm {}", escaped(arm)),
                    None => String::new(),
                },
                if origin.data_seed == origin.seed {
                    String::new()
                } else {
                    format!(", data of seed {}", origin.data_seed)
                }
            ),
        },
        String::new(),
    ];
    lines.extend(inputs(program));
    lines.push(String::new());
    lines.extend(program.tasks.iter().map(|task| {
        let outputs = match &*task.outputs {
            [output] => format!("class 1 where logit {output} > 0, else class 0"),
            outputs => format!("the class is the first greatest of logits {}", listed(outputs)),
        };
        let classes = task.classes.as_ref().map_or(String::new(), |classes| {
            let classes = classes.iter().map(|class| format!("\"{}\"", escaped(class)));
            format!("; classes {}", classes.format(", "))
        });
        format!("Task {}: {outputs}{classes}.", task.name)
    }));
    lines
}

/// Where inputs go, and how they are normalized.
fn inputs(program: &Program) -> Vec<String> {
    let tasks = |group: &Group| {
        let names = group.tasks.iter().map(|&task| &*program.tasks[task].name);
        names.format(", ").to_string()
    };
    let mut lines = vec![match &program.normalization {
        None => "Inputs are taken as they are.".to_owned(),
        Some(_) => "Inputs are raw: each is normalized here, as (x - shift) * scale in 32 bits.".to_owned(),
    }];
    for group in &program.groups {
        let Some(normalization) = program
            .normalization
            .as_ref()
            .filter(|_| program.net().input_count() <= LISTED)
        else {
            lines.push(format!("  {}: inputs {}", tasks(group), listed(&group.inputs)));
            continue;
        };
        lines.extend(group.inputs.iter().map(|&input| {
            format!(
                "  input {input}, of {}: shift {}, scale {}",
                tasks(group),
                rust_literal(normalization.shift[input]),
                rust_literal(normalization.scale[input])
            )
        }));
    }
    lines
}

/// `0, 1, 2`, or as many as fit a line.
pub(super) fn listed(numbers: &[usize]) -> String {
    let mut text: Vec<_> = numbers.iter().take(LISTED).map(ToString::to_string).collect();
    if LISTED < numbers.len() {
        text.push("…".to_owned());
        text.extend(numbers.last().map(ToString::to_string));
    }
    text.join(", ")
}

/// Text in ASCII without control characters, comment signs or trigraphs.
fn escaped(text: &str) -> String {
    const LONGEST: usize = 64;
    let text: String = text.chars().take(LONGEST).collect();
    text.escape_default()
        .to_string()
        .replace('?', "\\x3f")
        .replace('/', "\\x2f")
}

#[cfg(test)]
mod tests {
    use super::{escaped, listed};

    #[test]
    fn text_of_a_ticket_stays_in_its_comment() {
        let text = escaped("a\n*/ int x; ??/\u{202e}ü\\");
        assert!(
            text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' '),
            "{text}"
        );
        assert!(!text.contains("*/") && !text.contains("??"), "{text}");
        assert!(escaped(&"x".repeat(1000)).len() <= 64);
    }

    #[test]
    fn many_numbers_are_shortened() {
        assert_eq!(listed(&[3, 5]), "3, 5");
        let many: Vec<_> = (0..100).collect();
        assert_eq!(
            listed(&many),
            "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, …, 99"
        );
    }
}
