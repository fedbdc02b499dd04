//! Trains the compiled-in network further, on labelled samples that the host sends, and says its parameters' digest after
//! each epoch.

#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
mod on_board {
    use tombola::lanes::Portable;
    use tombola_firmware::learn::{Lesson, Pupil};
    use tombola_firmware::runtime::{Counter, Exit, Link, Program, stack_used};
    use tombola_firmware::stream::lesson::{
        Description, REPLY_LEN, Refusal, Reply, Request, TOLD_AT_ONCE, request_len,
    };
    use tombola_firmware::stream::message::UNKNOWN;
    use tombola_firmware::stream::{Decoder, Encoder, Fields, encode, frame_len};
    use tombola_firmware::{BOARD, STACK};

    include!(concat!(env!("OUT_DIR"), "/learn.rs"));

    use network::{CAPACITY, LESSON};

    const INPUTS: usize = LESSON.net.input_count();
    const TASKS: usize = LESSON.tasks.len();
    /// Bytes of the longest message, with its CRC, and of the longest frame of a reply.
    const MESSAGE: usize = request_len(INPUTS, TASKS) + 2;
    const REPLY: usize = frame_len(REPLY_LEN);

    static mut FLOATS: [f32; LESSON.float_count()] = [0.0; LESSON.float_count()];
    static mut WORDS: [u32; LESSON.word_count()] = [0; LESSON.word_count()];

    struct Learn;

    impl Program for Learn {
        fn run(mut link: Link, counter: Counter) -> Exit {
            defmt::info!(
                "learn on {=str}: room for {=usize} samples, {=usize} bytes of RAM",
                BOARD.name,
                CAPACITY,
                LESSON.bytes()
            );
            let (floats, words) = (&raw mut FLOATS, &raw mut WORDS);
            // SAFETY: this function is called once, and nothing else refers to the memory.
            #[expect(unsafe_code, reason = "memory of this size cannot start on a stack")]
            let (floats, words) = unsafe { (&mut *floats, &mut *words) };
            let lesson: Lesson<'static> = LESSON;
            let survives = |weight: usize| network::MASK[weight / 32] >> (weight % 32) & 1 == 1;
            let values = network::PARAMS.iter().map(|&bits| f32::from_bits(bits));
            let mut pupil = Pupil::new(lesson, survives, values, floats, words);
            serve(&mut link, &counter, &mut pupil);
            defmt::info!("{=usize} of {=usize} bytes of stack used", stack_used(), STACK);
            Exit::Done
        }
    }

    /// Serves until the host says no more, which a board's never does.
    fn serve(link: &mut Link, counter: &Counter, pupil: &mut Pupil<'_>) {
        let (mut bytes, mut buffer, mut out) = ([0; 64], [0; MESSAGE], [0; REPLY]);
        let mut decoder = Decoder::new(&mut buffer);
        loop {
            let count = link.read(&mut bytes);
            for &byte in bytes.iter().take(count) {
                let Some(arrived) = decoder.push(byte) else {
                    continue;
                };
                let frame = encode(&mut out, |out| match arrived {
                    Ok(message) => reply(message, counter, pupil, out),
                    Err(broken) => Reply::Refusal(Refusal::Broken(broken)).write(UNKNOWN, out),
                });
                link.write(frame);
            }
            if count == 0 && Link::ENDS {
                return;
            }
        }
    }

    fn reply(message: &[u8], counter: &Counter, pupil: &mut Pupil<'_>, out: &mut Encoder<'_>) {
        let mut fields = Fields::new(message);
        let (number, request) = match Request::read(&mut fields) {
            Ok(read) => read,
            Err((number, refusal)) => return Reply::Refusal(refusal).write(number, out),
        };
        let refused = |refused| Reply::Refusal(Refusal::Refused(refused));
        let reply = match request {
            Request::Describe => Reply::Description(Description {
                input_count: INPUTS as u32,
                task_count: TASKS as u32,
                param_count: network::PARAMS.len() as u32,
                capacity: CAPACITY as u32,
                unit: Counter::UNIT,
                code: NETWORK,
            }),
            Request::Take => match sample(&mut fields) {
                Some((inputs, classes)) => match pupil.take(&inputs, &classes) {
                    Ok(count) => Reply::Taken { count: count as u32 },
                    Err(why) => refused(why),
                },
                None => Reply::Refusal(Refusal::WrongLength),
            },
            Request::Train => {
                let start = counter.now();
                let trained = pupil.train_epoch::<Portable>();
                let count = counter.between(start, counter.now());
                match trained {
                    Ok(steps) => Reply::Trained {
                        epochs: pupil.epochs(),
                        steps,
                        count,
                        digest: pupil.digest(),
                    },
                    Err(why) => refused(why),
                }
            }
            Request::Tell { start } => {
                Reply::Told.write(number, out);
                let weights = LESSON.net.weight_count();
                let there = pupil.params().iter().enumerate();
                let there = there.filter(|&(place, _)| weights <= place || pupil.mask().survives(place));
                for (_, &param) in there.skip(start as usize).take(TOLD_AT_ONCE) {
                    out.numbers(&[param]);
                }
                return;
            }
        };
        reply.write(number, out);
    }

    /// The inputs and classes in a message, if it has so many and no more.
    fn sample(fields: &mut Fields<'_>) -> Option<([f32; INPUTS], [u16; TASKS])> {
        let (mut inputs, mut classes) = ([0.0; INPUTS], [0; TASKS]);
        fields.numbers(&mut inputs)?;
        for class in &mut classes {
            *class = fields.u16()?;
        }
        fields.is_at_end().then_some((inputs, classes))
    }

    tombola_firmware::program!(Learn);
}

#[cfg(not(target_os = "none"))]
fn main() -> std::process::ExitCode {
    eprintln!("learn runs on boards: start it with tombola emulate --learn or tombola hil --learn");
    std::process::ExitCode::FAILURE
}
