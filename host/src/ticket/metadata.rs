//! The JSON under the metadata key `tombola`: tasks and origin.
//!
//! Fields that are not known are ignored, so that others may add theirs; what would change the meaning of the
//! known ones gets a new version, which is refused.

use serde::{Deserialize, Serialize};

use super::{LevelResult, Origin, TaskPorts, Ticket};
use crate::text::problem;

/// The key in the file's metadata.
pub(super) const KEY: &str = "tombola";

const VERSION: u64 = 1;

const REMEDY: &str = "it must be JSON like {\"version\":1,\"widths\":[4,8,2],\"tasks\":[\
    {\"name\":\"moons\",\"inputs\":[0,1],\"outputs\":[0]},{\"name\":\"circles\",\"inputs\":[2,3],\"outputs\":[1]}]}";

/// The JSON as it stands. Plain fields only: a flattened struct would pass its numbers through f64, and an
/// f32 could come back with other bits.
#[derive(Serialize, Deserialize)]
pub(super) struct Metadata {
    version: u64,
    pub(super) widths: Vec<usize>,
    pub(super) tasks: Vec<TaskPorts>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    data_seed: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    level: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    result: Option<LevelResult>,
}

/// All that is read of a file of another version.
#[derive(Deserialize)]
struct Version {
    version: u64,
}

impl Metadata {
    /// What `ticket` says beside its tensors.
    pub(super) fn of(ticket: &Ticket) -> Metadata {
        let origin = ticket.origin.as_ref();
        Metadata {
            version: VERSION,
            widths: ticket.widths.clone(),
            tasks: ticket.tasks.clone(),
            seed: origin.map(|origin| origin.seed),
            data_seed: origin.map(|origin| origin.data_seed),
            level: origin.map(|origin| origin.level),
            digest: origin.map(|origin| origin.digest.clone()),
            result: origin.and_then(|origin| origin.result.clone()),
        }
    }

    /// Reads the JSON, or says what is wrong with it.
    pub(super) fn parse(json: Option<&str>) -> Result<Metadata, String> {
        let json = json.ok_or_else(|| format!("the metadata has no key '{KEY}'; {REMEDY}"))?;
        let malformed = |error: serde_json::Error| {
            format!(
                "the metadata under '{KEY}' cannot be read: {}; {REMEDY}",
                problem(&error)
            )
        };
        let Version { version } = serde_json::from_str(json).map_err(malformed)?;
        if version != VERSION {
            return Err(format!(
                "the metadata under '{KEY}' has version {version}, and only version {VERSION} is known; \
                 read it with a newer tombola or save it as version {VERSION}"
            ));
        }
        serde_json::from_str(json).map_err(malformed)
    }

    /// Where the ticket comes from: all of it is said, or nothing. Half an origin is an error.
    pub(super) fn origin(&mut self) -> Result<Option<Origin>, String> {
        let (seed, data_seed, level) = (self.seed, self.data_seed, self.level);
        let (digest, result) = (self.digest.take(), self.result.take());
        match (seed, data_seed, level, digest) {
            (Some(seed), Some(data_seed), Some(level), Some(digest)) => Ok(Some(Origin {
                seed,
                data_seed,
                level,
                digest,
                result,
            })),
            (None, None, None, None) if result.is_none() => Ok(None),
            _ => Err(format!(
                "the metadata under '{KEY}' has some of seed, data_seed, level, digest and result but not all of \
                 the first four; add what is missing or leave all out"
            )),
        }
    }
}
