//! Ten thousand hostile frames: each is answered, and none is fatal.

use std::time::Duration;

use rand_core::Rng;
use tombola::random::{Purpose, below, stream};
use tombola_firmware::stream::message::{Refusal, Reply, Request};
use tombola_firmware::stream::{Broken, Encoder, Fields, decode, encode};
use tombola_host::board::build::Program;
use tombola_host::board::{Event, Qemu, Wire};

use super::{board, image};

const FRAMES: usize = 10_000;

/// A board, and the bytes of its replies.
struct Peer {
    qemu: Qemu,
    arrived: Vec<u8>,
}

impl Peer {
    fn start(name: &str) -> Self {
        let (path, image) = image(Program::Classify, board(name));
        let qemu = Qemu::start(board(name), &path, &image, false).expect("QEMU");
        Self {
            qemu,
            arrived: Vec::new(),
        }
    }

    /// The next reply.
    fn reply(&mut self) -> (u16, Reply) {
        loop {
            if let Some(end) = self.arrived.iter().position(|&byte| byte == 0) {
                let frame: Vec<u8> = self.arrived.drain(..=end).collect();
                return decoded(&frame);
            }
            match self.qemu.next(Duration::from_mins(1)).expect("a wire") {
                Some(Event::Replies(bytes)) => self.arrived.extend(bytes),
                Some(Event::Log(line)) => assert!(!line.contains("error"), "{line}"),
                Some(Event::End(code)) => panic!("the program ended with {code}"),
                None => panic!("no reply"),
            }
        }
    }

    /// Says no more, and returns what comes until the end, and the code.
    fn end(mut self) -> (Vec<u8>, i32) {
        self.qemu.close();
        loop {
            match self.qemu.next(Duration::from_mins(1)).expect("a wire") {
                Some(Event::Replies(bytes)) => self.arrived.extend(bytes),
                Some(Event::Log(_)) => {}
                Some(Event::End(code)) => return (self.arrived, code),
                None => panic!("no end"),
            }
        }
    }
}

fn decoded(frame: &[u8]) -> (u16, Reply) {
    let mut buffer = [0; 256];
    let message = decode(frame, &mut buffer).expect("whole");
    Reply::read(&mut Fields::new(message)).expect("a reply")
}

fn sample(number: u16, inputs: &[f32]) -> Vec<u8> {
    let mut out = vec![0; 64 + 8 * inputs.len()];
    let write = |out: &mut Encoder<'_>| {
        Request::Classify.write(number, out);
        out.numbers(inputs);
    };
    encode(&mut out, write).to_vec()
}

/// Bytes that may be sent to a board.
fn hostile(number: u16, rng: &mut impl Rng) -> Vec<u8> {
    let good = sample(number, &[0.5, -1.0, f32::from(number), 2.0]);
    let any = |len: usize, rng: &mut dyn FnMut() -> u32| (0..len).map(|_| rng() as u8).collect::<Vec<u8>>();
    let mut draw = || rng.next_u32();
    let choice = draw() % 9;
    let mut bytes = match choice {
        // A bit or more flipped.
        0 | 1 => {
            let mut bytes = good.clone();
            for _ in 0..=draw() % 3 {
                let at = draw() as usize % (bytes.len() - 1);
                bytes[at] ^= 1 << (draw() % 8);
            }
            // Two flips may undo each other.
            bytes[0] ^= u8::from(bytes == good);
            bytes
        }
        // Truncated.
        2 => good[..=draw() as usize % (good.len() - 2)].to_vec(),
        // Longer than any message: by a little, and by much.
        3 => sample(number, &[1.5; 5]),
        4 => {
            let len = 30 + draw() as usize % 3000;
            any(len, &mut draw)
        }
        // Noise.
        5 => {
            let len = 1 + draw() as usize % 30;
            any(len, &mut draw)
        }
        // Too few inputs, and inputs that are none.
        6 => sample(number, &[1.5; 3]),
        7 => sample(number, &[1.0, f32::NAN, f32::INFINITY, 0.0]),
        // Unknown kinds.
        _ => {
            let mut out = [0; 32];
            let kind = 4 + draw() as u8 % 200;
            encode(&mut out, |out| _ = out.u8(kind).u16(number).u32(draw())).to_vec()
        }
    };
    bytes.push(0);
    bytes
}

#[test]
#[ignore = "needs QEMU; tests/run runs it"]
fn ten_thousand_hostile_frames_are_answered_and_none_is_fatal() {
    let mut peer = Peer::start("qemu-m4");
    let mut rng = stream(4, Purpose::Weights);
    let (mut frames, mut refused, mut number) = (0, [0; 6], 0);
    while frames < FRAMES {
        number = (number + 1) % 1000;
        let bytes = hostile(number, &mut rng);
        // What lies between two zeros is a frame, if anything does.
        let count = bytes
            .split(|&byte| byte == 0)
            .filter(|frame| !frame.is_empty())
            .count();
        peer.qemu.send(&bytes).expect("a listener");
        for _ in 0..count {
            let (_, Reply::Refusal(refusal)) = peer.reply() else {
                panic!("{bytes:?} is no request");
            };
            refused[kind_of(refusal)] += 1;
        }
        frames += count;
        // Requests in between are answered.
        if below(50, &mut rng) == 0 {
            peer.qemu.send(&sample(number, &[0.0; 4])).expect("a listener");
            let (answered, reply) = peer.reply();
            assert!(
                answered == number && matches!(reply, Reply::Answer { .. }),
                "{reply:?}"
            );
        }
    }
    assert!(refused.iter().all(|&count| 100 < count), "{refused:?}");
    let (rest, code) = peer.end();
    assert_eq!((rest, code), (Vec::new(), 0));
}

fn kind_of(refusal: Refusal) -> usize {
    match refusal {
        Refusal::Broken(Broken::Corrupt) => 0,
        Refusal::Broken(Broken::Truncated) => 1,
        Refusal::Broken(Broken::Oversized) => 2,
        Refusal::UnknownKind => 3,
        Refusal::WrongLength => 4,
        Refusal::NotFinite => 5,
    }
}

#[test]
#[ignore = "needs QEMU; tests/run runs it"]
fn a_stream_that_ends_within_a_frame_is_answered() {
    let mut peer = Peer::start("qemu-m0");
    peer.qemu.send(&sample(1, &[0.0; 4])[..9]).expect("a listener");
    let (rest, code) = peer.end();
    assert_eq!(code, 0);
    assert_eq!(
        decoded(&rest).1,
        Reply::Refusal(Refusal::Broken(Broken::Truncated))
    );
}
