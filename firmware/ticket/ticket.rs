pub const INPUT_COUNT: usize = 4;
pub const OUTPUT_COUNT: usize = 2;
pub const TASK_COUNT: usize = 2;
pub const TASK_NAMES: [&str; TASK_COUNT] = ["moons", "circles"];
pub const WEIGHTS_LEFT: usize = 43;
pub const WEIGHTS_ACTIVE: usize = 33;
fn relu(z: f32) -> f32 { if z < 0.0 { 0.0 } else { z } }
pub fn logits(inputs: &[f32; INPUT_COUNT]) -> [f32; OUTPUT_COUNT] {
let [x0, x1, x2, x3] = *inputs;
let a0_0 = (x0 - f32::from_bits(0x3efe8a4c)) * f32::from_bits(0x3f9249e7);
let a0_1 = (x1 - f32::from_bits(0x3e7d5a1c)) * f32::from_bits(0x3ffe5a65);
let a0_2 = (x2 - f32::from_bits(0x3b8d67fb)) * f32::from_bits(0x3fe3babe);
let a0_3 = (x3 - f32::from_bits(0xbb1a2f47)) * f32::from_bits(0x3fe5823e);
let a1_1 = relu(f32::from_bits(0xbf98578a) + 0.0 + f32::from_bits(0x4004f9fe) * a0_0);
let a1_10 = relu(f32::from_bits(0x3f59c2de) + 0.0 + f32::from_bits(0xc0138f75) * a0_0 + f32::from_bits(0xbfb69e1a) * a0_1);
let a1_16 = relu(f32::from_bits(0xbe33b4d9) + 0.0 + f32::from_bits(0xbf8f2fc0) * a0_2 + f32::from_bits(0x3fee58a1) * a0_3);
let a1_20 = relu(f32::from_bits(0xbeb6d3aa) + 0.0 + f32::from_bits(0x4008a7f2) * a0_2);
let a1_24 = relu(f32::from_bits(0xbeea29a7) + 0.0 + f32::from_bits(0xbfc7ae7a) * a0_3);
let a1_25 = relu(f32::from_bits(0xbff3b4d8) + 0.0 + f32::from_bits(0xc03e3df6) * a0_0);
let a1_27 = relu(f32::from_bits(0xbf860c99) + 0.0 + f32::from_bits(0x3fe7eea9) * a0_0);
let a1_29 = relu(f32::from_bits(0xbef55fd6) + 0.0 + f32::from_bits(0x3fcf99ec) * a0_3);
let a1_31 = relu(f32::from_bits(0xbdd243d8) + 0.0 + f32::from_bits(0xbf9497e7) * a0_2 + f32::from_bits(0xbfe7fb98) * a0_3);
let a2_1 = relu(f32::from_bits(0xbd43f754) + 0.0 + f32::from_bits(0x3fd72703) * a1_1 + f32::from_bits(0x3fe56a04) * a1_10 + f32::from_bits(0xbfc9500f) * a1_25 + f32::from_bits(0x3ff71b38) * a1_27);
let a2_2 = relu(f32::from_bits(0x3f8cf3ae) + 0.0 + f32::from_bits(0x3fceecd3) * a1_25);
let a2_6 = relu(f32::from_bits(0xbe05d897) + 0.0 + f32::from_bits(0x3fcde507) * a1_10 + f32::from_bits(0xbf8e0e39) * a1_25);
let a2_19 = relu(f32::from_bits(0xbd89599c) + 0.0 + f32::from_bits(0x3faad6e2) * a1_1);
let a2_20 = relu(f32::from_bits(0x00000000) + 0.0);
let a2_21 = relu(f32::from_bits(0xc05717c5) + 0.0 + f32::from_bits(0x3fe3afa7) * a1_16 + f32::from_bits(0x4002809d) * a1_20 + f32::from_bits(0x3fe26c57) * a1_31);
let a2_26 = relu(f32::from_bits(0x3fafe474) + 0.0 + f32::from_bits(0x400f0e9e) * a1_25);
let a2_29 = relu(f32::from_bits(0xbf995711) + 0.0 + f32::from_bits(0x3f962303) * a1_24 + f32::from_bits(0x3fa53023) * a1_29);
let a3_0 = f32::from_bits(0xbfd73ccf) + 0.0 + f32::from_bits(0x4055c379) * a2_1 + f32::from_bits(0xbfeea6f1) * a2_2 + f32::from_bits(0x3fec2d99) * a2_6 + f32::from_bits(0x3fa50037) * a2_19 + f32::from_bits(0xc022d79a) * a2_26;
let a3_1 = f32::from_bits(0x40b062e3) + 0.0 + f32::from_bits(0x3f156bdf) * a2_20 + f32::from_bits(0xc090dedf) * a2_21 + f32::from_bits(0xc003d850) * a2_29;
[a3_0, a3_1]
}
pub fn classes(logits: &[f32; OUTPUT_COUNT]) -> [u16; TASK_COUNT] {
 let [z0, z1] = *logits;
 [u16::from(z0 > 0.0), u16::from(z1 > 0.0)]
}
