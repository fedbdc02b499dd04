//! A shard: the part of a run's work that one process does, on this machine or another.

use std::fmt;
use std::str::FromStr;

/// Every so many-th unit of work. The units of a run are its seeds, in order; all shards of one count are all units, each once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// From 1.
    index: u32,
    count: u32,
}

impl Shard {
    /// The part of `units` that is this shard's.
    pub fn of<T>(self, units: impl Iterator<Item = T>) -> impl Iterator<Item = T> {
        // Side by side in the order of the units, so that each shard has its share of cells that take long.
        units.skip(self.index as usize - 1).step_by(self.count as usize)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text
            .split_once('/')
            .map(|(index, count)| (number(index), number(count)));
        match parts {
            Some((Some(index), Some(count))) if (1..=count).contains(&index) => Ok(Self { index, count }),
            Some((Some(index), Some(count))) if 0 < count => Err(format!(
                "there is no shard {index} of {count}: they are counted from 1 to {count}"
            )),
            _ => Err("write the shard's number and how many there are, such as 1/4".to_owned()),
        }
    }
}

/// Digits alone: no sign, no space.
fn number(text: &str) -> Option<u32> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    is_plain.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::Shard;

    #[test]
    fn all_shards_of_a_count_are_all_units_each_once() {
        for count in 1..=9 {
            for units in 0..=20_u64 {
                let shards = (1..=count).map(|index| format!("{index}/{count}").parse::<Shard>().unwrap());
                let mut all: Vec<u64> = shards.clone().flat_map(|shard| shard.of(0..units)).collect();
                all.sort_unstable();
                assert_eq!(all, (0..units).collect::<Vec<_>>());
                let sizes: Vec<usize> = shards.map(|shard| shard.of(0..units).count()).collect();
                assert!(sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 1);
            }
        }
    }

    #[test]
    fn a_shard_that_cannot_be_is_refused() {
        let parse = |text: &str| text.parse::<Shard>();
        assert_eq!(parse("2/7").unwrap().to_string(), "2/7");
        assert_eq!(parse("01/1").unwrap().to_string(), "1/1");
        for text in ["0/3", "4/3", "7/1"] {
            assert!(
                parse(text).unwrap_err().starts_with("there is no shard "),
                "{text}"
            );
        }
        for text in [
            "",
            "3",
            "1/0",
            "0/0",
            "a/3",
            "1/b",
            "-1/3",
            "+1/3",
            "1/ 3",
            "1/2/3",
            "/",
            "1/4294967296",
        ] {
            assert!(
                parse(text).unwrap_err().starts_with("write the shard's number"),
                "{text}"
            );
        }
    }
}
