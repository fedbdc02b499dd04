//! Says what a user should know of a task's files: how many rows each class has, labels that are nearly the same, and images
//! that are not the data set that their path names.

use std::collections::HashMap;

use itertools::Itertools;

use super::Contents;
use super::classes::Classes;
use crate::datasets::{KNOWN, Known, known};
use crate::experiment::{Csv, Kind};
use crate::text::quoted;

/// How many classes a note lists.
const LISTED: usize = 8;

/// The classes of a task and how many rows each has: `iris.csv: 3 classes of 'species': 'setosa' 50, …`.
pub(super) fn counts(kind: &Kind, classes: &Classes) -> String {
    let mut counts = vec![0_usize; classes.count];
    for &class in &classes.of_each {
        counts[usize::from(class)] += 1;
    }
    let of = match kind {
        Kind::Csv(Csv { label, .. }) => format!(" of {}", quoted(label)),
        _ => String::new(),
    };
    let name = |class: usize| match &classes.labels {
        Some(labels) => quoted(&labels[class]),
        None => quoted(&class.to_string()),
    };
    let shown = counts.iter().take(LISTED).enumerate();
    let shown = shown
        .map(|(class, count)| format!("{} {count}", name(class)))
        .join(", ");
    let more = match classes.count.checked_sub(LISTED) {
        None | Some(0) => String::new(),
        Some(more) => format!(" and {more} more"),
    };
    format!(
        "{}: {} classes{of}: {shown}{more}",
        labels_file(kind),
        classes.count
    )
}

/// The first two labels that differ in upper and lower case alone.
pub(super) fn alike(kind: &Kind, classes: &Classes) -> Option<String> {
    let mut seen: HashMap<String, &str> = HashMap::new();
    for label in classes.labels.iter().flatten() {
        if let Some(other) = seen.insert(label.to_lowercase(), label) {
            return Some(format!(
                "{}: {} and {} are two classes, which differ in upper and lower case alone",
                labels_file(kind),
                quoted(other),
                quoted(label)
            ));
        }
    }
    None
}

/// Of files whose content is known: those that are another one than their path says, and images beside the labels of
/// others.
pub(super) fn mistaken(kind: &Kind, contents: &Contents) -> Vec<String> {
    let files = kind.files();
    let known: Vec<Option<&Known>> = files
        .iter()
        .map(|path| known(&contents.of(path).digest))
        .collect();
    let mut notes = Vec::new();
    for (path, known) in files.iter().zip(&known) {
        let text = path.to_string_lossy().replace('\\', "/");
        let text = text.strip_suffix(".gz").unwrap_or(&text);
        let is_called = |other: &Known| text == other.name || text.ends_with(&format!("/{}", other.name));
        if let Some(known) = known
            && !is_called(known)
            && KNOWN.iter().any(is_called)
        {
            notes.push(format!("{}: these are the {}", path.display(), known.what));
        }
    }
    // Each file of inputs is followed by that of its labels.
    for (paths, known) in files.chunks_exact(2).zip(known.chunks_exact(2)) {
        if let [Some(images), Some(labels)] = known
            && of(images) != of(labels)
        {
            notes.push(format!(
                "{}: these are the {}, and {} has the {}",
                paths[0].display(),
                images.what,
                paths[1].display(),
                labels.what
            ));
        }
    }
    notes
}

/// The data set and its part.
fn of(known: &Known) -> &str {
    known.what.split_once(" of ").map_or(known.what, |(_, of)| of)
}

/// The file that labels are in.
fn labels_file(kind: &Kind) -> String {
    let files = kind.files();
    files.get(1).unwrap_or(&files[0]).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::{alike, counts, of};
    use crate::data::classes::Classes;
    use crate::datasets::KNOWN;
    use crate::experiment::{Csv, Kind, Npy};

    fn classes(of_each: &[u16], labels: &[&str]) -> Classes {
        Classes {
            of_each: of_each.to_vec(),
            count: usize::from(*of_each.iter().max().unwrap()) + 1,
            labels: (!labels.is_empty()).then(|| labels.iter().map(|&label| label.to_owned()).collect()),
        }
    }

    #[test]
    fn rows_of_each_class_are_counted() {
        let csv = Kind::Csv(Csv {
            path: "iris.csv".into(),
            label: "species".to_owned(),
        });
        assert_eq!(
            counts(&csv, &classes(&[1, 0, 1, 1], &["setosa", "it's"])),
            "iris.csv: 2 classes of 'species': 'setosa' 1, 'it's' 3"
        );
        let npy = Kind::Npy(Npy {
            inputs: "x.npy".into(),
            labels: "y.npy".into(),
            ..Npy::default()
        });
        let many: Vec<u16> = (0..10).collect();
        assert_eq!(
            counts(&npy, &classes(&many, &[])),
            "y.npy: 10 classes: '0' 1, '1' 1, '2' 1, '3' 1, '4' 1, '5' 1, '6' 1, '7' 1 and 2 more"
        );
        assert_eq!(alike(&csv, &classes(&[0, 1], &["a", "b"])), None);
        let two = alike(&csv, &classes(&[0, 1, 2], &["No", "Yes", "no"])).unwrap();
        assert!(
            two.starts_with("iris.csv: 'No' and 'no' are two classes"),
            "{two}"
        );
    }

    #[test]
    fn images_and_their_labels_are_of_one_part() {
        for pair in KNOWN.chunks(2) {
            assert_eq!(of(&pair[0]), of(&pair[1]));
        }
        assert_ne!(of(&KNOWN[0]), of(&KNOWN[2]));
    }
}
