// Reads samples and writes answers.

fn answer<const I: usize, const O: usize, const T: usize>(
    number: usize,
    logits: impl Fn(&[f32; I]) -> [f32; O],
    parts: impl Fn(&[f32; I]) -> Vec<f32>,
    classes: impl Fn(&[f32; O]) -> [u16; T],
) {
    let bytes = std::fs::read(format!("{number}.in")).unwrap();
    let mut out = vec![];
    for row in bytes.as_chunks::<4>().0.iter().map(|x| f32::from_le_bytes(*x)).collect::<Vec<_>>().as_chunks().0 {
        let logits = logits(row);
        out.extend(logits.iter().flat_map(|x| x.to_bits().to_le_bytes()));
        out.extend(parts(row).iter().flat_map(|x| x.to_bits().to_le_bytes()));
        out.extend(classes(&logits).iter().flat_map(|&x| u32::from(x).to_le_bytes()));
    }
    std::fs::write(format!("{number}.out"), out).unwrap();
}
