//! Reads `levels.csv`, of any version of this program: what other commands compare.
//!
//! A column is found by its name, so columns may be missing that came later; what they would hold is then not known. A file
//! that a run did not write so is refused with its line: every file can be written again from what is finished.

use std::collections::BTreeMap;

use tombola::Verdict;

use super::verdict;
use crate::arm::IMP_NAME;
use crate::bad_input;
use crate::data::Majority;
use crate::text::{counted, quoted};

/// A row of `levels.csv`, as far as runs are compared by it.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// The seed.
    pub seed: u64,
    /// The arm; files from before there were arms have `imp` alone.
    pub arm: String,
    /// From 0, the dense network.
    pub level: u32,
    /// Weights that survive.
    pub weights_left: usize,
    /// What the ticket makes of its tasks.
    pub verdict: Verdict,
    /// Whether no subnetwork touches two tasks.
    pub independent: bool,
    /// Whether, moreover, every task has a path from its inputs to its outputs, if it is known.
    pub side_by_side: Option<bool>,
    /// Accuracy on the test part, by task.
    pub accuracy: Vec<f64>,
    /// Accuracy on the validation part, by task, if it is known.
    pub validation_accuracy: Option<Vec<f64>>,
    /// How frequent the most frequent classes are, if it is known.
    pub majority: Option<Majority>,
    /// Whether paths exist exactly where the truth has them, if it is known.
    pub reveals: Option<bool>,
    /// One number for the bits of all parameters, if it is known.
    pub params_digest: Option<u64>,
}

/// Reads the rows of a run whose tasks have these names. `place` is how messages call the file, and `remedy` what is to be
/// done about one that is damaged.
///
/// # Errors
/// Bad input, with place, line and remedy, if the file is cut short, lacks a column or has a cell that cannot be.
pub fn recorded(bytes: &[u8], place: &str, tasks: &[&str], remedy: &str) -> anyhow::Result<Vec<Recorded>> {
    let damaged = |line: u64, what: &str| bad_input!("{place}:{line}: {what}; {remedy}");
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .has_headers(false)
        .from_reader(bytes);
    let mut record = csv::StringRecord::new();
    let mut next = |record: &mut csv::StringRecord| {
        let is_there = reader.read_record(record).map_err(|error| {
            let line = error.position().map_or(1, csv::Position::line);
            damaged(line, "this is not text in UTF-8")
        })?;
        anyhow::Ok(is_there.then(|| record.position().map_or(1, csv::Position::line)))
    };
    next(&mut record)?;
    let columns = Columns::of(&record, tasks).map_err(|column| {
        let column = quoted(&column);
        damaged(
            1,
            &format!("this is no table of this run's levels, for it has no column {column}"),
        )
    })?;
    let (mut rows, mut seen, mut last) = (vec![], BTreeMap::<_, BTreeMap<u32, u64>>::new(), 1);
    while let Some(line) = next(&mut record)? {
        last = line;
        if record.len() != columns.count {
            let (cells, count) = (counted(record.len(), "cell"), columns.count);
            return Err(damaged(line, &format!("the row has {cells}, the header {count}")));
        }
        let row = columns.read(&record).map_err(|column| {
            let (cell, column) = (quoted(&record[column]), quoted(&columns.names[column]));
            damaged(line, &format!("{cell} cannot stand in column {column}"))
        })?;
        let levels = seen.entry((row.seed, row.arm.clone())).or_default();
        if levels.insert(row.level, line).is_some() {
            let what = "there is another row of this seed, arm and level above";
            return Err(damaged(line, what));
        }
        rows.push(row);
    }
    if bytes.last() != Some(&b'\n') {
        return Err(damaged(last, "the file is cut short, for this line has no end"));
    }
    // Levels follow each other, so the deepest says how many there are.
    let mut levels = seen
        .values()
        .filter_map(|levels| Some((levels.len(), levels.last_key_value()?)));
    match levels.find(|&(count, (&deepest, _))| count as u64 != u64::from(deepest) + 1) {
        Some((_, (_, &line))) => Err(damaged(
            line,
            "of this seed and arm, levels before this one are missing",
        )),
        None => Ok(rows),
    }
}

/// Where the columns are.
struct Columns {
    names: Vec<String>,
    count: usize,
    seed: usize,
    arm: Option<usize>,
    level: usize,
    weights_left: usize,
    verdict: usize,
    independent: usize,
    side_by_side: Option<usize>,
    accuracy: Vec<usize>,
    validation_accuracy: Option<Vec<usize>>,
    /// Of the validation and the test part.
    majority: Option<[Vec<usize>; 2]>,
    reveals: Option<usize>,
    params_digest: Option<usize>,
}

impl Columns {
    /// The columns under this header, or the name of one that is missing.
    fn of(header: &csv::StringRecord, tasks: &[&str]) -> Result<Self, String> {
        let position = |name: &str| header.iter().position(|column| column == name);
        let find = |name: &str| position(name).ok_or_else(|| name.to_owned());
        let of_tasks = |prefix: &str| {
            let names = tasks.iter().map(|task| format!("{prefix}_{task}"));
            names.map(|name| find(&name)).collect::<Result<Vec<_>, _>>()
        };
        Ok(Self {
            names: header.iter().map(str::to_owned).collect(),
            count: header.len(),
            seed: find("seed")?,
            arm: position("arm"),
            level: find("level")?,
            weights_left: find("weights_left")?,
            verdict: find("verdict")?,
            independent: find("independent")?,
            side_by_side: position("side_by_side"),
            accuracy: of_tasks("accuracy")?,
            validation_accuracy: of_tasks("validation_accuracy").ok(),
            majority: of_tasks("validation_majority")
                .and_then(|validation| Ok([validation, of_tasks("majority")?]))
                .ok(),
            reveals: position("reveals"),
            params_digest: position("params_digest"),
        })
    }

    /// The row in these cells, or the column of the first that cannot be.
    fn read(&self, cells: &csv::StringRecord) -> Result<Recorded, usize> {
        fn parse<T: std::str::FromStr>(cells: &csv::StringRecord, column: usize) -> Result<T, usize> {
            cells[column].parse().map_err(|_| column)
        }
        let share = |&column: &usize| {
            let share = parse(cells, column)?;
            if (0.0..=1.0).contains(&share) {
                Ok(share)
            } else {
                Err(column)
            }
        };
        let shares = |columns: &[usize]| columns.iter().map(share).collect::<Result<Vec<f64>, _>>();
        // What tickets of old runs cannot give is empty.
        let is_known = |columns: &Vec<usize>| columns.iter().all(|&column| !cells[column].is_empty());
        let digest = |column: usize| u64::from_str_radix(&cells[column], 16).map_err(|_| column);
        Ok(Recorded {
            seed: parse(cells, self.seed)?,
            arm: match self.arm {
                Some(column) if cells[column].is_empty() => return Err(column),
                Some(column) => cells[column].to_owned(),
                None => IMP_NAME.to_owned(),
            },
            level: parse(cells, self.level)?,
            weights_left: parse(cells, self.weights_left)?,
            verdict: verdict(&cells[self.verdict]).ok_or(self.verdict)?,
            independent: parse(cells, self.independent)?,
            side_by_side: match self.side_by_side.filter(|&column| !cells[column].is_empty()) {
                Some(column) => Some(parse(cells, column)?),
                None => None,
            },
            accuracy: shares(&self.accuracy)?,
            validation_accuracy: match self
                .validation_accuracy
                .as_ref()
                .filter(|columns| is_known(columns))
            {
                Some(columns) => Some(shares(columns)?),
                None => None,
            },
            majority: match self.majority.as_ref().filter(|parts| parts.iter().all(is_known)) {
                Some([validation, test]) => Some(Majority {
                    validation: shares(validation)?,
                    test: shares(test)?,
                }),
                None => None,
            },
            reveals: match self.reveals.filter(|&column| !cells[column].is_empty()) {
                Some(column) => Some(parse(cells, column)?),
                None => None,
            },
            params_digest: match self.params_digest.filter(|&column| !cells[column].is_empty()) {
                Some(column) => Some(digest(column)?),
                None => None,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use tombola::Verdict;

    use super::{Majority, Recorded, recorded};
    use crate::error::refused;

    const OLD: &str = "seed,level,weights_left,active_weights,sparsity,verdict,independent,subnetworks,epochs,train_loss,\
                       validation_loss,test_loss,accuracy_moons,accuracy_circles\n";
    const OLD_ROW: &str = "3,0,1216,1216,0,interconnected,false,1,30,0.1,0.1,0.1,0.99,1\n";
    const NEW: &str = "seed,level,weights_left,verdict,independent,accuracy_moons,accuracy_circles,\
                       validation_accuracy_moons,validation_accuracy_circles,params_digest,arm,side_by_side,\
                       majority_moons,majority_circles,validation_majority_moons,validation_majority_circles,reveals,what_came_later\n";
    const NEW_ROW: &str = "3,0,43,separated,true,0.99,1,0.98,0.97,00000000000000ff,labels-shuffled:moons,true,0.5,1,0.6,0.7,true,\n";

    fn read(text: &str) -> anyhow::Result<Vec<Recorded>> {
        recorded(
            text.as_bytes(),
            "run/levels.csv",
            &["moons", "circles"],
            "write it again",
        )
    }

    #[test]
    fn rows_of_every_version_are_read_and_what_they_lack_is_not_known() {
        let old = Recorded {
            seed: 3,
            arm: "imp".to_owned(),
            level: 0,
            weights_left: 1216,
            verdict: Verdict::Interconnected,
            independent: false,
            side_by_side: None,
            accuracy: vec![0.99, 1.0],
            validation_accuracy: None,
            majority: None,
            reveals: None,
            params_digest: None,
        };
        assert_eq!(read(&format!("{OLD}{OLD_ROW}")).unwrap(), [old]);
        let new = Recorded {
            seed: 3,
            arm: "labels-shuffled:moons".to_owned(),
            level: 0,
            weights_left: 43,
            verdict: Verdict::Separated,
            independent: true,
            side_by_side: Some(true),
            accuracy: vec![0.99, 1.0],
            validation_accuracy: Some(vec![0.98, 0.97]),
            majority: Some(Majority {
                validation: vec![0.6, 0.7],
                test: vec![0.5, 1.0],
            }),
            reveals: Some(true),
            params_digest: Some(255),
        };
        let measured_again = Recorded {
            side_by_side: None,
            validation_accuracy: None,
            majority: None,
            reveals: None,
            params_digest: None,
            level: 1,
            ..new.clone()
        };
        let text =
            format!("{NEW}{NEW_ROW}3,1,43,separated,true,0.99,1,,,,labels-shuffled:moons,,0.5,1,0.6,,,\n");
        assert_eq!(read(&text).unwrap(), [new, measured_again]);
        assert_eq!(read(OLD).unwrap(), []);
    }

    #[test]
    fn a_damaged_table_is_refused_with_its_line_and_the_remedy() {
        let replaced = |from: &str, to: &str| {
            let row = NEW_ROW.replacen(from, to, 1);
            assert_ne!(row, NEW_ROW);
            format!("{NEW}{NEW_ROW}{row}").replacen(NEW_ROW, &NEW_ROW.replace("3,0,", "2,0,"), 1)
        };
        for (text, fragment) in [
            (
                String::new(),
                ":1: this is no table of this run's levels, for it has no column 'seed'",
            ),
            ("seed,level\n".to_owned(), ":1: this is no table"),
            (
                NEW.replace("accuracy_circles", "accuracy_xor"),
                "no column 'accuracy_circles'",
            ),
            (format!("{NEW}{NEW_ROW}{NEW_ROW}"), ":3: there is another row"),
            (
                replaced("3,0", "3,1"),
                ":3: of this seed and arm, levels before this one are missing",
            ),
            (replaced("3,", "x,"), ":3: 'x' cannot stand in column 'seed'"),
            (
                replaced("43", "-43"),
                ":3: '-43' cannot stand in column 'weights_left'",
            ),
            (
                replaced("separated", "apart"),
                ":3: 'apart' cannot stand in column 'verdict'",
            ),
            (replaced("true", "yes"), "column 'independent'"),
            (replaced("moons,true", "moons,yes"), "column 'side_by_side'"),
            (
                replaced("0.99", "1.01"),
                "'1.01' cannot stand in column 'accuracy_moons'",
            ),
            (
                replaced("0.99", "NaN"),
                "'NaN' cannot stand in column 'accuracy_moons'",
            ),
            (
                replaced("0.7", "7"),
                "'7' cannot stand in column 'validation_majority_circles'",
            ),
            (replaced("00ff", "00fg"), "column 'params_digest'"),
            (
                replaced("labels-shuffled:moons", ""),
                "'' cannot stand in column 'arm'",
            ),
            (replaced("true,", ""), ":3: the row has 17 cells, the header 18"),
            (
                replaced("moons,true,0.5,1,0.6,0.7,true,\n", "moo"),
                ":3: the row has 11 cells",
            ),
            (replaced("0.7,true", "0.7,yes"), "column 'reveals'"),
            (replaced(",\n", ",what"), ":3: the file is cut short"),
        ] {
            refused(read(&text), &["run/levels.csv:", fragment, "; write it again"]);
        }
        let bytes = [NEW.as_bytes(), b"\xff\n"].concat();
        refused(
            recorded(&bytes, "levels.csv", &["moons", "circles"], "write"),
            &["levels.csv:2: this is not text"],
        );
    }
}
