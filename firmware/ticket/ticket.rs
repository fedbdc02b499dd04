// A lottery ticket as code, made by tombola 0.1.0. Do not edit it, make it again:
//
//     tombola export 28-15.safetensors --format rust --core cortex-m4f
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
// are: the answer then means nothing. A NaN stays a NaN. No allocator, no panic, no RAM but the stack. Where floats are
// passed in registers, as on thumbv7em-none-eabihf, the functions are assembly, in the order that a Cortex-M4F is
// fastest in; elsewhere, they are those of the module `plain`. An attribute makes them unsafe code in name: what they
// are called with is a reference to an array, and what they return is an array.

/// How many inputs the network has.
#[allow(dead_code, reason = "who uses a part of this leaves out the rest")]
pub const INPUT_COUNT: usize = 4;
/// How many logits the network has.
#[allow(dead_code, reason = "who uses a part of this leaves out the rest")]
pub const OUTPUT_COUNT: usize = 2;
/// How many tasks the network solves.
#[allow(dead_code, reason = "who uses a part of this leaves out the rest")]
pub const TASK_COUNT: usize = 2;
/// What the tasks are called.
#[rustfmt::skip]
#[allow(dead_code, reason = "who uses a part of this leaves out the rest")]
pub const TASK_NAMES: [&str; TASK_COUNT] = [
    "moons", "circles",
];
/// Weights that survived pruning.
#[allow(dead_code, reason = "who uses a part of this leaves out the rest")]
pub const WEIGHTS_LEFT: usize = 43;
/// Weights on a path from an input to an output: those that are computed here.
#[allow(dead_code, reason = "who uses a part of this leaves out the rest")]
pub const WEIGHTS_ACTIVE: usize = 33;

#[cfg(all(target_arch = "arm", target_os = "none", target_abi = "eabihf"))]
#[rustfmt::skip]
#[allow(unused_imports, reason = "who uses a part of this leaves out the rest")]
pub use assembly::{
    logits, moons, circles,
};
#[cfg(not(all(target_arch = "arm", target_os = "none", target_abi = "eabihf")))]
#[rustfmt::skip]
#[allow(unused_imports, reason = "who uses a part of this leaves out the rest")]
pub use plain::{
    logits, moons, circles,
};

/// The class of each task, from the logits of all.
#[inline]
#[must_use]
#[rustfmt::skip]
#[allow(dead_code, reason = "who uses a part of this leaves out the rest")]
#[allow(clippy::similar_names, clippy::too_many_lines, reason = "units have numbers, and a line each")]
#[allow(clippy::approx_constant, clippy::suboptimal_flops, reason = "it has the bits of the ticket")]
#[allow(clippy::trivially_copy_pass_by_ref, clippy::large_stack_arrays, reason = "it is alike for every ticket")]
pub fn classes(logits: &[f32; OUTPUT_COUNT]) -> [u16; TASK_COUNT] {
    let [y0, y1] = *logits;
    [
        u16::from(0.0 < y0), u16::from(0.0 < y1),
    ]
}

/// The same without assembly: what other cores run, and what the assembly is held against.
#[rustfmt::skip]
pub mod plain {
use super::{INPUT_COUNT, OUTPUT_COUNT};

/// The logits of all tasks, from all inputs.
#[inline]
#[must_use]
#[rustfmt::skip]
#[allow(dead_code, reason = "who uses a part of this leaves out the rest")]
#[allow(clippy::similar_names, clippy::too_many_lines, reason = "units have numbers, and a line each")]
#[allow(clippy::approx_constant, clippy::suboptimal_flops, reason = "it has the bits of the ticket")]
#[allow(clippy::trivially_copy_pass_by_ref, clippy::large_stack_arrays, reason = "it is alike for every ticket")]
pub fn logits(inputs: &[f32; INPUT_COUNT]) -> [f32; OUTPUT_COUNT] {
    let [x0, x1, x2, x3] = *inputs;
    let [y0] = moons(&[x0, x1]);
    let [y1] = circles(&[x2, x3]);
    [y0, y1]
}

/// `moons` alone: from inputs [0, 1] of the network to its logits [0].
#[inline]
#[must_use]
#[rustfmt::skip]
#[allow(dead_code, reason = "who uses a part of this leaves out the rest")]
#[allow(clippy::similar_names, clippy::too_many_lines, reason = "units have numbers, and a line each")]
#[allow(clippy::approx_constant, clippy::suboptimal_flops, reason = "it has the bits of the ticket")]
#[allow(clippy::trivially_copy_pass_by_ref, clippy::large_stack_arrays, reason = "it is alike for every ticket")]
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
#[allow(dead_code, reason = "who uses a part of this leaves out the rest")]
#[allow(clippy::similar_names, clippy::too_many_lines, reason = "units have numbers, and a line each")]
#[allow(clippy::approx_constant, clippy::suboptimal_flops, reason = "it has the bits of the ticket")]
#[allow(clippy::trivially_copy_pass_by_ref, clippy::large_stack_arrays, reason = "it is alike for every ticket")]
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
}

/// Kernels for the Cortex-M4F.
#[cfg(all(target_arch = "arm", target_os = "none", target_abi = "eabihf"))]
#[rustfmt::skip]
#[allow(unsafe_code, reason = "a function whose body is assembly is marked so")]
mod assembly {
use super::{INPUT_COUNT, OUTPUT_COUNT};

/// Up to four are returned in registers.
#[repr(C)]
struct Logits<const N: usize>([f32; N]);

/// The logits of all tasks, from all inputs.
#[inline]
#[must_use]
#[rustfmt::skip]
#[allow(dead_code, reason = "who uses a part of this leaves out the rest")]
#[allow(clippy::similar_names, clippy::too_many_lines, reason = "units have numbers, and a line each")]
#[allow(clippy::approx_constant, clippy::suboptimal_flops, reason = "it has the bits of the ticket")]
#[allow(clippy::trivially_copy_pass_by_ref, clippy::large_stack_arrays, reason = "it is alike for every ticket")]
pub fn logits(inputs: &[f32; INPUT_COUNT]) -> [f32; OUTPUT_COUNT] {
    #[unsafe(naked)]
    extern "C" fn kernel(_inputs: &[f32; INPUT_COUNT]) -> Logits<OUTPUT_COUNT> {
        core::arch::naked_asm!("
            .fpu fpv4-sp-d16
            adr.w r2, 2f
            vldmia r0, {s0-s3}
            vldmia r2!, {s4-s15}
            vsub.f32 s0, s0, s4
            vsub.f32 s1, s1, s5
            vmul.f32 s0, s0, s6              // x0
            vmul.f32 s1, s1, s7              // x1
            vmul.f32 s4, s8, s0
            vmul.f32 s5, s9, s0
            vadd.f32 s4, s10, s4
            vadd.f32 s5, s11, s5
            vabs.f32 s6, s4
            vadd.f32 s4, s4, s6              // h1_0
            vmul.f32 s1, s12, s1
            vmul.f32 s6, s13, s0
            vadd.f32 s1, s5, s1
            vadd.f32 s5, s14, s6
            vabs.f32 s6, s1
            vadd.f32 s1, s1, s6              // h1_1
            vabs.f32 s6, s5
            vadd.f32 s5, s5, s6              // h1_2
            vmul.f32 s0, s15, s0
            vldmia r2!, {s6-s15}
            vmul.f32 s6, s6, s4
            vadd.f32 s0, s7, s0
            vadd.f32 s6, s8, s6
            vabs.f32 s7, s0
            vadd.f32 s0, s0, s7              // h1_3
            vmul.f32 s7, s9, s1
            vmul.f32 s8, s10, s5
            vadd.f32 s6, s6, s7
            vmul.f32 s7, s11, s5
            vadd.f32 s8, s12, s8
            vadd.f32 s6, s6, s7
            vmul.f32 s0, s13, s0
            vabs.f32 s7, s8
            vadd.f32 s0, s6, s0
            vadd.f32 s6, s8, s7              // h2_1
            vabs.f32 s7, s0
            vadd.f32 s0, s0, s7              // h2_0
            vmul.f32 s1, s14, s1
            vmul.f32 s4, s15, s4
            vldmia r2!, {s7-s15}
            vadd.f32 s1, s7, s1
            vmul.f32 s7, s8, s5
            vadd.f32 s4, s9, s4
            vadd.f32 s1, s1, s7
            vabs.f32 s7, s4
            vabs.f32 s8, s1
            vadd.f32 s1, s1, s8              // h2_2
            vadd.f32 s4, s4, s7              // h2_3
            vmul.f32 s5, s10, s5
            vmul.f32 s0, s11, s0
            vadd.f32 s5, s12, s5
            vadd.f32 s0, s13, s0
            vabs.f32 s7, s5
            vadd.f32 s5, s5, s7              // h2_4
            vmul.f32 s6, s14, s6
            vsub.f32 s2, s2, s15
            vadd.f32 s0, s0, s6
            vldmia r2!, {s6-s15}
            vmul.f32 s1, s6, s1
            vmul.f32 s2, s2, s7              // x0
            vadd.f32 s0, s0, s1
            vmul.f32 s1, s8, s4
            vsub.f32 s3, s3, s9
            vadd.f32 s0, s0, s1
            vmul.f32 s1, s10, s5
            vmul.f32 s3, s3, s11             // x1
            vadd.f32 s0, s0, s1              // y0
            vmul.f32 s1, s12, s2
            vmul.f32 s4, s13, s2
            vadd.f32 s1, s14, s1
            vmul.f32 s5, s15, s3
            vldmia r2!, {s6-s15}
            vadd.f32 s4, s6, s4
            vadd.f32 s1, s1, s5
            vabs.f32 s5, s4
            vabs.f32 s6, s1
            vadd.f32 s1, s1, s6              // h1_0
            vadd.f32 s4, s4, s5              // h1_1
            vmul.f32 s5, s7, s3
            vmul.f32 s6, s8, s3
            vadd.f32 s5, s9, s5
            vadd.f32 s6, s10, s6
            vabs.f32 s7, s5
            vadd.f32 s5, s5, s7              // h1_2
            vabs.f32 s7, s6
            vadd.f32 s6, s6, s7              // h1_3
            vmul.f32 s2, s11, s2
            vmul.f32 s1, s12, s1
            vadd.f32 s2, s13, s2
            vmul.f32 s3, s14, s3
            vadd.f32 s1, s15, s1
            vadd.f32 s2, s2, s3
            vldmia r2!, {s7-s14}
            vmul.f32 s3, s7, s4
            vabs.f32 s4, s2
            vadd.f32 s2, s2, s4              // h1_4
            vadd.f32 s1, s1, s3
            vmul.f32 s2, s8, s2
            vmul.f32 s3, s9, s5
            vadd.f32 s1, s1, s2
            vadd.f32 s2, s10, s3
            vabs.f32 s3, s1
            vadd.f32 s1, s1, s3              // h2_0
            vmul.f32 s3, s11, s6
            vmul.f32 s1, s12, s1
            vadd.f32 s2, s2, s3
            vadd.f32 s1, s13, s1
            vabs.f32 s3, s2
            vadd.f32 s2, s2, s3              // h2_1
            vmul.f32 s2, s14, s2
            vadd.f32 s1, s1, s2              // y1
            bx lr
            .p2align 2
        2:
            .word 0x3efe8a4c, 0x3e7d5a1c, 0x3f9249e7, 0x3ffe5a65, 0x3f84f9fe, 0xbf938f75, 0xbf18578a, 0x3ed9c2de
            .word 0xbf369e1a, 0xbfbe3df6, 0xbf73b4d8, 0x3f67eea9, 0x3f572703, 0xbf060c99, 0xbcc3f754, 0x3f656a04
            .word 0x3f4eecd3, 0xbf49500f, 0x3f0cf3ae, 0x3f771b38, 0x3f4de507, 0x3f2ad6e2, 0xbd85d897, 0xbf0e0e39
            .word 0xbd09599c, 0x3f8f0e9e, 0x4055c379, 0x3f2fe474, 0xbfd73ccf, 0xbfeea6f1, 0x3b8d67fb, 0x3fec2d99
            .word 0x3fe3babe, 0x3fa50037, 0xbb1a2f47, 0xc022d79a, 0x3fe5823e, 0xbf0f2fc0, 0x3f88a7f2, 0xbdb3b4d9
            .word 0x3f6e58a1, 0xbe36d3aa, 0xbf47ae7a, 0x3f4f99ec, 0xbe6a29a7, 0xbe755fd6, 0xbf1497e7, 0x3f63afa7
            .word 0xbd5243d8, 0xbf67fb98, 0xbfd717c5, 0x3f82809d, 0x3f626c57, 0x3f162303, 0xbf195711, 0x3f253023
            .word 0xc090dedf, 0x40b062e3, 0xc003d850
        ", options(raw))
    }
    kernel(inputs).0
}

/// A part alone.
#[inline]
#[must_use]
#[rustfmt::skip]
#[allow(dead_code, reason = "who uses a part of this leaves out the rest")]
#[allow(clippy::similar_names, clippy::too_many_lines, reason = "units have numbers, and a line each")]
#[allow(clippy::approx_constant, clippy::suboptimal_flops, reason = "it has the bits of the ticket")]
#[allow(clippy::trivially_copy_pass_by_ref, clippy::large_stack_arrays, reason = "it is alike for every ticket")]
pub fn moons(inputs: &[f32; 2]) -> [f32; 1] {
    #[unsafe(naked)]
    extern "C" fn kernel(_inputs: &[f32; 2]) -> Logits<1> {
        core::arch::naked_asm!("
            .fpu fpv4-sp-d16
            adr.w r2, 2f
            vldmia r0, {s0-s1}
            vldmia r2!, {s2-s15}
            vsub.f32 s0, s0, s2
            vsub.f32 s1, s1, s3
            vmul.f32 s0, s0, s4              // x0
            vmul.f32 s1, s1, s5              // x1
            vmul.f32 s2, s6, s0
            vmul.f32 s3, s7, s0
            vadd.f32 s2, s8, s2
            vadd.f32 s3, s9, s3
            vabs.f32 s4, s2
            vadd.f32 s2, s2, s4              // h1_0
            vmul.f32 s1, s10, s1
            vmul.f32 s4, s11, s0
            vadd.f32 s1, s3, s1
            vadd.f32 s3, s12, s4
            vabs.f32 s4, s1
            vadd.f32 s1, s1, s4              // h1_1
            vabs.f32 s4, s3
            vadd.f32 s3, s3, s4              // h1_2
            vmul.f32 s0, s13, s0
            vmul.f32 s4, s14, s2
            vadd.f32 s0, s15, s0
            vldmia r2!, {s5-s15}
            vadd.f32 s4, s5, s4
            vabs.f32 s5, s0
            vadd.f32 s0, s0, s5              // h1_3
            vmul.f32 s5, s6, s1
            vmul.f32 s6, s7, s3
            vadd.f32 s4, s4, s5
            vmul.f32 s0, s8, s0
            vadd.f32 s4, s4, s6
            vmul.f32 s5, s9, s3
            vadd.f32 s0, s4, s0
            vadd.f32 s4, s10, s5
            vabs.f32 s5, s0
            vadd.f32 s0, s0, s5              // h2_0
            vabs.f32 s5, s4
            vadd.f32 s4, s4, s5              // h2_1
            vmul.f32 s1, s11, s1
            vmul.f32 s5, s12, s3
            vadd.f32 s1, s13, s1
            vmul.f32 s2, s14, s2
            vadd.f32 s1, s1, s5
            vadd.f32 s2, s15, s2
            vabs.f32 s5, s1
            vadd.f32 s1, s1, s5              // h2_2
            vabs.f32 s5, s2
            vadd.f32 s2, s2, s5              // h2_3
            vldmia r2!, {s5-s12}
            vmul.f32 s3, s5, s3
            vmul.f32 s0, s6, s0
            vadd.f32 s3, s7, s3
            vadd.f32 s0, s8, s0
            vabs.f32 s5, s3
            vadd.f32 s3, s3, s5              // h2_4
            vmul.f32 s4, s9, s4
            vmul.f32 s1, s10, s1
            vadd.f32 s0, s0, s4
            vmul.f32 s2, s11, s2
            vadd.f32 s0, s0, s1
            vmul.f32 s1, s12, s3
            vadd.f32 s0, s0, s2
            vadd.f32 s0, s0, s1              // y0
            bx lr
            .p2align 2
        2:
            .word 0x3efe8a4c, 0x3e7d5a1c, 0x3f9249e7, 0x3ffe5a65, 0x3f84f9fe, 0xbf938f75, 0xbf18578a, 0x3ed9c2de
            .word 0xbf369e1a, 0xbfbe3df6, 0xbf73b4d8, 0x3f67eea9, 0x3f572703, 0xbf060c99, 0xbcc3f754, 0x3f656a04
            .word 0xbf49500f, 0x3f771b38, 0x3f4eecd3, 0x3f0cf3ae, 0x3f4de507, 0xbf0e0e39, 0xbd85d897, 0x3f2ad6e2
            .word 0xbd09599c, 0x3f8f0e9e, 0x4055c379, 0x3f2fe474, 0xbfd73ccf, 0xbfeea6f1, 0x3fec2d99, 0x3fa50037
            .word 0xc022d79a
        ", options(raw))
    }
    kernel(inputs).0
}

/// A part alone.
#[inline]
#[must_use]
#[rustfmt::skip]
#[allow(dead_code, reason = "who uses a part of this leaves out the rest")]
#[allow(clippy::similar_names, clippy::too_many_lines, reason = "units have numbers, and a line each")]
#[allow(clippy::approx_constant, clippy::suboptimal_flops, reason = "it has the bits of the ticket")]
#[allow(clippy::trivially_copy_pass_by_ref, clippy::large_stack_arrays, reason = "it is alike for every ticket")]
pub fn circles(inputs: &[f32; 2]) -> [f32; 1] {
    #[unsafe(naked)]
    extern "C" fn kernel(_inputs: &[f32; 2]) -> Logits<1> {
        core::arch::naked_asm!("
            .fpu fpv4-sp-d16
            adr.w r2, 2f
            vldmia r0, {s0-s1}
            vldmia r2!, {s2-s15}
            vsub.f32 s0, s0, s2
            vsub.f32 s1, s1, s3
            vmul.f32 s0, s0, s4              // x0
            vmul.f32 s1, s1, s5              // x1
            vmul.f32 s2, s6, s0
            vmul.f32 s3, s7, s0
            vadd.f32 s2, s8, s2
            vmul.f32 s4, s9, s1
            vadd.f32 s3, s10, s3
            vadd.f32 s2, s2, s4
            vabs.f32 s4, s3
            vabs.f32 s5, s2
            vadd.f32 s2, s2, s5              // h1_0
            vadd.f32 s3, s3, s4              // h1_1
            vmul.f32 s0, s11, s0
            vmul.f32 s2, s12, s2
            vadd.f32 s0, s13, s0
            vmul.f32 s4, s14, s1
            vadd.f32 s2, s15, s2
            vadd.f32 s0, s0, s4
            vldmia r2!, {s4-s15}
            vmul.f32 s3, s4, s3
            vabs.f32 s4, s0
            vadd.f32 s0, s0, s4              // h1_4
            vadd.f32 s2, s2, s3
            vmul.f32 s0, s5, s0
            vmul.f32 s3, s6, s1
            vadd.f32 s0, s2, s0
            vadd.f32 s2, s7, s3
            vabs.f32 s3, s0
            vadd.f32 s0, s0, s3              // h2_0
            vabs.f32 s3, s2
            vadd.f32 s2, s2, s3              // h1_2
            vmul.f32 s1, s8, s1
            vmul.f32 s2, s9, s2
            vadd.f32 s1, s10, s1
            vadd.f32 s2, s11, s2
            vabs.f32 s3, s1
            vadd.f32 s1, s1, s3              // h1_3
            vmul.f32 s0, s12, s0
            vmul.f32 s1, s13, s1
            vadd.f32 s0, s14, s0
            vadd.f32 s1, s2, s1
            vabs.f32 s2, s1
            vadd.f32 s1, s1, s2              // h2_1
            vmul.f32 s1, s15, s1
            vadd.f32 s0, s0, s1              // y1
            bx lr
            .p2align 2
        2:
            .word 0x3b8d67fb, 0xbb1a2f47, 0x3fe3babe, 0x3fe5823e, 0xbf0f2fc0, 0x3f88a7f2, 0xbdb3b4d9, 0x3f6e58a1
            .word 0xbe36d3aa, 0xbf1497e7, 0x3f63afa7, 0xbd5243d8, 0xbf67fb98, 0xbfd717c5, 0x3f82809d, 0x3f626c57
            .word 0xbf47ae7a, 0xbe6a29a7, 0x3f4f99ec, 0x3f162303, 0xbe755fd6, 0xbf195711, 0xc090dedf, 0x3f253023
            .word 0x40b062e3, 0xc003d850
        ", options(raw))
    }
    kernel(inputs).0
}
}
