//! A ticket in integers: the same bits from the host, the Rust module and the C header, whatever the inputs.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use itertools::Itertools;
use tempfile::TempDir;
use tombola::random::{Purpose, below, stream};
use tombola_host::export::integer::{bytes, c_source, rust_source, straight_bytes};
use tombola_host::export::program::Program;
use tombola_host::integer::{Calibration, Network, Settings, Width, quantize};
use tombola_host::ticket::{TaskPorts, Ticket};

use super::rust::{is_clean, run_main, write_file_modules};
use super::{c, emulate, inputs, run, tickets, write};

/// A network, the flash that its code may take, and what it is asked, row by row.
pub(super) struct Case {
    pub(super) network: Network,
    flash: Option<usize>,
    rows: Vec<f32>,
}

impl Case {
    pub(super) fn rust(&self) -> String {
        rust_source(&self.network, self.flash).expect("code")
    }

    /// The inputs as programs read them: bits of floats, or integers of a sensor.
    fn words(&self) -> Vec<u32> {
        let sources = self.network.sensor();
        let count = self.network.inputs.len();
        let word = |(position, &raw): (usize, &f32)| match &sources {
            Some(sources) => sources[position % count].whole(raw).cast_unsigned(),
            None => raw.to_bits(),
        };
        self.rows.iter().enumerate().map(word).collect()
    }

    /// Of each row the logits of the whole, those of each group alone, and the classes.
    fn expected(&self) -> Vec<u32> {
        let groups = self.network.program.groups.iter();
        let of_groups = groups.flat_map(|group| &group.outputs).collect_vec();
        let rows = self.rows.chunks_exact(self.network.inputs.len());
        let of_row = |row| {
            let logits = self.network.logits(row);
            let parts = of_groups.iter().map(|&&output| logits[output]).collect_vec();
            let classes = self
                .network
                .classes(&logits)
                .map(|class| class as u32)
                .collect_vec();
            let all = logits.into_iter().chain(parts).map(i32::cast_unsigned);
            all.chain(classes).collect_vec()
        };
        rows.flat_map(of_row).collect()
    }
}

/// Tickets of many shapes, every `step`-th, of both widths, as straight-line code and with tables, on floats and on
/// integers of a sensor.
pub(super) fn cases(step: usize) -> Vec<Case> {
    let mut made = vec![];
    for (number, case) in tickets::all().iter().step_by(step).enumerate() {
        let answered = case.samples.iter().zip(case.answers());
        let answered = answered.filter_map(|(sample, answer)| answer.map(|_| sample));
        // Some with all that there is in its range, others with what is usual.
        let usual = |sample: &&Vec<f32>| number % 4 == 0 || sample.iter().all(|x| x.abs() < 1e3);
        let rows = answered.filter(usual).flatten().copied().collect_vec();
        let program = Program::of(&case.ticket).expect("a program");
        let Ok(calibration) = Calibration::of(&program, &rows, "its samples */ of\n\"\\") else {
            continue;
        };
        let settings = Settings {
            width: Width::ALL[number % 2],
            input_scale: (number % 3 == 2).then(|| vec![0.001]),
        };
        let Ok(network) = quantize(program, &calibration, &settings) else {
            continue;
        };
        let smaller = straight_bytes(&network) * 2 / 3;
        let flash = (number % 5 < 2 && bytes(&network, Some(smaller)).is_ok()).then_some(smaller);
        let mut rng = stream(number as u64, Purpose::Weights);
        let corners = [
            f32::NAN,
            f32::INFINITY,
            -f32::INFINITY,
            f32::MAX,
            -0.0,
            -f32::from_bits(1),
        ];
        let mut rows = case.samples.concat();
        for _ in 0..200 * network.inputs.len() {
            rows.push(match below(8, &mut rng) as usize {
                corner if corner < corners.len() => corners[corner],
                _ => f32::from_bits(below(u32::MAX, &mut rng)),
            });
        }
        made.push(Case { network, flash, rows });
    }
    made.push(widest());
    made
}

/// A network whose inputs have all of the range of floats: there, the bits of a NaN are those of a number.
fn widest() -> Case {
    let task = TaskPorts::new("t", [0, 1], [0]);
    let ticket = Ticket::new(&[2, 1], vec![task], vec![0.1, -0.1, 0.0]);
    let program = Program::of(&ticket).expect("a program");
    let calibration = Calibration::of(&program, &[-2e38, 1e34, 3e38, -1e34], "far").expect("rows");
    let settings = Settings {
        width: Width::Sixteen,
        input_scale: None,
    };
    let network = quantize(program, &calibration, &settings).expect("a network");
    let all = [f32::NAN, -f32::NAN, f32::INFINITY, 0.0, 1e38, -1e33];
    let rows = all
        .iter()
        .cartesian_product(all)
        .flat_map(|(&one, other)| [one, other]);
    Case {
        network,
        flash: None,
        rows: rows.collect(),
    }
}

/// Holds what `answer` writes to a directory against the host. Returns how many rows were compared.
pub(super) fn has_the_hosts_bits(cases: &[Case], answer: impl Fn(&Path)) -> usize {
    let directory = TempDir::new().expect("a directory");
    for (number, case) in cases.iter().enumerate() {
        let bytes = case.words().into_iter().flat_map(u32::to_le_bytes).collect_vec();
        write(directory.path(), &format!("{number}.in"), bytes);
    }
    answer(directory.path());
    let mut compared = 0;
    for (number, case) in cases.iter().enumerate() {
        let bytes = fs::read(directory.path().join(format!("{number}.out"))).expect("answers");
        let words = bytes.as_chunks().0.iter().map(|&word| u32::from_le_bytes(word));
        assert!(words.eq(case.expected()), "case {number}:\n{}", case.rust());
        compared += case.rows.len() / case.network.inputs.len();
    }
    compared
}

/// Compiles the code of all cases into one program with these flags and runs it.
fn answer_in_rust(directory: &Path, cases: &[Case], flags: &[&str]) {
    let mut main = write_file_modules(directory, cases.iter().map(Case::rust));
    main += concat!(include_str!("programs/integer.rs"), "fn main() {\n");
    for (number, case) in cases.iter().enumerate() {
        let groups = case.network.program.groups.iter().map(|group| {
            let (name, inputs) = (&group.name, inputs(group));
            format!("all.extend(t{number}::{name}(&[{inputs}]));")
        });
        let from = match case.network.sensor() {
            Some(_) => "i32::from_le_bytes",
            None => "f32::from_le_bytes",
        };
        let _ = writeln!(
            main,
            "    answer({number}, {from}, t{number}::logits, |x| {{ let mut all = vec![]; {} all }}, t{number}::classes);
    assert_eq!(t{number}::LOGIT_SCALES.len(), t{number}::OUTPUT_COUNT);",
            groups.format(" ")
        );
    }
    run_main(directory, &(main + "}\n"), flags);
}

#[test]
fn rust_has_the_hosts_integers() {
    let cases = cases(3);
    assert!(
        cases.iter().any(|case| case.flash.is_some())
            && cases.iter().any(|case| case.network.sensor().is_some())
    );
    let compared = has_the_hosts_bits(&cases, |directory| answer_in_rust(directory, &cases, &[]));
    assert!(40_000 < compared, "{compared}");
}

/// Not optimized, with every sum checked: none overflows. And as fast as the compiler can.
#[test]
fn rust_has_the_hosts_integers_however_it_is_compiled() {
    let cases = cases(16);
    for flags in [
        ["-C", "opt-level=0", "-C", "overflow-checks=on"],
        ["-C", "opt-level=3", "-C", "target-cpu=native"],
    ] {
        has_the_hosts_bits(&cases, |directory| answer_in_rust(directory, &cases, &flags));
    }
}

#[test]
fn one_wrong_weight_is_seen() {
    let mut cases = cases(40);
    cases.truncate(1);
    let wrong = std::panic::catch_unwind(|| {
        has_the_hosts_bits(&cases, |directory| {
            answer_in_rust(directory, &cases, &[]);
            let path = directory.join("0.out");
            let mut bytes = fs::read(&path).expect("answers");
            bytes[0] ^= 1;
            fs::write(&path, bytes).expect("answers");
        })
    });
    assert!(wrong.is_err());
}

#[test]
#[ignore = "needs clippy and rustfmt; tests/run runs it"]
fn rust_is_clean_and_stays_as_it_is_formatted() {
    let targets: [&[&str]; 3] = [
        &[],
        &["--target", "thumbv7em-none-eabihf"],
        &["--target", "thumbv6m-none-eabi"],
    ];
    is_clean(cases(20).iter().map(Case::rust), &targets, &["-F", "unsafe-code"]);
}

const WARNINGS: [&str; 6] = [
    "-std=c99",
    "-Wall",
    "-Wextra",
    "-pedantic",
    "-Wconversion",
    "-Werror",
];

/// Writes the headers of all cases and a program that calls them, on what `head` defines.
pub(super) fn write_c(head: &str, directory: &Path, cases: &[Case]) {
    let (mut text, mut main) = (head.to_owned(), "int main(void) {\n".to_owned());
    for (number, case) in cases.iter().enumerate() {
        let prefix = format!("t{number}");
        let header = c_source(&case.network, case.flash, &prefix).expect("code");
        write(directory, &format!("{prefix}.h"), header);
        let of = match case.network.sensor() {
            Some(_) => "int32_t",
            None => "float",
        };
        let groups = case.network.program.groups.iter().map(|group| {
            let (name, inputs) = (&group.name, inputs(group));
            let (fan_in, fan_out) = (group.inputs.len(), group.outputs.len());
            format!(
                "        {{ {of} in[{fan_in}] = {{{inputs}}}; int32_t some[{fan_out}]; {prefix}_{name}(in, some); \
                 put(out, some, {fan_out}); }}\n"
            )
        });
        let groups: String = groups.collect();
        text += &c::answer(number, [of, "int32_t"], &groups, "");
        let _ = writeln!(main, "    answer_{prefix}();");
    }
    write(directory, "main.c", text + &main + "    return 0;\n}\n");
}

#[test]
#[ignore = "needs cc; tests/run runs it"]
fn c_has_the_hosts_integers() {
    let cases = cases(3);
    for flags in [
        &["-O1"][..],
        &["-O3", "-ffast-math"],
        &["-O0", "-fsanitize=undefined", "-fno-sanitize-recover"],
    ] {
        let compared = has_the_hosts_bits(&cases, |directory| {
            write_c(include_str!("programs/host.c"), directory, &cases);
            c::run_main(directory, &[&WARNINGS, flags].concat());
        });
        assert!(40_000 < compared, "{compared}");
    }
}

#[test]
#[ignore = "needs arm-none-eabi-gcc and QEMU; tests/run runs it"]
fn c_has_the_hosts_integers_on_an_emulated_board() {
    let cases = cases(16);
    has_the_hosts_bits(&cases, |directory| {
        write_c(include_str!("programs/board.c"), directory, &cases);
        write(directory, "board.ld", include_str!("programs/board.ld"));
        run(Command::new("arm-none-eabi-gcc")
            .current_dir(directory)
            .args(["-mcpu=cortex-m4", "-mfpu=fpv4-sp-d16", "-mfloat-abi=hard"])
            .args([
                "-O2",
                "-std=gnu11",
                "-ffreestanding",
                "-nostdlib",
                "-T",
                "board.ld",
            ])
            .args(["main.c", "-lgcc", "-o", "main"]));
        emulate(directory);
    });
}

#[test]
#[ignore = "needs arm-none-eabi-gcc; tests/run runs it"]
fn c_calls_no_floating_point_on_a_core_without() {
    let directory = TempDir::new().expect("a directory");
    for case in cases(16) {
        let header = c_source(&case.network, case.flash, "ticket").expect("code");
        write(directory.path(), "ticket.h", header);
        let of = match case.network.sensor() {
            Some(_) => "int32_t",
            None => "float",
        };
        let program = format!(
            "#include \"ticket.h\"
void classify(const {of} *inputs, int32_t *logits, uint16_t *classes);
void classify(const {of} *inputs, int32_t *logits, uint16_t *classes) {{
    ticket_logits(inputs, logits);
    ticket_classes(logits, classes);
}}
"
        );
        write(directory.path(), "board.c", program);
        run(Command::new("arm-none-eabi-gcc")
            .current_dir(directory.path())
            .args(WARNINGS)
            .args(["-Wmissing-prototypes", "-Wshadow", "-Wundef", "-Wcast-qual"])
            .args(["-mcpu=cortex-m0", "-Os", "-ffreestanding", "-c", "board.c"]));
        let output = Command::new("arm-none-eabi-nm")
            .args(["--undefined-only", "board.o"])
            .current_dir(directory.path())
            .output()
            .expect("binutils");
        let undefined = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(!undefined.contains("aeabi_f"), "{undefined}");
    }
}
