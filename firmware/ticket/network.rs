//! A ticket that learns: 4-32-32-2, 43 weights left.

use tombola::{Mlp, Rule, StopOn, Task, Training};
use tombola_firmware::learn::Lesson;

/// Samples that there is room for.
pub const CAPACITY: usize = 200;
static TASKS: [Task<'static>; 2] = [
    Task { inputs: &[0, 1], outputs: &[0], weight: Task::ALIKE },
    Task { inputs: &[2, 3], outputs: &[1], weight: Task::ALIKE },
];
/// What is learned, and how.
pub const LESSON: Lesson<'static> = Lesson {
    net: Mlp::new(&[4, 32, 32, 2]),
    tasks: &TASKS,
    training: Training {
        rule: Rule::Sgd { rate: f32::from_bits(0x3dcccccd), momentum: f32::from_bits(0x3f666666) },
        weight_decay: f32::from_bits(0x00000000),
        l1: f32::from_bits(0x00000000),
        batch: 16,
        epochs: 30,
        patience: None,
        stop_on: StopOn::Validation,
    },
    seed: 0,
    capacity: CAPACITY,
    stored: 109,
    normalization: Some([&SHIFT, &SCALE]),
};
/// Which weights survive, a bit for each.
pub static MASK: [u32; 38] = [
    0x40000010, 0x06006300, 0x0844088c, 0xc0801018, 0x00000000, 0x0a000402, 0x02000000, 0x00000000,
    0x00000000, 0x00000000, 0x02000400, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000,
    0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000002,
    0x00000000, 0x80110000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x02000000, 0x00000000,
    0x00000000, 0x21000000, 0x00000000, 0x00000000, 0x04080046, 0x20300000,
];
/// The surviving weights, then all biases, as bits.
pub static PARAMS: [u32; 109] = [
    0x4004f9fe, 0x3fadc695, 0xc0138f75, 0xbfb69e1a, 0xbfa0396e, 0x3fa524e5, 0x3fa2104e, 0xbfbdf128,
    0xbf8f2fc0, 0x3fee58a1, 0x3fa30c46, 0xbfb35c9c, 0x4008a7f2, 0xbfc92b99, 0x3fad97c6, 0xbfc7ae7a,
    0xc03e3df6, 0x3fe7eea9, 0x3fcf99ec, 0xbf9497e7, 0xbfe7fb98, 0x3fd72703, 0x3fe56a04, 0xbfc9500f,
    0x3ff71b38, 0x3fceecd3, 0x3fcde507, 0xbf8e0e39, 0x3faad6e2, 0x3fe3afa7, 0x4002809d, 0x3fe26c57,
    0x400f0e9e, 0x3f962303, 0x3fa53023, 0x4055c379, 0xbfeea6f1, 0x3fec2d99, 0x3fa50037, 0xc022d79a,
    0x3f156bdf, 0xc090dedf, 0xc003d850, 0x00000000, 0xbf98578a, 0x00000000, 0x00000000, 0x00000000,
    0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x3f59c2de, 0x00000000, 0x00000000,
    0x00000000, 0x00000000, 0x00000000, 0xbe33b4d9, 0x00000000, 0x00000000, 0x00000000, 0xbeb6d3aa,
    0x00000000, 0x00000000, 0x00000000, 0xbeea29a7, 0xbff3b4d8, 0x00000000, 0xbf860c99, 0x00000000,
    0xbef55fd6, 0x00000000, 0xbdd243d8, 0x00000000, 0xbd43f754, 0x3f8cf3ae, 0x00000000, 0x00000000,
    0x00000000, 0xbe05d897, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000,
    0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0xbd89599c, 0x00000000,
    0xc05717c5, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x3fafe474, 0x00000000, 0x00000000,
    0xbf995711, 0x00000000, 0x00000000, 0xbfd73ccf, 0x40b062e3,
];
/// Of raw inputs.
pub static SHIFT: [f32; 4] = [
    f32::from_bits(0x3efe8a4c), f32::from_bits(0x3e7d5a1c), f32::from_bits(0x3b8d67fb), f32::from_bits(0xbb1a2f47),
];
/// Of raw inputs.
pub static SCALE: [f32; 4] = [
    f32::from_bits(0x3f9249e7), f32::from_bits(0x3ffe5a65), f32::from_bits(0x3fe3babe), f32::from_bits(0x3fe5823e),
];
