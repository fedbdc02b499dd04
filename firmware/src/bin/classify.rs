//! Runs the compiled-in ticket on its examples, says what it found and what it took, and then serves samples that the
//! host sends.

#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
mod on_board {
    use core::hint::black_box;

    use tombola_firmware::examples::{INPUTS, LABELS};
    use tombola_firmware::runtime::{Counter, Exit, Link, Program, stack_used};
    use tombola_firmware::serve::{Answer, Around, classify, nothing, serve};
    use tombola_firmware::stream::Number;
    use tombola_firmware::stream::message::Unit;
    use tombola_firmware::ticket::{INPUT_COUNT, TASK_COUNT, TASK_NAMES, WEIGHTS_ACTIVE, WEIGHTS_LEFT};
    use tombola_firmware::{BOARD, Input, STACK};

    /// Calls that are counted together, so that the counter's ticks, which are longer than an instruction, do not show.
    const CALLS: u32 = 16;
    /// Ticks of a call that need not be counted with others: one of them is nothing, and many calls would take long.
    const LONG: u64 = 1 << 14;

    struct Classify;

    /// The host, and what it is served with.
    struct Host {
        link: Link,
        counter: Counter,
    }

    impl Around for Host {
        const UNIT: Unit = Counter::UNIT;
        const ENDS: bool = Link::ENDS;

        fn read(&mut self, bytes: &mut [u8]) -> usize {
            self.link.read(bytes)
        }

        fn write(&mut self, bytes: &[u8]) {
            self.link.write(bytes);
        }

        fn measured(&mut self, inputs: &[Input; INPUT_COUNT], answer: &mut Answer) -> u32 {
            measured(&self.counter, inputs, answer)
        }
    }

    impl Program for Classify {
        fn run(link: Link, counter: Counter) -> Exit {
            defmt::info!(
                "classify on {=str}: {=usize} weights left, {=usize} active",
                BOARD.name,
                WEIGHTS_LEFT,
                WEIGHTS_ACTIVE
            );
            examples(&counter);
            serve(&mut Host { link, counter });
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
                answer.logits.map(Number::bits).as_slice(),
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
            _ if most == 0 => defmt::info!("cycles are not counted: the core's counter stands still"),
            Unit::Instructions => defmt::info!("{=u32} instructions an inference", most),
            Unit::Cycles => defmt::info!("{=u32} cycles an inference", most),
        }
    }

    /// Classifies, and returns what it took: instructions or cycles of one call, less those of an empty one.
    fn measured(counter: &Counter, inputs: &[Input; INPUT_COUNT], answer: &mut Answer) -> u32 {
        let taken = |calls, answer: &mut Answer| ticks(counter, classify, calls, inputs, answer);
        let first = taken(1, answer);
        let (calls, all) = if first < LONG {
            // Twice, since caches are cold at first, and an interrupt may come in between: the counter's own, once in a
            // million instructions.
            (CALLS, taken(CALLS, answer).min(taken(CALLS, answer)))
        } else if Counter::UNIT == Unit::Instructions {
            (1, first)
        } else {
            (1, first.min(taken(1, answer)))
        };
        let empty = ticks(counter, nothing, calls, inputs, &mut black_box(Answer::NONE));
        let count = counter.between(empty, all) as u32;
        (count + calls / 2) / calls
    }

    #[inline(never)]
    fn ticks(
        counter: &Counter,
        call: fn(&[Input; INPUT_COUNT], &mut Answer),
        calls: u32,
        inputs: &[Input; INPUT_COUNT],
        answer: &mut Answer,
    ) -> u64 {
        let call = black_box(call);
        let from = counter.now();
        for _ in 0..calls {
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
