//! Stores what was measured of one network, by the name of the measure, and writes its cells.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Extent;
use super::table::{MEASURES, Measure, What};

/// What was measured of one network: for each measure of [`MEASURES`] a number, a list of numbers, or nothing. Every
/// number is finite.
///
/// As JSON it is an object of the measures that are there, in the order of the table: a number, or an object of numbers
/// by what each is of. Numbers survive it exactly; a measure that the table does not have is left out.
#[derive(Clone, Debug, PartialEq)]
pub struct Measures {
    /// One for each measure of the table.
    values: Vec<Option<Value>>,
}

/// What a measure came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Value {
    Number(f64),
    Entries(Entries),
}

/// Numbers, each with what it is of.
#[derive(Clone, Debug, PartialEq)]
struct Entries(Vec<(String, f64)>);

impl Default for Measures {
    fn default() -> Self {
        Self {
            values: vec![None; MEASURES.len()],
        }
    }
}

impl Measures {
    /// What each measure of the table says, where it is asked.
    pub(super) fn of(mut ask: impl FnMut(&Measure) -> Option<Answer>) -> Self {
        let value = |answer| match answer {
            Answer::Number(number) => number
                .filter(|number: &f64| number.is_finite())
                .map(Value::Number),
            Answer::Entries(mut entries) => {
                entries.retain(|(_, number): &(String, f64)| number.is_finite());
                (!entries.is_empty()).then_some(Value::Entries(Entries(entries)))
            }
        };
        Self {
            values: MEASURES
                .iter()
                .map(|measure| ask(measure).and_then(value))
                .collect(),
        }
    }

    /// Those that are measured up to an extent.
    #[must_use]
    pub fn up_to(&self, extent: Extent) -> Self {
        let values = MEASURES.iter().zip(&self.values);
        let value =
            |(measure, value): (&Measure, &Option<Value>)| value.clone().filter(|_| measure.extent <= extent);
        Self {
            values: values.map(value).collect(),
        }
    }

    /// The number of a measure that has one; of a flag, 1 where it is true and else 0.
    pub fn scalar(&self, name: &str) -> Option<f64> {
        match self.value(name)? {
            Value::Number(number) => Some(*number),
            Value::Entries(_) => None,
        }
    }

    /// The number of a measure that has several, by what it is of.
    pub fn entry(&self, name: &str, of: &str) -> Option<f64> {
        match self.value(name)? {
            Value::Number(_) => None,
            Value::Entries(Entries(entries)) => entries
                .iter()
                .find(|(key, _)| key == of)
                .map(|&(_, number)| number),
        }
    }

    /// The cell of `levels.csv` in the column of a measure: empty where it was not measured.
    pub fn cell(&self, measure: &Measure) -> String {
        match (self.scalar(measure.name), measure.what) {
            (None, _) => String::new(),
            (Some(number), What::Flag(_)) => (number != 0.0).to_string(),
            (Some(number), _) => number.to_string(),
        }
    }

    /// The rows of `measures.csv`: the measure, what the number is of, and the number.
    pub fn entries(&self) -> impl Iterator<Item = (&'static str, &str, f64)> {
        MEASURES.iter().zip(&self.values).flat_map(|(measure, value)| {
            let entries = match value {
                Some(Value::Entries(Entries(entries))) => &entries[..],
                _ => &[],
            };
            entries
                .iter()
                .map(|(of, number)| (measure.name, of.as_str(), *number))
        })
    }

    fn value(&self, name: &str) -> Option<&Value> {
        let place = MEASURES.iter().position(|measure| measure.name == name)?;
        self.values[place].as_ref()
    }
}

/// What a measure says of a network.
pub(super) enum Answer {
    Number(Option<f64>),
    Entries(Vec<(String, f64)>),
}

impl Serialize for Measures {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let values = MEASURES.iter().zip(&self.values);
        serializer.collect_map(values.filter_map(|(measure, value)| Some((measure.name, value.as_ref()?))))
    }
}

impl<'de> Deserialize<'de> for Measures {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;

        impl<'de> Visitor<'de> for Read {
            type Value = Measures;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("measures by name")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Measures, A::Error> {
                let mut measures = Measures::default();
                while let Some((name, value)) = map.next_entry::<String, Value>()? {
                    if let Some(place) = MEASURES.iter().position(|measure| measure.name == name) {
                        measures.values[place] = Some(value);
                    }
                }
                Ok(measures)
            }
        }

        deserializer.deserialize_map(Read)
    }
}

impl Serialize for Entries {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (of, number) in &self.0 {
            map.serialize_entry(of, number)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;

        impl<'de> Visitor<'de> for Read {
            type Value = Entries;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("numbers by what they are of")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
                let mut entries = vec![];
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }

        deserializer.deserialize_map(Read)
    }
}
