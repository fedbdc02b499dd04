pub const INPUT_COUNT: usize = 4;
pub const OUTPUT_COUNT: usize = 2;
pub const TASK_COUNT: usize = 2;
pub const TASK_NAMES: [&str; TASK_COUNT] = ["moons", "circles"];
pub const WEIGHTS_LEFT: usize = 43;
pub const WEIGHTS_ACTIVE: usize = 33;

fn relu(z: f32) -> f32 {
    if z < 0.0 { 0.0 } else { z }
}

pub fn logits(inputs: &[f32; INPUT_COUNT]) -> [f32; OUTPUT_COUNT] {
    let [x0, x1, x2, x3] = *inputs;
    let a0_0 = (x0 - f32::from_bits(0x3efe_8a4c)) * f32::from_bits(0x3f92_49e7);
    let a0_1 = (x1 - f32::from_bits(0x3e7d_5a1c)) * f32::from_bits(0x3ffe_5a65);
    let a0_2 = (x2 - f32::from_bits(0x3b8d_67fb)) * f32::from_bits(0x3fe3_babe);
    let a0_3 = (x3 - f32::from_bits(0xbb1a_2f47)) * f32::from_bits(0x3fe5_823e);
    let a1_1 = relu(f32::from_bits(0xbf98_578a) + 0.0 + f32::from_bits(0x4004_f9fe) * a0_0);
    let a1_10 = relu(f32::from_bits(0x3f59_c2de) + 0.0 + f32::from_bits(0xc013_8f75) * a0_0 + f32::from_bits(0xbfb6_9e1a) * a0_1);
    let a1_16 = relu(f32::from_bits(0xbe33_b4d9) + 0.0 + f32::from_bits(0xbf8f_2fc0) * a0_2 + f32::from_bits(0x3fee_58a1) * a0_3);
    let a1_20 = relu(f32::from_bits(0xbeb6_d3aa) + 0.0 + f32::from_bits(0x4008_a7f2) * a0_2);
    let a1_24 = relu(f32::from_bits(0xbeea_29a7) + 0.0 + f32::from_bits(0xbfc7_ae7a) * a0_3);
    let a1_25 = relu(f32::from_bits(0xbff3_b4d8) + 0.0 + f32::from_bits(0xc03e_3df6) * a0_0);
    let a1_27 = relu(f32::from_bits(0xbf86_0c99) + 0.0 + f32::from_bits(0x3fe7_eea9) * a0_0);
    let a1_29 = relu(f32::from_bits(0xbef5_5fd6) + 0.0 + f32::from_bits(0x3fcf_99ec) * a0_3);
    let a1_31 = relu(f32::from_bits(0xbdd2_43d8) + 0.0 + f32::from_bits(0xbf94_97e7) * a0_2 + f32::from_bits(0xbfe7_fb98) * a0_3);
    let a2_1 = relu(f32::from_bits(0xbd43_f754) + 0.0 + f32::from_bits(0x3fd7_2703) * a1_1 + f32::from_bits(0x3fe5_6a04) * a1_10 + f32::from_bits(0xbfc9_500f) * a1_25 + f32::from_bits(0x3ff7_1b38) * a1_27);
    let a2_2 = relu(f32::from_bits(0x3f8c_f3ae) + 0.0 + f32::from_bits(0x3fce_ecd3) * a1_25);
    let a2_6 = relu(f32::from_bits(0xbe05_d897) + 0.0 + f32::from_bits(0x3fcd_e507) * a1_10 + f32::from_bits(0xbf8e_0e39) * a1_25);
    let a2_19 = relu(f32::from_bits(0xbd89_599c) + 0.0 + f32::from_bits(0x3faa_d6e2) * a1_1);
    let a2_20 = relu(f32::from_bits(0x0000_0000) + 0.0);
    let a2_21 = relu(f32::from_bits(0xc057_17c5) + 0.0 + f32::from_bits(0x3fe3_afa7) * a1_16 + f32::from_bits(0x4002_809d) * a1_20 + f32::from_bits(0x3fe2_6c57) * a1_31);
    let a2_26 = relu(f32::from_bits(0x3faf_e474) + 0.0 + f32::from_bits(0x400f_0e9e) * a1_25);
    let a2_29 = relu(f32::from_bits(0xbf99_5711) + 0.0 + f32::from_bits(0x3f96_2303) * a1_24 + f32::from_bits(0x3fa5_3023) * a1_29);
    let a3_0 = f32::from_bits(0xbfd7_3ccf) + 0.0 + f32::from_bits(0x4055_c379) * a2_1 + f32::from_bits(0xbfee_a6f1) * a2_2 + f32::from_bits(0x3fec_2d99) * a2_6 + f32::from_bits(0x3fa5_0037) * a2_19 + f32::from_bits(0xc022_d79a) * a2_26;
    let a3_1 = f32::from_bits(0x40b0_62e3) + 0.0 + f32::from_bits(0x3f15_6bdf) * a2_20 + f32::from_bits(0xc090_dedf) * a2_21 + f32::from_bits(0xc003_d850) * a2_29;
    [a3_0, a3_1]
}

pub fn classes(logits: &[f32; OUTPUT_COUNT]) -> [u16; TASK_COUNT] {
    let [z0, z1] = *logits;
    [
        u16::from(z0 > 0.0),
        u16::from(z1 > 0.0),
    ]
}
