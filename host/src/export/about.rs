//! The comment that a generated file begins with: which ticket it is of, and what its inputs and outputs mean.

use itertools::Itertools;

use super::literal::rust_literal;
use super::program::{Group, Program};
use crate::text::counted;
use crate::ticket::input_names;

/// More inputs than this are not listed one by one.
const LISTED: usize = 16;

/// Unless they have names, of which as many are.
const NAMED: usize = 64;

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
            "Network {}: {} of {} left, {} of them active; {}.",
            program.widths.iter().format("-"),
            program.weights_left,
            counted(program.net().weight_count(), "weight"),
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
    let named =
        |tasks: &mut dyn Iterator<Item = usize>| tasks.map(|task| &*program.tasks[task].name).join(", ");
    let tasks = |group: &Group| named(&mut group.tasks.iter().copied());
    // A function may be of several tasks, and an input of one of them.
    let tasks_of = |group: &Group, input: usize| {
        let has = |task: &usize| program.tasks[*task].inputs.contains(&input);
        named(&mut group.tasks.iter().copied().filter(has))
    };
    let mut lines = vec![match &program.normalization {
        None => "Inputs are taken as they are.".to_owned(),
        Some(_) => "Inputs are raw: each is normalized here, as (x - shift) * scale in 32 bits.".to_owned(),
    }];
    let names = input_names(&program.tasks, program.net().input_count());
    let normalization = program.normalization.as_ref();
    for group in &program.groups {
        let is_named = group.inputs.iter().any(|&input| names[input].is_some());
        let is_short = program.net().input_count() <= LISTED;
        if !is_named && (normalization.is_none() || !is_short) {
            lines.push(format!("  {}: inputs {}", tasks(group), listed(&group.inputs)));
            continue;
        }
        let shown = group.inputs.len().min(NAMED);
        lines.extend(group.inputs[..shown].iter().map(|&input| {
            let name = names[input].as_ref().map(|name| format!("\"{}\"", column(name)));
            let how = normalization.map(|by| {
                let (shift, scale) = (rust_literal(by.shift[input]), rust_literal(by.scale[input]));
                format!("shift {shift}, scale {scale}")
            });
            let said = name.into_iter().chain(how).format(", ");
            format!("  input {input}, of {}: {said}", tasks_of(group, input))
        }));
        if shown < group.inputs.len() {
            lines.push(format!(
                "  {}, too: inputs {}",
                tasks(group),
                listed(&group.inputs[shown..])
            ));
        }
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
    ascii(text).replace('?', "\\x3f").replace('/', "\\x2f")
}

/// As [`escaped`], but a column in `mg/l` stays legible: only what could be a sign of a comment or a trigraph is escaped.
pub(super) fn column(name: &str) -> String {
    let escapes = [
        ("??", "?\\x3f"),
        ("*/", "*\\x2f"),
        ("/*", "\\x2f*"),
        ("//", "/\\x2f"),
    ];
    let escape = |text: String, (signs, escaped)| text.replace(signs, escaped);
    escapes.into_iter().fold(ascii(name), escape)
}

fn ascii(text: &str) -> String {
    const LONGEST: usize = 64;
    let text: String = text.chars().take(LONGEST).collect();
    text.escape_default().to_string()
}

#[cfg(test)]
mod tests {
    use super::{about, column, comment, escaped, listed};
    use crate::export::program::Program;
    use crate::ticket::{Normalization, TaskPorts, Ticket};

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
    fn a_name_of_a_column_stays_in_its_comment_and_legible() {
        assert_eq!(column("od280/od315 (mg/l)?"), "od280/od315 (mg/l)?");
        for signs in [
            "*/", "/*", "//", "///", "*//", "/*/", "??/", "????/", "\n", "\\\n", "\u{2028}", "ü",
        ] {
            let text = column(signs);
            let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic());
            let has_signs = ["*/", "/*", "//", "??"].iter().any(|signs| text.contains(signs));
            assert!(is_plain && !has_signs, "{signs:?} gives {text}");
        }
        assert_eq!(column(&"x".repeat(1000)).len(), 64);
    }

    /// One task of so many inputs with names, the first of which are these.
    fn named(input_count: usize, names: &[&str]) -> Ticket {
        let mut task = TaskPorts::new("wine", 0..input_count, [0]);
        let name = |input: usize| {
            names
                .get(input)
                .map_or(format!("c{input}"), |&name| name.to_owned())
        };
        task.columns = Some((0..input_count).map(name).collect());
        Ticket::new(&[input_count, 1], vec![task], vec![1.0; input_count + 1])
    }

    #[test]
    fn inputs_are_listed_by_their_names() {
        let mut ticket = named(2, &["alcohol", "ash*/ int x; /*"]);
        ticket.normalization = Some(Normalization {
            shift: vec![1.0, 2.0],
            scale: vec![0.5, 0.25],
        });
        let program = Program::of(&ticket).unwrap();
        let text = about(&program, "").join("\n");
        for line in [
            "  input 0, of wine: \"alcohol\", shift 1.0, scale 0.5",
            "  input 1, of wine: \"ash*\\x2f int x; \\x2f*\", shift 2.0, scale 0.25",
        ] {
            assert!(text.lines().any(|other| other == line), "no {line:?} in\n{text}");
        }
        let comment = comment(&program, "");
        assert!(comment.lines().all(|line| line.starts_with("//")), "{comment}");

        let text = about(&Program::of(&named(100, &[])).unwrap(), "").join("\n");
        assert!(
            text.contains("  input 63, of wine: \"c63\"\n  wine, too: inputs 64, 65, "),
            "{text}"
        );
    }

    #[test]
    fn inputs_of_two_tasks_in_one_function_are_told_apart() {
        let of_file = |name, inputs: [usize; 2], output: usize, columns: [&str; 2]| TaskPorts {
            columns: Some(columns.map(str::to_owned).to_vec()),
            ..TaskPorts::new(name, inputs, [output])
        };
        let tasks = vec![
            of_file("iris", [0, 1], 0, ["sl", "sw"]),
            of_file("flower", [2, 3], 1, ["sl", "pl"]),
        ];
        let ticket = Ticket::new(&[4, 1, 2], tasks, vec![1.0; 9]);
        let text = about(&Program::of(&ticket).unwrap(), "").join("\n");
        for line in [
            "  input 0, of iris: \"iris.sl\"",
            "  input 1, of iris: \"sw\"",
            "  input 2, of flower: \"flower.sl\"",
            "  input 3, of flower: \"pl\"",
        ] {
            assert!(text.lines().any(|other| other == line), "no {line:?} in\n{text}");
        }
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
