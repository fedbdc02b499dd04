// A lottery ticket as code, made by tombola 0.1.0. Do not edit it, make it again:
//
//     tombola export 28-15.safetensors --format rust
//
// Network 4-32-32-2: 43 of 1216 weights left, 33 of them active; separated.
// Origin: seed 28, level 15 of experiment 46a942e578cba2ef.
//
// Inputs are raw: each is normalized here, as (x - shift) * scale in 32 bits.
//   input 0, of moons: shift 0.497_148_87, scale 1.142_880_3
//   input 1, of moons: shift 0.247_414_05, scale 1.987_133_6
//   input 2, of circles: shift 0.004_315_374, scale 1.779_136_4
//   input 3, of circles: shift -0.002_352_671_5, scale 1.793_037_2
//
// Task moons: class 1 where logit 0 > 0, else class 0.
// Task circles: class 1 where logit 1 > 0, else class 0.
//
// Same bits as Tombola's core on any CPU, as long as no number on the way is infinite or NaN, as after inputs that
// are: the answer then means nothing. A NaN stays a NaN. No allocator, no panic, no unsafe code.

/// How many inputs the network has.
pub const INPUT_COUNT: usize = 4;
/// How many logits the network has.
pub const OUTPUT_COUNT: usize = 2;
/// How many tasks the network solves.
pub const TASK_COUNT: usize = 2;
/// What the tasks are called.
#[rustfmt::skip]
pub const TASK_NAMES: [&str; TASK_COUNT] = [
    "moons", "circles",
];
/// Weights that survived pruning.
pub const WEIGHTS_LEFT: usize = 43;
/// Weights on a path from an input to an output: those that are computed here.
pub const WEIGHTS_ACTIVE: usize = 33;

/// The logits of all tasks, from all inputs.
#[inline]
#[must_use]
#[rustfmt::skip]
#[allow(clippy::similar_names, clippy::too_many_lines, reason = "units have numbers, and a line each")]
pub fn logits(inputs: &[f32; INPUT_COUNT]) -> [f32; OUTPUT_COUNT] {
    let [x0, x1, x2, x3] = *inputs;
    let [y0] = moons(&[x0, x1]);
    let [y1] = circles(&[x2, x3]);
    [y0, y1]
}

/// The class of each task, from the logits of all.
#[inline]
#[must_use]
#[rustfmt::skip]
#[allow(clippy::similar_names, clippy::too_many_lines, reason = "units have numbers, and a line each")]
pub fn classes(logits: &[f32; OUTPUT_COUNT]) -> [u16; TASK_COUNT] {
    let [y0, y1] = *logits;
    [
        u16::from(0.0 < y0), u16::from(0.0 < y1),
    ]
}

/// `moons` alone: from inputs [0, 1] of the network to its logits [0].
#[inline]
#[must_use]
#[rustfmt::skip]
#[allow(clippy::similar_names, clippy::too_many_lines, reason = "units have numbers, and a line each")]
pub fn moons(inputs: &[f32; 2]) -> [f32; 1] {
    let [x0, x1] = *inputs;
    let x0 = (x0 - 0.497_148_87) * 1.142_880_3;
    let x1 = (x1 - 0.247_414_05) * 1.987_133_6;
    let h1_0 = relu_of_half(-0.595_085_74 + 1.038_879_2 * x0);
    let h1_1 = relu_of_half(0.425_314_84 - 1.152_815_5 * x0 - 0.713_349_94 * x1);
    let h1_2 = relu_of_half(-0.951_978_2 - 1.486_265_9 * x0);
    let h1_3 = relu_of_half(-0.523_629_7 + 0.905_985_4 * x0);
    let h2_0 = relu_of_half(-0.023_921_646 + 0.840_439 * h1_0 + 0.896_148_9 * h1_1 - 0.786_377_85 * h1_2
        + 0.965_259_1 * h1_3);
    let h2_1 = relu_of_half(0.550_593_26 + 0.808_301_15 * h1_2);
    let h2_2 = relu_of_half(-0.065_354_52 + 0.804_275_93 * h1_1 - 0.554_904_5 * h1_2);
    let h2_3 = relu_of_half(-0.033_532_724 + 0.667_341_35 * h1_0);
    let h2_4 = relu_of_half(0.687_079_67 + 1.117_633_6 * h1_2);
    let y0 = -1.681_543_2 + 3.340_055_7 * h2_0 - 1.864_469_6 * h2_1 + 1.845_141_5 * h2_2 + 1.289_069 * h2_3
        - 2.544_409_3 * h2_4;
    [
        y0,
    ]
}

/// `circles` alone: from inputs [2, 3] of the network to its logits [1].
#[inline]
#[must_use]
#[rustfmt::skip]
#[allow(clippy::similar_names, clippy::too_many_lines, reason = "units have numbers, and a line each")]
pub fn circles(inputs: &[f32; 2]) -> [f32; 1] {
    let [x0, x1] = *inputs;
    let x0 = (x0 - 0.004_315_374) * 1.779_136_4;
    let x1 = (x1 + 0.002_352_671_5) * 1.793_037_2;
    let h1_0 = relu_of_half(-0.087_747_28 - 0.559_322_36 * x0 + 0.931_039_87 * x1);
    let h1_1 = relu_of_half(-0.178_541_81 + 1.067_625_3 * x0);
    let h1_2 = relu_of_half(-0.228_674_52 - 0.780_006_05 * x1);
    let h1_3 = relu_of_half(-0.239_623_4 + 0.810_942_4 * x1);
    let h1_4 = relu_of_half(-0.051_334_232 - 0.580_442_85 * x0 - 0.906_182_77 * x1);
    let h2_0 = relu_of_half(-1.680_412_9 + 0.889_399 * h1_0 + 1.019_55 * h1_1 + 0.884_465_63 * h1_4);
    let h2_1 = relu_of_half(-0.598_984_8 + 0.586_471_74 * h1_2 + 0.645_265_76 * h1_3);
    let y0 = 5.512_071 - 4.527_206 * h2_0 - 2.060_077_7 * h2_1;
    [
        y0,
    ]
}

/// `if z < 0 { 0 } else { z }`, from half of `z`: the sums that it is given are written at half their size, which
/// loses no bit of them, whatever the inputs.
#[inline]
fn relu_of_half(half: f32) -> f32 {
    half + half.abs()
}
