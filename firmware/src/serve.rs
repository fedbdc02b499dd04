//! Answers the requests that `classify` gets, frame by frame. Nothing here panics, whatever arrives: the program
//! `proof` links only as long as that is so.

use core::hint::black_box;

use crate::stream::message::{Description, Refusal, Reply, Request, UNKNOWN, Unit, reply_len, request_len};
use crate::stream::{Broken, Decoder, Encoder, Fields, Number, encode, frame_len};
use crate::ticket::{INPUT_COUNT, OUTPUT_COUNT, TASK_COUNT, WEIGHTS_ACTIVE, WEIGHTS_LEFT, classes};
use crate::{Input, Logit, logits};

/// Bytes of the longest message to this ticket, with its CRC: what a decoder's buffer holds.
const MESSAGE: usize = request_len(INPUT_COUNT) + 2;
/// Bytes of the longest frame of a reply.
const REPLY: usize = frame_len(reply_len(OUTPUT_COUNT, TASK_COUNT));

/// What the ticket says of a sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Answer {
    /// One for each output.
    pub logits: [Logit; OUTPUT_COUNT],
    /// One for each task.
    pub classes: [u16; TASK_COUNT],
}

impl Answer {
    /// Nothing yet.
    pub const NONE: Self = Self {
        logits: [Logit::ZERO; OUTPUT_COUNT],
        classes: [0; TASK_COUNT],
    };
}

/// The ticket at work, from raw inputs to classes.
#[inline(never)]
pub fn classify(inputs: &[Input; INPUT_COUNT], answer: &mut Answer) {
    answer.logits = logits(inputs);
    answer.classes = classes(&answer.logits);
}

/// A call that does nothing: what [`classify`] is measured against.
#[inline(never)]
pub fn nothing(inputs: &[Input; INPUT_COUNT], answer: &mut Answer) {
    black_box((inputs.as_ptr(), answer));
}

/// What [`serve`] needs of the program around it.
pub trait Around {
    /// What is counted.
    const UNIT: Unit;
    /// Whether [`Around::read`] finds nothing only when nothing will come any more.
    const ENDS: bool;

    /// Reads bytes from the host, and returns how many.
    fn read(&mut self, bytes: &mut [u8]) -> usize;

    /// Sends bytes to the host.
    fn write(&mut self, bytes: &[u8]);

    /// Calls [`classify`], and returns what that took; 0 where nothing counts.
    fn measured(&mut self, inputs: &[Input; INPUT_COUNT], answer: &mut Answer) -> u32;
}

/// Serves until the host says no more, which a board's never does.
pub fn serve<A: Around>(around: &mut A) {
    let (mut bytes, mut buffer, mut out) = ([0; 64], [0; MESSAGE], [0; REPLY]);
    let mut decoder = Decoder::new(&mut buffer);
    loop {
        let count = around.read(&mut bytes);
        for &byte in bytes.iter().take(count) {
            if let Some(arrived) = decoder.push(byte) {
                let measured = |inputs: &_, answer: &mut _| around.measured(inputs, answer);
                let frame = encode(&mut out, |out| reply(arrived, A::UNIT, measured, out));
                around.write(frame);
            }
        }
        if count == 0 && A::ENDS {
            if let Some(broken) = decoder.finish() {
                let refusal = Reply::Refusal(Refusal::Broken(broken));
                around.write(encode(&mut out, |out| refusal.write(UNKNOWN, out)));
            }
            return;
        }
    }
}

/// Answers what came instead of a frame or in one. `measured` is to call [`classify`], and returns what that took.
fn reply(
    arrived: Result<&[u8], Broken>,
    unit: Unit,
    measured: impl FnOnce(&[Input; INPUT_COUNT], &mut Answer) -> u32,
    out: &mut Encoder<'_>,
) {
    let request = match arrived {
        Ok(message) => {
            let mut fields = Fields::new(message);
            Request::read(&mut fields).map(|request| (request, fields))
        }
        Err(broken) => Err((UNKNOWN, Refusal::Broken(broken))),
    };
    match request {
        Ok(((number, Request::Describe), _)) => {
            Reply::Description(Description {
                input_count: INPUT_COUNT as u32,
                output_count: OUTPUT_COUNT as u32,
                task_count: TASK_COUNT as u32,
                weights_left: WEIGHTS_LEFT as u32,
                weights_active: WEIGHTS_ACTIVE as u32,
                unit,
                code: crate::CODE,
            })
            .write(number, out);
        }
        Ok(((number, Request::Classify), mut fields)) => {
            let (mut inputs, mut answer) = ([Input::ZERO; INPUT_COUNT], Answer::NONE);
            if fields.numbers(&mut inputs).is_none() || !fields.is_at_end() {
                Reply::Refusal(Refusal::WrongLength).write(number, out);
            } else if inputs.iter().all(|input| input.is_number()) {
                let count = measured(&inputs, &mut answer);
                Reply::Answer { count }.write(number, out);
                out.numbers(&answer.logits);
                for class in answer.classes {
                    out.u16(class);
                }
            } else {
                Reply::Refusal(Refusal::NotFinite).write(number, out);
            }
        }
        // This program runs no lotteries.
        Ok(((number, Request::Draw(_)), _)) => Reply::Refusal(Refusal::UnknownKind).write(number, out),
        Err((number, refusal)) => Reply::Refusal(refusal).write(number, out),
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, MESSAGE, REPLY, classify, reply};
    use crate::examples::{INPUTS, LABELS};
    use crate::stream::message::{Refusal, Reply, Request, Unit};
    use crate::stream::{Broken, Fields, decode, encode};
    use crate::ticket::INPUT_COUNT;

    /// The reply to a message.
    fn check(arrived: Result<&[u8], Broken>, look: impl FnOnce(u16, Reply, Fields<'_>)) {
        let (mut out, mut buffer) = ([0; REPLY], [0; REPLY]);
        let measured = |inputs: &[f32; INPUT_COUNT], answer: &mut Answer| {
            classify(inputs, answer);
            41
        };
        let frame = encode(&mut out, |out| reply(arrived, Unit::Cycles, measured, out));
        let mut fields = Fields::new(decode(frame, &mut buffer).unwrap());
        let (number, reply) = Reply::read(&mut fields).unwrap();
        look(number, reply, fields);
    }

    /// The message of a sample.
    fn message(inputs: &[f32], look: impl FnOnce(&[u8])) {
        let (mut out, mut buffer) = ([0; 2 * MESSAGE], [0; 2 * MESSAGE]);
        let frame = encode(&mut out, |out| {
            Request::Classify.write(7, out);
            out.numbers(inputs);
        });
        look(decode(frame, &mut buffer).unwrap());
    }

    #[test]
    fn the_examples_are_answered_and_most_are_right() {
        let mut right = 0;
        for (inputs, labels) in INPUTS.iter().zip(&LABELS) {
            let mut answer = Answer::NONE;
            classify(inputs, &mut answer);
            right += usize::from(answer.classes.map(Some) == *labels);
            message(inputs, |message| {
                check(Ok(message), |number, reply, mut fields| {
                    assert_eq!((number, reply), (7, Reply::Answer { count: 41 }));
                    let mut sent = Answer::NONE;
                    fields.numbers(&mut sent.logits).unwrap();
                    sent.classes = sent.classes.map(|_| fields.u16().unwrap());
                    assert_eq!(
                        (sent.logits.map(f32::to_bits), sent.classes),
                        (answer.logits.map(f32::to_bits), answer.classes)
                    );
                    assert!(fields.is_at_end());
                });
            });
        }
        assert!(INPUTS.len() - 2 <= right, "{right} of {}", INPUTS.len());
    }

    #[test]
    fn what_is_no_sample_is_refused() {
        fn refused(arrived: Result<&[u8], Broken>, refusal: Refusal) {
            check(arrived, |_, reply, _| assert_eq!(reply, Reply::Refusal(refusal)));
        }
        message(&[1.0; INPUT_COUNT - 1], |message| {
            refused(Ok(message), Refusal::WrongLength);
        });
        message(&[1.0; INPUT_COUNT + 1], |message| {
            refused(Ok(message), Refusal::WrongLength);
        });
        message(&[f32::NAN; INPUT_COUNT], |message| {
            refused(Ok(message), Refusal::NotFinite);
        });
        refused(Err(Broken::Oversized), Refusal::Broken(Broken::Oversized));
        refused(Ok(&[]), Refusal::WrongLength);
        refused(
            Ok(&[3, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9]),
            Refusal::UnknownKind,
        );
    }
}
