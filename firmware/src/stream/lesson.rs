//! Messages between the host and a board that learns: those of [`message`](super::message), with other kinds. Every request
//! is answered: by its answer, or by a refusal.

use super::message::{UNKNOWN, Unit, VERSION};
use super::{Broken, Encoder, Fields};

const DESCRIBE: u8 = 0x11;
const TAKE: u8 = 0x12;
const TRAIN: u8 = 0x13;
const TELL: u8 = 0x14;
const DESCRIPTION: u8 = 0x91;
const TAKEN: u8 = 0x92;
const TRAINED: u8 = 0x93;
const TOLD: u8 = 0x94;
const REFUSAL: u8 = 0xFF;

/// Bytes of kind and number.
const HEAD: usize = 3;
/// Parameters that a reply tells at most.
pub const TOLD_AT_ONCE: usize = 32;

/// Bytes of the longest request to a board whose network has so many inputs and tasks.
pub const fn request_len(input_count: usize, task_count: usize) -> usize {
    HEAD + 4 + 4 * input_count + 2 * task_count
}

/// Bytes of the longest reply.
pub const REPLY_LEN: usize = HEAD + 4 * TOLD_AT_ONCE;

/// What a board is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// What is compiled in?
    Describe,
    /// Take this sample: its raw inputs, then the class of each task, follow.
    Take,
    /// Train an epoch.
    Train,
    /// What are the parameters, from this one on? As many as are left, at most [`TOLD_AT_ONCE`].
    Tell {
        /// In the order of surviving weights, then biases.
        start: u32,
    },
}

/// Why a sample was not taken, or an epoch not trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// There is no room for another sample.
    Full,
    /// An input, normalized, is infinite or not a number.
    NotFinite,
    /// A task has no such class.
    NoSuchClass,
    /// There is no sample yet.
    Empty,
    /// A loss or a parameter is not finite any more: the rate is too high. Nothing more can be learned.
    Diverged,
}

/// What is compiled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Description {
    /// Of a sample.
    pub input_count: u32,
    /// How many tasks there are.
    pub task_count: u32,
    /// Surviving weights and all biases.
    pub param_count: u32,
    /// Samples that there is room for.
    pub capacity: u32,
    /// What [`Reply::Trained`] counts.
    pub unit: Unit,
    /// Of the network that was compiled in, as [`crate::digest::of_bytes`] makes it.
    pub code: u64,
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
    /// It cannot be done.
    Refused(Refused),
}

impl Refusal {
    const ALL: [Self; 10] = [
        Self::Broken(Broken::Corrupt),
        Self::Broken(Broken::Truncated),
        Self::Broken(Broken::Oversized),
        Self::UnknownKind,
        Self::WrongLength,
        Self::Refused(Refused::NotFinite),
        Self::Refused(Refused::Full),
        Self::Refused(Refused::NoSuchClass),
        Self::Refused(Refused::Empty),
        Self::Refused(Refused::Diverged),
    ];

    /// Those that `classify` has, too, have its numbers.
    fn code(self) -> u8 {
        let place = Self::ALL.iter().position(|&other| other == self);
        place.unwrap_or_default() as u8
    }

    /// In a few words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Broken(Broken::Corrupt) => "the frame was corrupt",
            Self::Broken(Broken::Truncated) => "the frame was truncated",
            Self::Broken(Broken::Oversized) => "the frame was longer than any message",
            Self::UnknownKind => "the board knows no such request",
            Self::WrongLength => "the request has the wrong length",
            Self::Refused(Refused::NotFinite) => "an input is not finite",
            Self::Refused(Refused::Full) => "it has no room for another sample",
            Self::Refused(Refused::NoSuchClass) => "a task has no such class",
            Self::Refused(Refused::Empty) => "it has no sample yet",
            Self::Refused(Refused::Diverged) => "a loss or a parameter is not finite any more",
        }
    }
}

/// What a board answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// To [`Request::Describe`].
    Description(Description),
    /// To [`Request::Take`]: so many samples there are now.
    Taken {
        /// This one among them.
        count: u32,
    },
    /// To [`Request::Train`].
    Trained {
        /// Epochs by now.
        epochs: u32,
        /// Of this one.
        steps: u32,
        /// Instructions or cycles of this one.
        count: u64,
        /// Of all parameters of the network, pruned ones as +0.0: [`crate::digest::of_floats`].
        digest: u64,
    },
    /// To [`Request::Tell`]: parameters follow.
    Told,
    /// To anything.
    Refusal(Refusal),
}

impl Request {
    /// Reads kind, number and fields; the sample of [`Request::Take`] is what remains of `fields`.
    ///
    /// # Errors
    /// What to reply, and to which number.
    pub fn read(fields: &mut Fields<'_>) -> Result<(u16, Self), (u16, Refusal)> {
        let (Some(kind), Some(number)) = (fields.u8(), fields.u16()) else {
            return Err((UNKNOWN, Refusal::WrongLength));
        };
        let request = match kind {
            DESCRIBE => Self::Describe,
            TAKE => return Ok((number, Self::Take)),
            TRAIN => Self::Train,
            TELL => match fields.u32() {
                Some(start) => Self::Tell { start },
                None => return Err((number, Refusal::WrongLength)),
            },
            _ => return Err((number, Refusal::UnknownKind)),
        };
        if fields.is_at_end() {
            Ok((number, request))
        } else {
            Err((number, Refusal::WrongLength))
        }
    }

    /// Writes kind, number and fields; the sample of [`Request::Take`] is to follow.
    pub fn write(self, number: u16, out: &mut Encoder<'_>) {
        match self {
            Self::Describe => out.u8(DESCRIBE).u16(number),
            Self::Take => out.u8(TAKE).u16(number),
            Self::Train => out.u8(TRAIN).u16(number),
            Self::Tell { start } => out.u8(TELL).u16(number).u32(start),
        };
    }
}

impl Reply {
    /// Reads kind, number and fields; the parameters of [`Reply::Told`] are what remains of `fields`. `None` if no board of
    /// this version says that.
    pub fn read(fields: &mut Fields<'_>) -> Option<(u16, Self)> {
        let (kind, number) = (fields.u8()?, fields.u16()?);
        let reply = match kind {
            DESCRIPTION => {
                if fields.u8()? != VERSION {
                    return None;
                }
                Self::Description(Description {
                    input_count: fields.u32()?,
                    task_count: fields.u32()?,
                    param_count: fields.u32()?,
                    capacity: fields.u32()?,
                    unit: match fields.u8()? {
                        0 => Unit::Instructions,
                        1 => Unit::Cycles,
                        _ => return None,
                    },
                    code: fields.u64()?,
                })
            }
            TAKEN => Self::Taken { count: fields.u32()? },
            TRAINED => Self::Trained {
                epochs: fields.u32()?,
                steps: fields.u32()?,
                count: fields.u64()?,
                digest: fields.u64()?,
            },
            TOLD => return Some((number, Self::Told)),
            REFUSAL => Self::Refusal(*Refusal::ALL.get(usize::from(fields.u8()?))?),
            _ => return None,
        };
        fields.is_at_end().then_some((number, reply))
    }

    /// Writes kind, number and fields; the parameters of [`Reply::Told`] are to follow.
    pub fn write(&self, number: u16, out: &mut Encoder<'_>) {
        match *self {
            Self::Description(description) => {
                let out = out.u8(DESCRIPTION).u16(number).u8(VERSION);
                let out = out.u32(description.input_count).u32(description.task_count);
                let out = out.u32(description.param_count).u32(description.capacity);
                out.u8(description.unit as u8).u64(description.code);
            }
            Self::Taken { count } => {
                out.u8(TAKEN).u16(number).u32(count);
            }
            Self::Trained {
                epochs,
                steps,
                count,
                digest,
            } => {
                let out = out.u8(TRAINED).u16(number).u32(epochs).u32(steps);
                out.u64(count).u64(digest);
            }
            Self::Told => {
                out.u8(TOLD).u16(number);
            }
            Self::Refusal(refusal) => {
                out.u8(REFUSAL).u16(number).u8(refusal.code());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Description, REPLY_LEN, Refusal, Reply, Request, UNKNOWN, Unit};
    use crate::stream::{Encoder, Fields, decode, encode, frame_len};

    const ROOM: usize = frame_len(REPLY_LEN);

    /// What is read of what was written.
    fn there_and_back<T>(write: impl Fn(&mut Encoder<'_>), read: impl Fn(&mut Fields<'_>) -> T) -> T {
        let (mut out, mut buffer) = ([0; ROOM], [0; ROOM]);
        read(&mut Fields::new(
            decode(encode(&mut out, write), &mut buffer).unwrap(),
        ))
    }

    #[test]
    fn messages_come_back() {
        for request in [
            Request::Describe,
            Request::Take,
            Request::Train,
            Request::Tell { start: 1 << 20 },
        ] {
            assert_eq!(
                there_and_back(|out| request.write(513, out), Request::read),
                Ok((513, request))
            );
        }
        let description = Description {
            input_count: 4,
            task_count: 2,
            param_count: 109,
            capacity: 200,
            unit: Unit::Cycles,
            code: 1 << 63,
        };
        let trained = Reply::Trained {
            epochs: 3,
            steps: 13,
            count: 1 << 40,
            digest: 7,
        };
        let replies = [
            Reply::Description(description),
            Reply::Taken { count: 7 },
            trained,
            Reply::Told,
        ];
        for reply in replies.into_iter().chain(Refusal::ALL.map(Reply::Refusal)) {
            assert_eq!(
                there_and_back(|out| reply.write(9, out), Reply::read),
                Some((9, reply))
            );
        }
    }

    #[test]
    fn what_nobody_asks_is_refused_with_its_number() {
        let refused = |message: &[u8]| Request::read(&mut Fields::new(message)).unwrap_err();
        assert_eq!(refused(&[]), (UNKNOWN, Refusal::WrongLength));
        assert_eq!(refused(&[0x11, 2]), (UNKNOWN, Refusal::WrongLength));
        assert_eq!(refused(&[0x02, 2, 1]), (258, Refusal::UnknownKind));
        assert_eq!(refused(&[0x11, 2, 1, 0]), (258, Refusal::WrongLength));
        assert_eq!(refused(&[0x14, 2, 1, 0]), (258, Refusal::WrongLength));
    }
}
