//! Messages between the host and a board. Every request is answered: by its answer, or by a refusal.
//!
//! A message is its kind, a number that the host chose and the answer repeats, and its fields, in the order of the
//! variants below. Floats travel as their bits.

use super::{Broken, Encoder, Fields};

/// Messages of this version are understood.
pub const VERSION: u8 = 1;
/// The number of a refusal of what could not be read.
pub const UNKNOWN: u16 = u16::MAX;

const DESCRIBE: u8 = 0x01;
const CLASSIFY: u8 = 0x02;
const DRAW: u8 = 0x03;
const DESCRIPTION: u8 = 0x81;
const ANSWER: u8 = 0x82;
const REFUSAL: u8 = 0xFF;

/// Bytes of kind and number.
const HEAD: usize = 3;

/// Bytes of the longest request to a board whose ticket has so many inputs.
pub const fn request_len(input_count: usize) -> usize {
    let classify = HEAD + 4 * input_count;
    // A draw has 11 bytes of fields.
    if classify < HEAD + 11 { HEAD + 11 } else { classify }
}

/// Bytes of the longest reply of a board whose ticket has so many outputs and tasks.
pub const fn reply_len(output_count: usize, task_count: usize) -> usize {
    let answer = HEAD + 4 + 4 * output_count + 2 * task_count;
    // A description has 30 bytes of fields; 32 is enough.
    if answer < HEAD + 32 { HEAD + 32 } else { answer }
}

/// What a board is asked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Request {
    /// What is compiled in?
    Describe,
    /// What are the logits and classes of this sample? Its raw inputs follow.
    Classify,
    /// Run this lottery.
    Draw(Draw),
}

/// A lottery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draw {
    /// Of data, weights and order.
    pub seed: u64,
    /// In each part.
    pub samples: u16,
    /// The last level that is trained, if no separated ticket comes before it.
    pub last_level: u8,
}

/// What is compiled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Description {
    /// Of a sample.
    pub input_count: u32,
    /// Of the network.
    pub output_count: u32,
    /// How many tasks there are.
    pub task_count: u32,
    /// Weights that survive.
    pub weights_left: u32,
    /// Weights on a path from an input to an output.
    pub weights_active: u32,
    /// What [`Request::Classify`]'s answer counts.
    pub unit: Unit,
    /// Of the code that was compiled in, as [`crate::digest::of_bytes`] makes it.
    pub code: u64,
}

/// What a board counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Instructions, exact in QEMU with `-icount`.
    Instructions = 0,
    /// Cycles of the core.
    Cycles = 1,
}

/// Why a request has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The frame was not whole.
    Broken(Broken),
    /// There is no such request.
    UnknownKind,
    /// A request of this kind has another length.
    WrongLength,
    /// An input is infinite or not a number.
    NotFinite,
}

impl Refusal {
    const ALL: [Self; 6] = [
        Self::Broken(Broken::Corrupt),
        Self::Broken(Broken::Truncated),
        Self::Broken(Broken::Oversized),
        Self::UnknownKind,
        Self::WrongLength,
        Self::NotFinite,
    ];

    const fn code(self) -> u8 {
        match self {
            Self::Broken(Broken::Corrupt) => 0,
            Self::Broken(Broken::Truncated) => 1,
            Self::Broken(Broken::Oversized) => 2,
            Self::UnknownKind => 3,
            Self::WrongLength => 4,
            Self::NotFinite => 5,
        }
    }

    /// In a few words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Broken(Broken::Corrupt) => "the frame was corrupt",
            Self::Broken(Broken::Truncated) => "the frame was truncated",
            Self::Broken(Broken::Oversized) => "the frame was longer than any message",
            Self::UnknownKind => "the board knows no such request",
            Self::WrongLength => "the request has the wrong length",
            Self::NotFinite => "an input is not finite",
        }
    }
}

/// What a board answers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reply {
    /// To [`Request::Describe`].
    Description(Description),
    /// To [`Request::Classify`]: what it took. Logits, then the class of each task, follow.
    Answer {
        /// Instructions or cycles.
        count: u32,
    },
    /// To anything.
    Refusal(Refusal),
}

impl Request {
    /// Reads kind, number and fields; the inputs of [`Request::Classify`] are what remains of `fields`.
    ///
    /// # Errors
    /// What to reply, and to which number.
    pub fn read(fields: &mut Fields<'_>) -> Result<(u16, Self), (u16, Refusal)> {
        let (Some(kind), Some(number)) = (fields.u8(), fields.u16()) else {
            return Err((UNKNOWN, Refusal::WrongLength));
        };
        let request = match kind {
            DESCRIBE if fields.is_at_end() => Some(Self::Describe),
            CLASSIFY => Some(Self::Classify),
            DRAW => Draw::read(fields).map(Self::Draw),
            DESCRIBE => None,
            _ => return Err((number, Refusal::UnknownKind)),
        };
        request.map_or(Err((number, Refusal::WrongLength)), |request| {
            Ok((number, request))
        })
    }

    /// Writes kind, number and fields; the inputs of [`Request::Classify`] are to follow.
    pub fn write(self, number: u16, out: &mut Encoder<'_>) {
        match self {
            Self::Describe => out.u8(DESCRIBE).u16(number),
            Self::Classify => out.u8(CLASSIFY).u16(number),
            Self::Draw(draw) => {
                let out = out.u8(DRAW).u16(number);
                out.u64(draw.seed).u16(draw.samples).u8(draw.last_level)
            }
        };
    }
}

impl Draw {
    fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let draw = Self {
            seed: fields.u64()?,
            samples: fields.u16()?,
            last_level: fields.u8()?,
        };
        fields.is_at_end().then_some(draw)
    }
}

impl Reply {
    /// Reads kind, number and fields; logits and classes of [`Reply::Answer`] are what remains of `fields`. `None` if
    /// no board of this [`VERSION`] says that.
    pub fn read(fields: &mut Fields<'_>) -> Option<(u16, Self)> {
        let (kind, number) = (fields.u8()?, fields.u16()?);
        let reply = match kind {
            DESCRIPTION => Self::Description(Description::read(fields)?),
            ANSWER => Self::Answer { count: fields.u32()? },
            REFUSAL => {
                let code = fields.u8()?;
                Self::Refusal(Refusal::ALL.into_iter().find(|refusal| refusal.code() == code)?)
            }
            _ => return None,
        };
        Some((number, reply))
    }

    /// Writes kind, number and fields; logits and classes of [`Reply::Answer`] are to follow.
    pub fn write(&self, number: u16, out: &mut Encoder<'_>) {
        match self {
            Self::Description(description) => {
                out.u8(DESCRIPTION).u16(number);
                description.write(out);
            }
            Self::Answer { count } => {
                out.u8(ANSWER).u16(number).u32(*count);
            }
            Self::Refusal(refusal) => {
                out.u8(REFUSAL).u16(number).u8(refusal.code());
            }
        }
    }
}

impl Description {
    fn read(fields: &mut Fields<'_>) -> Option<Self> {
        if fields.u8()? != VERSION {
            return None;
        }
        let description = Self {
            input_count: fields.u32()?,
            output_count: fields.u32()?,
            task_count: fields.u32()?,
            weights_left: fields.u32()?,
            weights_active: fields.u32()?,
            unit: match fields.u8()? {
                0 => Unit::Instructions,
                1 => Unit::Cycles,
                _ => return None,
            },
            code: fields.u64()?,
        };
        fields.is_at_end().then_some(description)
    }

    fn write(&self, out: &mut Encoder<'_>) {
        let out = out.u8(VERSION).u32(self.input_count).u32(self.output_count);
        let out = out
            .u32(self.task_count)
            .u32(self.weights_left)
            .u32(self.weights_active);
        out.u8(self.unit as u8).u64(self.code);
    }
}

#[cfg(test)]
mod tests {
    use super::{Description, Draw, Refusal, Reply, Request, UNKNOWN, Unit, reply_len, request_len};
    use crate::stream::{Encoder, Fields, decode, encode, frame_len};

    /// What is read of what was written.
    fn there_and_back<T>(write: impl Fn(&mut Encoder<'_>), read: impl Fn(&mut Fields<'_>) -> T) -> T {
        let (mut out, mut buffer) = ([0; 64], [0; 64]);
        read(&mut Fields::new(
            decode(encode(&mut out, write), &mut buffer).unwrap(),
        ))
    }

    #[test]
    fn requests_come_back() {
        let draw = Draw {
            seed: u64::MAX - 1,
            samples: 1000,
            last_level: 17,
        };
        for request in [Request::Describe, Request::Classify, Request::Draw(draw)] {
            assert_eq!(
                there_and_back(|out| request.write(513, out), Request::read),
                Ok((513, request))
            );
        }
        assert!(frame_len(request_len(0)) <= 64);
    }

    #[test]
    fn replies_come_back() {
        let description = Description {
            input_count: 4,
            output_count: 2,
            task_count: 2,
            weights_left: 43,
            weights_active: 33,
            unit: Unit::Cycles,
            code: 1 << 63,
        };
        let refusals = Refusal::ALL.map(Reply::Refusal);
        for reply in refusals
            .into_iter()
            .chain([Reply::Description(description), Reply::Answer { count: 7 }])
        {
            assert_eq!(
                there_and_back(|out| reply.write(0, out), Reply::read),
                Some((0, reply))
            );
        }
        assert!(frame_len(reply_len(0, 0)) <= 64);
    }

    #[test]
    fn what_nobody_asks_is_refused_with_its_number() {
        let refused = |message: &[u8]| Request::read(&mut Fields::new(message)).unwrap_err();
        assert_eq!(refused(&[]), (UNKNOWN, Refusal::WrongLength));
        assert_eq!(refused(&[1, 2]), (UNKNOWN, Refusal::WrongLength));
        assert_eq!(refused(&[77, 2, 1]), (258, Refusal::UnknownKind));
        assert_eq!(refused(&[1, 2, 1, 0]), (258, Refusal::WrongLength));
        assert_eq!(refused(&[3, 2, 1, 0]), (258, Refusal::WrongLength));
    }
}
