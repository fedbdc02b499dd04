//! How many cycles kernels take by the model, and which registers they preserve. That they compute the right bits is
//! tested as a contract.

use tombola::Mlp;
use tombola::random::{Purpose, below, shuffle, stream, uniform};

use super::{Kernel, group_kernel, whole_kernel};
use crate::export::pipeline::{Pipeline, Step};
use crate::export::program::Program;
use crate::ticket::{Normalization, TaskPorts, Ticket};

/// A ticket of these widths, for one task; `survives` says which weights are left.
fn ticket(widths: &[usize], normalized: bool, survives: impl FnMut(usize) -> bool) -> Ticket {
    let net = Mlp::new(widths);
    let mask: Vec<bool> = (0..net.weight_count()).map(survives).collect();
    let mut rng = stream(7, Purpose::Weights);
    let mut number = || 2.0 * uniform(&mut rng) - 1.0;
    let mut params: Vec<f32> = mask
        .iter()
        .map(|&survives| if survives { number() } else { 0.0 })
        .collect();
    params.resize_with(net.param_count(), number);
    let task = TaskPorts::new("task", 0..net.input_count(), 0..net.output_count());
    Ticket {
        normalization: normalized.then(|| Normalization {
            shift: vec![0.3; widths[0]],
            scale: vec![1.7; widths[0]],
        }),
        ..Ticket::new(widths, vec![task], params)
    }
}

fn kernel(ticket: &Ticket) -> Kernel {
    whole_kernel(&Program::of(ticket).unwrap())
}

/// What a kernel takes by the model, without the call.
fn cost(kernel: &Kernel) -> Pipeline {
    let mut pipeline = Pipeline::default();
    for (line, _) in &kernel.lines {
        pipeline.push(&Step::parse(line).expect("known"), line == "bx lr");
    }
    pipeline.finish()
}

/// A layer of 16 outputs of 16 inputs, five weights each.
#[test]
fn a_layer_of_eighty_weights_takes_at_most_330_cycles() {
    let mut rng = stream(7, Purpose::Weights);
    let mut mask = [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]; 16];
    for row in &mut mask {
        shuffle(row, &mut rng);
    }
    let layer = ticket(&[16, 16], false, |weight| mask.as_flattened()[weight] < 5);
    let cost = cost(&kernel(&layer));
    assert!(cost.cycles <= 330 && cost.instructions <= 200, "{cost:?}");
}

/// Kernels of all kinds: small, with registers to save, with units that are put aside, with a ReLU that takes flags.
fn kernels() -> Vec<Kernel> {
    let mut rng = stream(7, Purpose::Weights);
    let mut kernels = vec![];
    for (widths, density) in [
        (&[4, 8, 2][..], 50),
        (&[4, 32, 32, 2], 30),
        (&[16, 16], 31),
        (&[3, 40, 40, 5], 20),
        (&[300, 4], 90),
        (&[2, 600, 3], 100),
    ] {
        for normalized in [false, true] {
            let ticket = ticket(widths, normalized, |_| below(100, &mut rng) < density);
            let program = Program::of(&ticket).unwrap();
            kernels.push(whole_kernel(&program));
            kernels.extend(program.groups.iter().map(|group| group_kernel(&program, group)));
        }
    }
    kernels
}

/// The procedure call standard: r4 to r11 and s16 to s31 are the caller's.
#[test]
fn what_belongs_to_the_caller_is_left_as_it_is() {
    let (mut saving, mut framed) = (0, 0);
    for Kernel { lines, .. } in kernels() {
        let lines: Vec<&str> = lines.iter().map(|(line, _)| &**line).collect();
        let step = |line: &str| Step::parse(line).expect("known");
        let is = |name: &'static str| move |line: &&&str| line.starts_with(name);
        let saved = lines.iter().find(is("vpush")).map_or(0, |line| step(line).reads);
        let restored = lines.iter().find(is("vpop")).map_or(0, |line| step(line).writes);
        assert_eq!(saved, restored);
        let written = lines.iter().fold(0, |all, line| all | step(line).writes);
        assert_eq!(written >> 16 << 16, saved, "{lines:#?}");
        let frames: Vec<_> = lines.iter().filter(|line| line.contains(" sp, sp, ")).collect();
        let sizes: Vec<_> = frames
            .iter()
            .map(|line| line.rsplit_once('#').unwrap().1)
            .collect();
        assert!(
            sizes.is_empty() || sizes.len() == 2 && sizes[0] == sizes[1],
            "{frames:?}"
        );
        for line in &lines {
            let core = [
                "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "lr,", "pc",
            ];
            assert!(!core.iter().any(|name| line.contains(name)), "{line}");
        }
        assert_eq!(lines.last(), Some(&"bx lr"));
        saving += usize::from(saved != 0);
        framed += usize::from(!frames.is_empty());
    }
    assert!(4 < saving && 4 < framed, "{saving} {framed}");
}

/// Sums and products are rounded each: nothing is fused.
#[test]
fn nothing_is_fused_or_divided() {
    for Kernel { lines, .. } in kernels() {
        for (line, _) in lines {
            assert!(
                !["vmla", "vmls", "vfm", "vfn", "vnm", "vdiv", "vsqrt"]
                    .iter()
                    .any(|name| line.starts_with(name)),
                "{line}"
            );
        }
    }
}
