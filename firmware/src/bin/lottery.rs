//! Runs the founding experiment on the board: trains, prunes and rewinds, level by level, up to the first ticket that
//! falls apart into one network for each task.
//!
//! Seed and samples are those of the frame that waits when it starts, else those that it was built with:
//! `TOMBOLA_SEED` (0) and `TOMBOLA_SAMPLES` (1000).

#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
mod on_board {
    use core::cell::Cell;
    use core::ops::ControlFlow;

    use tombola::lanes::Portable;
    use tombola::{Epoch, Imp, Level, Lottery, Outcome, Storage, Structure, Verdict};
    use tombola_firmware::boards::Reach;
    use tombola_firmware::digest::of_floats;
    use tombola_firmware::founding::{
        Buffers, Drawn, LEVELS, NET, SAMPLES, TASKS, buffers_len, lottery, plan, samples_in,
    };
    use tombola_firmware::runtime::{Counter, Exit, Link, Program, stack_used};
    use tombola_firmware::stream::message::{Draw, Refusal, Reply, Request, UNKNOWN, Unit, request_len};
    use tombola_firmware::stream::{Decoder, Fields, encode};
    use tombola_firmware::{BOARD, HANDLERS, STACK};

    /// What the build was asked for.
    const WANTED: u16 = match option_env!("TOMBOLA_SAMPLES") {
        Some(text) => {
            let samples = number(text);
            assert!(samples <= u16::MAX as u64, "TOMBOLA_SAMPLES is at most 65535");
            samples as u16
        }
        None => SAMPLES as u16,
    };
    const SEED: u64 = match option_env!("TOMBOLA_SEED") {
        Some(text) => number(text),
        None => 0,
    };

    /// RAM that the lottery may have: all but the stacks and the variables of the runtime, the channels first of all.
    const RAM: usize = {
        let variables = match BOARD.reach {
            Reach::Qemu { .. } => 512,
            Reach::Probe { .. } | Reach::Teensy { .. } => 2560,
        };
        (BOARD.ram.length as usize).saturating_sub(STACK + HANDLERS + variables)
    };
    const FITS: usize = samples_in(RAM);
    const CAPACITY: usize = least(WANTED as usize, FITS);
    const STORAGE: Storage = if buffers_len(CAPACITY, Storage::Compressed) <= RAM {
        Storage::Compressed
    } else {
        Storage::Dense
    };
    const LOTTERY: Lottery<'static> = lottery(CAPACITY, STORAGE);

    static mut BUFFERS: Buffers<CAPACITY, { LOTTERY.float_count() }, { LOTTERY.word_count() }> =
        Buffers::new();

    struct Founding;

    impl Program for Founding {
        fn run(mut link: Link, counter: Counter) -> Exit {
            let draw = drawn(&mut link);
            let samples = usize::from(draw.samples);
            defmt::info!(
                "lottery on {=str}: seed {=u64}, {=usize} samples a part",
                BOARD.name,
                draw.seed,
                samples
            );
            let exit = if samples == 0 || CAPACITY < samples {
                refuse(samples)
            } else {
                run(&draw, &counter)
            };
            defmt::info!("{=usize} of {=usize} bytes of stack used", stack_used(), STACK);
            exit
        }
    }

    fn refuse(samples: usize) -> Exit {
        if FITS == 0 {
            defmt::error!(
                "no lottery fits into {=u32} bytes of RAM: with a single sample a part it takes {=usize}",
                BOARD.ram.length,
                buffers_len(1, Storage::Dense) + BOARD.ram.length as usize - RAM
            );
        } else if FITS < samples {
            defmt::error!(
                "{=usize} samples a part do not fit into {=u32} bytes of RAM: at most {=usize} do; build with \
                 TOMBOLA_SAMPLES={=usize}",
                samples,
                BOARD.ram.length,
                FITS,
                FITS
            );
        } else {
            defmt::error!(
                "built for 1 to {=usize} samples a part, not for {=usize}; build with TOMBOLA_SAMPLES={=usize}",
                CAPACITY,
                samples,
                samples.max(1)
            );
        }
        Exit::Failed
    }

    fn run(draw: &Draw, counter: &Counter) -> Exit {
        let samples = usize::from(draw.samples);
        let buffers = &raw mut BUFFERS;
        // SAFETY: this function is called once, and nothing else refers to the buffers.
        #[expect(unsafe_code, reason = "memory of this size cannot start on a stack")]
        let buffers = unsafe { &mut *buffers };
        let Drawn {
            data,
            floats,
            words,
            structure,
        } = buffers.draw(draw.seed, samples);
        let plan = plan(lottery(samples, STORAGE), draw.seed);
        let mut imp = Imp::new(plan, floats, words);
        // An epoch's end starts the next one, but for the first, which comes after pruning: it is not counted.
        let (start, taken) = (Cell::new(0), Cell::new(0));
        let mut watch = |epoch: Epoch| {
            if 1 < epoch.count {
                taken.set(taken.get() + counter.between(start.get(), counter.now()));
            }
            start.set(counter.now());
            ControlFlow::Continue(())
        };
        let training = plan.lottery.training;
        let steps = samples.div_ceil(training.batch) as u64 * u64::from(training.epochs - 1);
        while let Some(outcome) = imp.next_level::<Portable>(&data, &mut watch) {
            let level = match outcome {
                Outcome::Finished(level) => level,
                Outcome::NotFinite { level, epoch } => {
                    defmt::error!("level {=u32}: not finite in epoch {=u32}", level, epoch);
                    return Exit::Failed;
                }
                Outcome::Stopped => return Exit::Failed,
            };
            let verdict = Structure::of(NET, &TASKS, imp.mask(), structure).verdict();
            report(&level, &imp, samples, verdict);
            let step = taken.take() / steps;
            match Counter::UNIT {
                _ if step == 0 => defmt::info!("cycles are not counted: the core's counter stands still"),
                Unit::Instructions => defmt::info!("{=u64} instructions a step", step),
                Unit::Cycles => defmt::info!("{=u64} cycles a step", step),
            }
            if verdict == Verdict::Separated {
                defmt::info!("separated: {=usize} weights left", level.weights_left);
                return Exit::Done;
            }
            if u32::from(draw.last_level) <= level.level {
                break;
            }
        }
        defmt::info!("no separated ticket");
        Exit::Done
    }

    fn report(level: &Level, imp: &Imp<'_>, samples: usize, verdict: Verdict) {
        let [moons, circles] = [0, 1].map(|task| imp.test_score(task).correct());
        defmt::info!(
            "level {=u32}: {=usize} weights left, moons {=u32} and circles {=u32} of {=usize} right, {}, digest {=u64:016x}",
            level.level,
            level.weights_left,
            moons,
            circles,
            samples,
            verdict,
            of_floats(imp.params())
        );
    }

    /// What the host asks for, if it asks.
    fn drawn(link: &mut Link) -> Draw {
        const LONGEST: usize = request_len(0);
        let (mut byte, mut buffer, mut out) = ([0], [0; LONGEST + 2], [0; 64]);
        let mut decoder = Decoder::new(&mut buffer);
        while link.read(&mut byte) != 0 {
            let Some(arrived) = decoder.push(byte[0]) else {
                continue;
            };
            let refused = match arrived.map(|message| Request::read(&mut Fields::new(message))) {
                Ok(Ok((_, Request::Draw(draw)))) => return draw,
                Ok(Ok((number, _))) => (number, Refusal::UnknownKind),
                Ok(Err(refused)) => refused,
                Err(broken) => (UNKNOWN, Refusal::Broken(broken)),
            };
            let (number, refusal) = refused;
            let refusal = Reply::Refusal(refusal);
            link.write(encode(&mut out, |out| refusal.write(number, out)));
        }
        Draw {
            seed: SEED,
            samples: WANTED,
            last_level: LEVELS as u8,
        }
    }

    const fn least(one: usize, other: usize) -> usize {
        if one < other { one } else { other }
    }

    /// The number that a text says; the build script has checked it, with a message that names it.
    const fn number(text: &str) -> u64 {
        let bytes = text.as_bytes();
        let (mut value, mut index) = (0_u64, 0);
        assert!(
            !bytes.is_empty(),
            "TOMBOLA_SEED and TOMBOLA_SAMPLES are whole numbers"
        );
        while index < bytes.len() {
            assert!(
                bytes[index].is_ascii_digit(),
                "TOMBOLA_SEED and TOMBOLA_SAMPLES are whole numbers"
            );
            value = value * 10 + (bytes[index] - b'0') as u64;
            index += 1;
        }
        value
    }

    tombola_firmware::program!(Founding);
}

#[cfg(not(target_os = "none"))]
fn main() -> std::process::ExitCode {
    eprintln!("lottery runs on boards: start it in firmware/ with cargo run --bin lottery");
    std::process::ExitCode::FAILURE
}
