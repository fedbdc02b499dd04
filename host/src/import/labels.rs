//! What the inputs and the classes of an imported network are called, as the command line gives it.

use crate::text::{counted, listed, quoted};
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
/// The message, if there is no such task, or it has labels already.
pub(super) fn name_classes(tasks: &mut [TaskPorts], classes: &[String]) -> Result<(), String> {
    for text in classes {
        let of_task = text.split_once(':').and_then(|(name, labels)| {
            let task = tasks.iter().position(|task| task.name == name)?;
            Some((task, labels))
        });
        let (task, labels) = match (of_task, &*tasks) {
            (Some(found), _) => found,
            (None, [_]) => (0, &**text),
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
        let labels = labels.split(',').map(|label| label.trim().to_owned()).collect();
        if task.classes.replace(labels).is_some() {
            return Err(format!(
                "--classes names those of task {} twice; name them once",
                quoted(&task.name)
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
}
