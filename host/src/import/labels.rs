//! What the inputs and the classes of an imported network are called, as the command line gives it.

use crate::data::sheet::{Label, is_missing, missing_label};
use crate::text::{counted, listed, quoted, unwanted};
use crate::ticket::TaskPorts;

/// Names of columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Names {
    /// One for each input.
    Given(Vec<String>),
    /// The header of a file, whose first columns are the inputs.
    Header(Vec<String>),
}

impl Names {
    /// Those of so many inputs, which are fewer if there are not as many.
    pub(super) fn first(&self, count: usize) -> &[String] {
        let (Self::Given(names) | Self::Header(names)) = self;
        &names[..count.min(names.len())]
    }

    /// One for each of so many inputs.
    ///
    /// # Errors
    /// The message, if there are not as many.
    pub(super) fn of_inputs(&self, count: usize, notes: &mut Vec<String>) -> Result<&[String], String> {
        let (Self::Given(names) | Self::Header(names)) = self;
        match self {
            Self::Header(names) if count < names.len() => {
                notes.push(format!(
                    "the inputs are called by the first {} of the header, {} to {}",
                    counted(count, "name"),
                    quoted(&names[0]),
                    quoted(&names[count - 1])
                ));
                Ok(&names[..count])
            }
            _ if names.len() == count => Ok(names),
            _ => Err(format!(
                "--names has {}, and the network {}; give one for each",
                counted(names.len(), "name"),
                counted(count, "input")
            )),
        }
    }
}

/// Gives each task the names of its inputs.
pub(super) fn name_inputs(tasks: &mut [TaskPorts], names: &[String]) {
    for task in tasks {
        let name = |&input: &usize| names[input].clone();
        task.columns = Some(task.inputs.iter().map(name).collect());
    }
}

/// Gives tasks the labels of their classes: `iris:setosa,versicolor,virginica`, without the task where there is one only.
///
/// # Errors
/// The message, if there is no such task, or it has labels already, or a label is one that no file has.
pub(super) fn name_classes(tasks: &mut [TaskPorts], classes: &[String]) -> Result<(), String> {
    for text in classes {
        let of_task = text.split_once(':').and_then(|(name, labels)| {
            let task = tasks.iter().position(|task| task.name == name)?;
            Some((task, labels))
        });
        let (task, labels) = match (of_task, &*tasks) {
            (Some(found), _) => found,
            // A colon in a later label is its own.
            (None, [_]) if !text.split(',').next().unwrap_or_default().contains(':') => (0, &**text),
            (None, _) => {
                let names: Vec<String> = tasks.iter().map(|task| quoted(&task.name)).collect();
                return Err(format!(
                    "--classes {} begins with no task; begin with {} and a colon",
                    quoted(text),
                    listed(&names, "or")
                ));
            }
        };
        let task = &mut tasks[task];
        let labels: Vec<String> = labels.split(',').map(|label| label.trim().to_owned()).collect();
        check(&labels).map_err(|problem| format!("--classes {}: {problem}", quoted(text)))?;
        if task.classes.replace(labels).is_some() {
            return Err(format!(
                "--classes names those of task {} twice; name them once",
                quoted(&task.name)
            ));
        }
    }
    Ok(())
}

/// Each is a label as a file can have it, and no two are of one class.
fn check(labels: &[String]) -> Result<(), String> {
    for (at, label) in labels.iter().enumerate() {
        if label.is_empty() {
            return Err(format!("label {} is empty; name every class", at + 1));
        }
        if is_missing(label) {
            return Err(missing_label(label));
        }
        if let Some(problem) = unwanted(label) {
            return Err(format!("the label {} {problem}", quoted(label)));
        }
        if let Some(same) = labels[..at]
            .iter()
            .find(|other| Label::of(other) == Label::of(label))
        {
            return Err(format!(
                "the labels {} and {} are of one class; give each class its own",
                quoted(same),
                quoted(label)
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Names, name_classes, name_inputs};
    use crate::ticket::TaskPorts;

    fn words(text: &str) -> Vec<String> {
        text.split(',').map(str::to_owned).collect()
    }

    #[test]
    fn each_task_gets_the_names_of_its_inputs() {
        let mut tasks = [TaskPorts::new("a", [2, 0], [0]), TaskPorts::new("b", [0, 1], [1])];
        name_inputs(&mut tasks, &words("x,y,z"));
        assert_eq!(tasks[0].columns.as_deref(), Some(&*words("z,x")));
        assert_eq!(tasks[1].columns.as_deref(), Some(&*words("x,y")));
    }

    #[test]
    fn names_are_as_many_as_inputs_and_a_header_may_go_on() {
        let mut notes = vec![];
        let given = Names::Given(words("x,y,z"));
        assert_eq!(given.of_inputs(3, &mut notes).unwrap(), words("x,y,z"));
        assert!(
            given
                .of_inputs(2, &mut notes)
                .unwrap_err()
                .contains("3 names, and the network 2 inputs")
        );
        assert!(notes.is_empty());
        let header = Names::Header(words("x,y,label"));
        assert_eq!(header.of_inputs(2, &mut notes).unwrap(), words("x,y"));
        assert_eq!(
            notes,
            ["the inputs are called by the first 2 names of the header, 'x' to 'y'"]
        );
        assert!(header.of_inputs(4, &mut notes).is_err());
    }

    #[test]
    fn classes_are_those_of_the_task_before_the_colon() {
        let mut tasks = [TaskPorts::new("a", [0], [0])];
        name_classes(&mut tasks, &words("no")).unwrap();
        assert!(
            name_classes(&mut tasks, &words("yes"))
                .unwrap_err()
                .contains("twice")
        );
        let mut tasks = [TaskPorts::new("a", [0], [0]), TaskPorts::new("b", [1], [1, 2, 3])];
        name_classes(&mut tasks, &["b:x, y:z,w".to_owned()]).unwrap();
        assert_eq!(tasks[1].classes.as_deref(), Some(&*words("x,y:z,w")));
        let refused = name_classes(&mut tasks, &["c:x,y".to_owned()]).unwrap_err();
        assert_eq!(
            refused,
            "--classes 'c:x,y' begins with no task; begin with 'a' or 'b' and a colon"
        );
    }

    #[test]
    fn labels_are_what_a_file_can_have() {
        for (text, expected) in [
            (
                "q:no,yes",
                "'q:no,yes' begins with no task; begin with 'net' and a colon",
            ),
            ("1,1.0", "the labels '1' and '1.0' are of one class"),
            ("no,no", "the labels 'no' and 'no' are of one class"),
            ("no,", "label 2 is empty"),
            ("net:", "label 1 is empty"),
            ("no,NaN", "'NaN' is a missing label"),
            ("no,y\u{1b}[2J", "the label 'y\\u{1b}[2J' holds U+001B"),
        ] {
            let mut tasks = [TaskPorts::new("net", [0], [0])];
            let refused = name_classes(&mut tasks, &[text.to_owned()]).unwrap_err();
            assert!(
                refused.starts_with("--classes ") && refused.contains(expected),
                "{refused}"
            );
        }
        for (text, expected) in [
            ("net:12:30,12:45", "12:30,12:45"),
            ("a,b:c", "a,b:c"),
            ("-1,1", "-1,1"),
        ] {
            let mut tasks = [TaskPorts::new("net", [0], [0])];
            name_classes(&mut tasks, &[text.to_owned()]).unwrap();
            assert_eq!(tasks[0].classes.as_deref(), Some(&*words(expected)));
        }
    }
}
