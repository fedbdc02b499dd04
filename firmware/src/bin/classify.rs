//! Runs the compiled-in ticket on its examples, says what it found and what it took, and then serves samples that the
//! host sends.

#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
mod on_board {
    use core::hint::black_box;

    use tombola_firmware::examples::{INPUTS, LABELS};
    use tombola_firmware::runtime::{Counter, Exit, Link, Program, stack_used};
    use tombola_firmware::serve::{Answer, MESSAGE, REPLY, classify, nothing, reply};
    use tombola_firmware::stream::message::Unit;
    use tombola_firmware::stream::{Decoder, Encoder};
    use tombola_firmware::ticket::{INPUT_COUNT, TASK_COUNT, TASK_NAMES, WEIGHTS_ACTIVE, WEIGHTS_LEFT};
    use tombola_firmware::{BOARD, STACK};

    /// Calls that are counted together, so that the counter's ticks, which are longer than an instruction, do not show.
    const CALLS: u32 = 16;

    struct Classify;

    impl Program for Classify {
        fn run(mut link: Link, counter: Counter) -> Exit {
            defmt::info!(
                "classify on {=str}: {=usize} weights left, {=usize} active",
                BOARD.name,
                WEIGHTS_LEFT,
                WEIGHTS_ACTIVE
            );
            examples(&counter);
            serve(&mut link, &counter);
            defmt::info!("{=usize} of {=usize} bytes of stack used", stack_used(), STACK);
            Exit::Done
        }
    }

    fn examples(counter: &Counter) {
        let (mut right, mut labeled) = ([0_u32; TASK_COUNT], [0_u32; TASK_COUNT]);
        let mut most = 0;
        for (number, (inputs, labels)) in INPUTS.iter().zip(&LABELS).enumerate() {
            let mut answer = Answer::NONE;
            most = most.max(measured(counter, inputs, &mut answer));
            defmt::info!(
                "example {=usize}: logits {=[?]:08x}, classes {=[?]}",
                number,
                answer.logits.map(f32::to_bits).as_slice(),
                answer.classes.as_slice()
            );
            let tally = right.iter_mut().zip(&mut labeled);
            for ((right, labeled), (class, label)) in tally.zip(answer.classes.iter().zip(labels)) {
                *right += u32::from(Some(*class) == *label);
                *labeled += u32::from(label.is_some());
            }
        }
        for ((name, right), labeled) in TASK_NAMES.iter().zip(right).zip(labeled) {
            if labeled != 0 {
                defmt::info!("{=str}: {=u32} of {=u32} right", name, right, labeled);
            }
        }
        match Counter::UNIT {
            Unit::Instructions => defmt::info!("{=u32} instructions an inference", most),
            Unit::Cycles => defmt::info!("{=u32} cycles an inference", most),
        }
    }

    /// Serves until the host says no more, which a board's never does.
    fn serve(link: &mut Link, counter: &Counter) {
        let (mut bytes, mut buffer, mut out) = ([0; 64], [0; MESSAGE], [0; REPLY]);
        let mut decoder = Decoder::new(&mut buffer);
        loop {
            let count = link.read(&mut bytes);
            for &byte in bytes.iter().take(count) {
                if let Some(arrived) = decoder.push(byte) {
                    let measured = |inputs: &_, answer: &mut _| measured(counter, inputs, answer);
                    link.write(reply(
                        arrived,
                        Counter::UNIT,
                        measured,
                        &mut Encoder::new(&mut out),
                    ));
                }
            }
            if count == 0 && Link::ENDS {
                if let Some(broken) = decoder.finish() {
                    let measured = |_: &_, _: &mut _| 0;
                    link.write(reply(
                        Err(broken),
                        Counter::UNIT,
                        measured,
                        &mut Encoder::new(&mut out),
                    ));
                }
                return;
            }
        }
    }

    /// Classifies, and returns what it took: instructions or cycles of one call, less those of an empty one.
    fn measured(counter: &Counter, inputs: &[f32; INPUT_COUNT], answer: &mut Answer) -> u32 {
        // Twice, since caches are cold at first, and an interrupt may come in between: the counter's own, once in a
        // million instructions.
        let all = ticks(counter, classify, inputs, answer).min(ticks(counter, classify, inputs, answer));
        let empty = ticks(counter, nothing, inputs, &mut black_box(Answer::NONE));
        let count = counter.between(empty, all) as u32;
        (count + CALLS / 2) / CALLS
    }

    #[inline(never)]
    fn ticks(
        counter: &Counter,
        call: fn(&[f32; INPUT_COUNT], &mut Answer),
        inputs: &[f32; INPUT_COUNT],
        answer: &mut Answer,
    ) -> u64 {
        let call = black_box(call);
        let from = counter.now();
        for _ in 0..CALLS {
            call(inputs, answer);
        }
        counter.now().wrapping_sub(from)
    }

    tombola_firmware::program!(Classify);
}

#[cfg(not(target_os = "none"))]
fn main() -> std::process::ExitCode {
    eprintln!("classify runs on boards: start it in firmware/ with cargo run, or with tombola emulate");
    std::process::ExitCode::FAILURE
}
