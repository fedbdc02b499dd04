//! Teaches a board that runs `learn`: sends it samples, has it train, and holds every digest against the host's.

use anyhow::bail;
use tombola::digest::of_floats;
use tombola_firmware::stream::lesson::{Description, Refusal, Reply, Request, TOLD_AT_ONCE, request_len};
use tombola_firmware::stream::message::Unit;
use tombola_firmware::stream::{Encoder, Fields};

use super::lesson::Course;
use super::{Session, Wire};
use crate::ticket::Ticket;

/// An epoch on a board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Epoch {
    /// From 1.
    pub number: u32,
    /// Steps that it took.
    pub steps: u32,
    /// What it took; 0 where nothing counts.
    pub count: u64,
    /// What was counted.
    pub unit: Unit,
    /// Of all parameters afterwards.
    pub digest: u64,
}

/// Teaches the board, tells `watch` of each epoch, and returns the ticket with the board's parameters.
///
/// # Errors
/// If the board runs another network than `code`, refuses something, falls silent, or comes to other parameters than the host.
pub fn teach<W: Wire>(
    session: &mut Session<'_, W>,
    course: &Course,
    code: u64,
    mut watch: impl FnMut(Epoch) -> anyhow::Result<()>,
) -> anyhow::Result<Ticket> {
    let description = describe(session)?;
    let values = course.values().count();
    if description.code != code || description.param_count as usize != values {
        bail!("the board runs another network; flash this one");
    }
    for (row, (inputs, classes)) in course.samples().iter().enumerate() {
        let len = request_len(inputs.len(), classes.len());
        let reply = ask(session, len, Request::Take, |out| {
            out.numbers(inputs);
            for &class in classes {
                out.u16(class);
            }
        })?;
        match reply.0 {
            Reply::Taken { count } if count as usize == row + 1 => {}
            other => bail!("sample {row}: {}", unexpected(other)),
        }
    }
    let host = course.train(|number, digest| {
        let (reply, _) = ask(session, 16, Request::Train, |_| {})?;
        match reply {
            Reply::Trained {
                epochs,
                steps,
                count,
                digest: of_board,
            } if epochs == number => {
                watch(Epoch {
                    number,
                    steps,
                    count,
                    unit: description.unit,
                    digest: of_board,
                })?;
                if of_board != digest {
                    bail!(
                        "epoch {number}: the board's parameters are not the host's: digest {of_board:016x}, and the host's is \
                         {digest:016x}"
                    );
                }
                Ok(())
            }
            other => bail!("epoch {number}: {}", unexpected(other)),
        }
    })?;
    let mut told = Vec::with_capacity(values);
    while told.len() < values {
        let start = told.len() as u32;
        let (reply, rest) = ask(session, 16, Request::Tell { start }, |_| {})?;
        if reply != Reply::Told {
            bail!("parameter {start}: {}", unexpected(reply));
        }
        let mut fields = Fields::new(&rest);
        let mut part = vec![0.0; TOLD_AT_ONCE.min(values - told.len())];
        if fields.numbers(&mut part).is_none() || !fields.is_at_end() {
            bail!("parameter {start}: the board's answer has another length");
        }
        told.extend(part);
    }
    let ticket = course.ticket_of(&told);
    if of_floats(&ticket.params) != of_floats(&host.params) {
        bail!("the board's parameters are not those of its digest; start the command again");
    }
    Ok(ticket)
}

fn describe<W: Wire>(session: &mut Session<'_, W>) -> anyhow::Result<Description> {
    match ask(session, 16, Request::Describe, |_| {})?.0 {
        Reply::Description(description) => Ok(description),
        _ => bail!("the board does not say what it runs: its firmware is of another version; flash it again"),
    }
}

/// Sends a request, of at most `len` bytes, and returns the reply and what remains of its message.
fn ask<W: Wire>(
    session: &mut Session<'_, W>,
    len: usize,
    request: Request,
    rest: impl FnOnce(&mut Encoder<'_>),
) -> anyhow::Result<(Reply, Vec<u8>)> {
    let number = session.send(len, |number, out| {
        request.write(number, out);
        rest(out);
    })?;
    let message = session.reply()?;
    let mut fields = Fields::new(&message);
    match Reply::read(&mut fields) {
        Some((answered, reply)) if answered == number => Ok((reply, fields.rest().to_vec())),
        Some((_, Reply::Refusal(refusal))) => bail!("the board refuses it: {}", Refusal::words(refusal)),
        _ => bail!("the board answers something else; start the command again"),
    }
}

fn unexpected(reply: Reply) -> String {
    match reply {
        Reply::Refusal(refusal) => format!("the board refuses it: {}", refusal.words()),
        _ => "the board answers something else; start the command again".to_owned(),
    }
}
