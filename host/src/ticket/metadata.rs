//! The JSON under the metadata key `tombola`: tasks and origin.
//!
//! Fields that are not known are ignored, so that others may add theirs; what would change the meaning of the
//! known ones gets a new version, which is refused.

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::{Origin, TaskPorts, Ticket};
use crate::text::{from_json, problem};

/// The key in the file's metadata.
pub(super) const KEY: &str = "tombola";

const VERSION: u64 = 1;

const REMEDY: &str = "it must be JSON like {\"version\":1,\"widths\":[4,8,2],\"tasks\":[\
    {\"name\":\"moons\",\"inputs\":[0,1],\"outputs\":[0]},{\"name\":\"circles\",\"inputs\":[2,3],\"outputs\":[1]}]}";

/// The JSON as it stands. An origin is read on its own, since a flattened struct would be read by way of f64, and an
/// f32 could come back with other bits.
#[derive(Serialize, Deserialize)]
pub(super) struct Metadata {
    version: u64,
    pub(super) widths: Vec<usize>,
    pub(super) tasks: Vec<TaskPorts>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) shares_inputs: bool,
    /// Where no tensor holds the initial weights: the seed that they were drawn with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) initial_seed: Option<u64>,
    #[serde(flatten, skip_deserializing)]
    pub(super) origin: Option<Origin>,
}

/// All that is read of a file of another version.
#[derive(Deserialize)]
struct Version {
    version: u64,
}

/// Which fields of an origin are there.
#[derive(Deserialize)]
struct Given {
    seed: Option<IgnoredAny>,
    data_seed: Option<IgnoredAny>,
    level: Option<IgnoredAny>,
    digest: Option<IgnoredAny>,
    result: Option<IgnoredAny>,
}

impl Metadata {
    /// What `ticket` says beside its tensors.
    pub(super) fn of(ticket: &Ticket) -> Metadata {
        Metadata {
            version: VERSION,
            widths: ticket.widths.clone(),
            tasks: ticket.tasks.clone(),
            shares_inputs: ticket.shares_inputs,
            initial_seed: ticket.initial_seed.filter(|_| ticket.initial.is_some()),
            origin: ticket.origin.clone(),
        }
    }

    /// Reads the JSON, or says what is wrong with it.
    pub(super) fn parse(json: Option<&str>) -> Result<Metadata, String> {
        let json = json.ok_or_else(|| {
            format!(
                "the metadata has no key '{KEY}'; of a network from elsewhere, tombola import makes a ticket; in one of \
                 your own {REMEDY}"
            )
        })?;
        let malformed = |error: serde_json::Error| {
            format!(
                "the metadata under '{KEY}' cannot be read: {}; {REMEDY}",
                problem(&error)
            )
        };
        let Version { version } = from_json(json).map_err(malformed)?;
        if version != VERSION {
            return Err(format!(
                "the metadata under '{KEY}' has version {version}, and only version {VERSION} is known; \
                 read it with a newer tombola or save it as version {VERSION}"
            ));
        }
        let mut metadata: Metadata = from_json(json).map_err(malformed)?;
        let given: Given = from_json(json).map_err(malformed)?;
        let needed = [given.seed, given.data_seed, given.level, given.digest].map(|field| field.is_some());
        if needed == [true; 4] {
            metadata.origin = Some(from_json(json).map_err(malformed)?);
        } else if needed != [false; 4] || given.result.is_some() {
            return Err(format!(
                "the metadata under '{KEY}' has some of seed, data_seed, level, digest and result but not all of \
                 the first four; add what is missing or leave all out"
            ));
        }
        Ok(metadata)
    }
}
