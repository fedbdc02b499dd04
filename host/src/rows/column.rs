//! What a column of `levels.csv` holds.

use crate::measure::MEASURES;

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What is in it.
    pub kind: Kind,
}

/// What is in a column, where it is not empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Whole numbers that fit into 64 bits.
    Whole,
    /// Numbers.
    Real,
    /// `true` or `false`.
    Flag,
    /// Text.
    Text,
}

impl Kind {
    /// That of a column which every run has; of others, which are swept, it is what all their cells are.
    pub(super) fn of(name: &str) -> Option<Self> {
        const OF_TASKS: [&str; 4] = [
            "accuracy_",
            "validation_accuracy_",
            "majority_",
            "validation_majority_",
        ];
        if let Some(measure) = MEASURES.iter().find(|measure| measure.name == name) {
            return Some(if measure.is_flag() { Self::Flag } else { Self::Real });
        }
        match name {
            "seed" | "level" | "weights_left" | "active_weights" | "subnetworks" | "epochs" => {
                Some(Self::Whole)
            }
            "sparsity" | "train_loss" | "validation_loss" | "test_loss" => Some(Self::Real),
            "independent" | "reveals" => Some(Self::Flag),
            // A digest may consist of digits alone.
            "run" | "arm" | "cell" | "verdict" | "params_digest" => Some(Self::Text),
            _ => OF_TASKS
                .iter()
                .any(|start| name.starts_with(start))
                .then_some(Self::Real),
        }
    }

    /// Whether a cell that is not empty can be that.
    pub fn fits(self, cell: &str) -> bool {
        match self {
            Self::Whole => cell.parse::<i64>().is_ok(),
            Self::Real => cell.parse::<f64>().is_ok_and(f64::is_finite),
            Self::Flag => cell.parse::<bool>().is_ok(),
            Self::Text => true,
        }
    }
}

/// What the cells of a column so far may be.
#[derive(Default)]
pub(super) struct Guess {
    /// The first kind that fits all.
    kind: usize,
    is_seen: bool,
}

impl Guess {
    const KINDS: [Kind; 4] = [Kind::Whole, Kind::Real, Kind::Flag, Kind::Text];

    pub(super) fn see(&mut self, cell: &str) {
        if cell.is_empty() {
            return;
        }
        // A number is no flag, and after a flag there is nothing but text for one.
        let fits = |kind: usize| Self::KINDS[kind].fits(cell);
        let before = self.kind;
        while !fits(self.kind) {
            self.kind += 1;
        }
        if self.is_seen && before < self.kind && Self::KINDS[self.kind] == Kind::Flag {
            self.kind += 1;
        }
        self.is_seen = true;
    }

    pub(super) fn kind(&self) -> Kind {
        if self.is_seen {
            Self::KINDS[self.kind]
        } else {
            Kind::Text
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::levels_csv;
    use crate::ticket::TaskPorts;

    #[test]
    fn every_column_of_a_run_has_a_kind() {
        let tasks = [TaskPorts::new("moons", [0], [0])];
        let table = String::from_utf8(levels_csv(&tasks, std::iter::empty()).unwrap()).unwrap();
        for name in table.trim_end().split(',') {
            assert!(Kind::of(name).is_some(), "{name}");
        }
        assert_eq!(Kind::of("training.rate"), None);
    }

    #[test]
    fn a_swept_column_is_what_all_its_cells_are() {
        for (cells, kind) in [
            (&["1", "", "20"][..], Kind::Whole),
            (&["1", "0.5"], Kind::Real),
            (&["true", "false"], Kind::Flag),
            (&["true", "1"], Kind::Text),
            (&["1", "true"], Kind::Text),
            (&["0.1", "1", "true"], Kind::Text),
            (&["[16, 16]", "1"], Kind::Text),
            (&["", ""], Kind::Text),
            (&["inf"], Kind::Text),
            (&["99999999999999999999"], Kind::Real),
        ] {
            let mut guess = Guess::default();
            for cell in cells {
                guess.see(cell);
            }
            assert_eq!(guess.kind(), kind, "{cells:?}");
        }
    }
}
