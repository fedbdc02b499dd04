// Reads samples and writes answers that are integers.

fn answer<N, const I: usize, const O: usize, const T: usize>(
    number: usize,
    input: fn([u8; 4]) -> N,
    logits: impl Fn(&[N; I]) -> [i32; O],
    parts: impl Fn(&[N; I]) -> Vec<i32>,
    classes: impl Fn(&[i32; O]) -> [u16; T],
) {
    let bytes = std::fs::read(format!("{number}.in")).unwrap();
    let mut out = vec![];
    for row in bytes.as_chunks::<4>().0.iter().map(|x| input(*x)).collect::<Vec<_>>().as_chunks().0 {
        let logits = logits(row);
        out.extend(logits.iter().flat_map(|x| x.to_le_bytes()));
        out.extend(parts(row).iter().flat_map(|x| x.to_le_bytes()));
        out.extend(classes(&logits).iter().flat_map(|&x| u32::from(x).to_le_bytes()));
    }
    std::fs::write(format!("{number}.out"), out).unwrap();
}
