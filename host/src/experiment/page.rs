//! A canonical text as it grows, setting by setting.

use super::task::Kind;
use crate::data::Contents;

/// Settings above all sections that no digest depends on: a run directory can be taken up with other values of them.
pub(super) const OUTSIDE: [&str; 6] = ["seeds", "first_seed", "arms", "keep", "measure", "solved"];

/// Lines that are left out, so that digests from before these settings stay as they are: the whole key of each setting that
/// came later and counts in the digest, and its default, such as `training.warmup = 0`.
pub(super) const LATER: &[&str] = &[
    "network.weights = \"kaiming-normal\"",
    "network.biases = \"zero\"",
    "training.l1 = 0.0",
    "training.stop_on = \"validation\"",
    "data.task.mix = 0.0",
    "data.task.flip_where = 0.0",
    "data.task.share = 0",
    "data.task.scale = 1.0",
    "data.task.loss_weight = 1.0",
];

/// The text so far.
#[derive(Default)]
pub(super) struct Page<'a> {
    pub(super) text: String,
    /// The files of the tasks, if a digest is made of it.
    pub(super) digested: Option<&'a Contents>,
    pub(super) section: &'static str,
    /// Whether settings that came later are written with their defaults, too.
    pub(super) is_whole: bool,
}

impl Page<'_> {
    /// Adds a setting; `value` is TOML.
    pub(super) fn line(&mut self, key: &str, value: &str) {
        let line = format!("{key} = {value}");
        let is_outside = self.digested.is_some() && self.section.is_empty() && OUTSIDE.contains(&key);
        let is_later = !self.is_whole && LATER.contains(&&*full(self.section, &line));
        if !is_outside && !is_later {
            self.text.extend([&line, "\n"]);
        }
    }

    /// Begins a section.
    pub(super) fn section(&mut self, path: &'static str) {
        self.section = path;
        self.text.extend(["\n[", path, "]\n"]);
    }

    /// Begins the next section of a list.
    pub(super) fn list_entry(&mut self, path: &'static str) {
        self.section = path;
        self.text.extend(["\n[[", path, "]]\n"]);
    }
}

/// The lines of a canonical text that belong to its digest, as far as they can be compared: the paths of files are left
/// out, for which their content stands.
pub fn digested_lines(canonical: &str) -> impl Iterator<Item = &str> {
    let mut is_above_all_sections = true;
    canonical.lines().filter(move |line| {
        is_above_all_sections &= !line.starts_with('[');
        let key = line.split(" = ").next().unwrap_or_default();
        !(is_above_all_sections && OUTSIDE.contains(&key)
            || Kind::file_keys().any(|of_a_file| of_a_file == key))
    })
}

/// A key with the section it stands in, as `--set` writes it.
pub(super) fn full(section: &str, key: &str) -> String {
    match section {
        "" => key.to_owned(),
        _ => format!("{section}.{key}"),
    }
}
