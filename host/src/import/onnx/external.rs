//! Numbers that a model keeps in another file, as PyTorch's exporter does by default.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::model::key_and_value;
use crate::onnx::read::fields;
use crate::onnx::{graph, model, tensor};
use crate::text::quoted;

/// The content of other files, by the names that the model has for them.
pub(in super::super) type Files = BTreeMap<String, Vec<u8>>;

/// The names of the other files that a model's initializers are in. A name that is no plain one, but a way to another
/// folder, is left out: a model must not choose which files of a machine are read.
pub(in super::super) fn names(bytes: &[u8]) -> Result<BTreeSet<String>, String> {
    let mut names = BTreeSet::new();
    for field in fields(bytes) {
        let (model::GRAPH, graph) = field? else { continue };
        for field in fields(graph.bytes()?) {
            let (graph::INITIALIZER, initializer) = field? else {
                continue;
            };
            for field in fields(initializer.bytes()?) {
                let (tensor::EXTERNAL_DATA, pair) = field? else {
                    continue;
                };
                let ("location", location) = key_and_value(pair.bytes()?)? else {
                    continue;
                };
                let name = beside(location);
                if is_plain(name) {
                    names.insert(name.to_owned());
                }
            }
        }
    }
    Ok(names)
}

/// A file's name without the way to the model's own folder.
fn beside(location: &str) -> &str {
    location.trim_start_matches("./")
}

fn is_plain(name: &str) -> bool {
    !name.is_empty() && name != "." && name != ".." && !name.contains(['/', '\\', ':', '\0'])
}

/// Where the numbers of a tensor are.
#[derive(Default)]
pub(super) struct Place<'a> {
    location: &'a str,
    offset: usize,
    length: Option<usize>,
}

impl<'a> Place<'a> {
    /// Takes up an entry of the tensor.
    pub(super) fn add(&mut self, pair: &'a [u8]) -> Result<(), String> {
        let (key, value) = key_and_value(pair)?;
        let number = || {
            let number = value.parse().ok();
            number.ok_or_else(|| {
                format!(
                    "the {key} {} of external data is no number; export the model again",
                    quoted(value)
                )
            })
        };
        match key {
            "location" => self.location = value,
            "offset" => self.offset = number()?,
            "length" => self.length = Some(number()?),
            _ => {}
        }
        Ok(())
    }

    /// The bytes of the tensor that is called `name`.
    ///
    /// # Errors
    /// The message, if the file is not there or too short.
    pub(super) fn bytes(&self, files: &'a Files, name: &str) -> Result<Cow<'a, [u8]>, String> {
        let (name, file) = (quoted(name), quoted(self.location));
        let Some(bytes) = files.get(beside(self.location)) else {
            return Err(format!(
                "the numbers of {name} are in the file {file}, which is not beside the model; copy it there, or save all in \
                 one file: onnx.save(onnx.load('net.onnx'), 'one.onnx') in Python"
            ));
        };
        let length = self.length.unwrap_or(bytes.len().saturating_sub(self.offset));
        let end = self.offset.checked_add(length);
        match end.and_then(|end| bytes.get(self.offset..end)) {
            Some(bytes) => Ok(Cow::Borrowed(bytes)),
            None => Err(format!(
                "the numbers of {name} are bytes {} on of the file {file}, which has {}; copy or export both again",
                self.offset,
                bytes.len()
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Cow, Files, Place, is_plain, names};
    use crate::onnx::write::Message;
    use crate::onnx::{entry, graph, model, tensor};

    fn pair(key: &str, value: &str) -> Message {
        Message::default()
            .bytes(entry::KEY, key)
            .bytes(entry::VALUE, value)
    }

    #[test]
    fn only_files_beside_the_model_are_named() {
        let tensor = |location| Message::default().bytes(tensor::EXTERNAL_DATA, pair("location", location));
        let locations = [
            "b.data",
            "../secret",
            "/etc/passwd",
            "a.data",
            "sub/a",
            "..",
            "",
            "C:\\x",
            "./b.data",
        ];
        let graph = Message::default().all(graph::INITIALIZER, locations.map(tensor));
        let model = Message::default().bytes(model::GRAPH, graph);
        assert_eq!(
            names(model.as_ref()).unwrap().into_iter().collect::<Vec<_>>(),
            ["a.data", "b.data"]
        );
        assert!(is_plain("a b.onnx.data") && !is_plain("a/../b"));
    }

    #[test]
    fn bytes_are_those_at_the_offset() {
        let files = Files::from([("f".to_owned(), vec![0, 1, 2, 3, 4])]);
        let bytes = |entries: &[(&str, &str)]| {
            let pairs: Vec<Message> = entries.iter().map(|(key, value)| pair(key, value)).collect();
            let mut place = Place::default();
            pairs.iter().try_for_each(|pair| place.add(pair.as_ref()))?;
            place.bytes(&files, "w").map(Cow::into_owned)
        };
        assert_eq!(bytes(&[("location", "f")]).unwrap(), [0, 1, 2, 3, 4]);
        assert_eq!(
            bytes(&[("location", "f"), ("offset", "1"), ("length", "2")]).unwrap(),
            [1, 2]
        );
        for (entries, expected) in [
            (&[("location", "g")][..], "'g', which is not beside the model"),
            (
                &[("location", "f"), ("offset", "4"), ("length", "2")],
                "bytes 4 on of the file 'f', which has 5",
            ),
            (&[("location", "f"), ("offset", "9")], "bytes 9 on"),
            (
                &[
                    ("location", "f"),
                    ("offset", "18446744073709551615"),
                    ("length", "2"),
                ],
                "which has 5",
            ),
            (&[("offset", "-1")], "'-1' of external data is no number"),
        ] {
            let message = bytes(entries).unwrap_err();
            assert!(message.contains(expected), "{message}");
        }
    }
}
