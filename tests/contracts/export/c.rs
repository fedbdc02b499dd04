//! The C header: the core's bits from the system's compiler, and not one warning from any.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;
use tombola_host::export::c::source;
use tombola_host::export::program::Program;

use super::tickets::{self, Case};
use super::{a_wrong_bit_is_seen, emulate, has_the_bits_of_the_core, inputs, run, write};

const WARNINGS: [&str; 5] = ["-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror"];

/// What the program of this machine is compiled with where nothing else is asked for.
pub(super) const FLAGS: [&str; 1] = ["-O1"];

/// Writes the headers of all cases and a program that calls them, on what `head` defines.
pub(super) fn write_program(head: &str, directory: &Path, cases: &[Case]) {
    let (mut text, mut main) = (head.to_owned(), "int main(void) {\n".to_owned());
    for (number, case) in cases.iter().enumerate() {
        let prefix = format!("t{number}");
        write(directory, &format!("{prefix}.h"), code(case, &prefix));
        let program = Program::of(&case.ticket).expect("a program");
        let groups = program.groups.iter().map(|group| {
            let (name, inputs) = (&group.name, inputs(group));
            let (fan_in, fan_out) = (group.inputs.len(), group.outputs.len());
            format!(
                "        {{ float in[{fan_in}] = {{{inputs}}}; float some[{fan_out}]; {prefix}_{name}(in, some); \
                 put(out, some, {fan_out}); }}\n"
            )
        });
        let groups: String = groups.collect();
        let (weights_left, weights_active) = (program.weights_left, program.weights_active);
        let is_other = format!(
            "strcmp({prefix}_task_names[0], \"{}\") || T{number}_WEIGHTS_LEFT != {weights_left}
        || T{number}_WEIGHTS_ACTIVE != {weights_active} || ",
            program.tasks[0].name,
        );
        text += &answer(number, ["float", "float"], &groups, &is_other);
        let _ = writeln!(main, "    answer_{prefix}();");
    }
    write(directory, "main.c", text + &main + "    return 0;\n}\n");
}

/// A function that answers the samples of a case, whose header it includes. `input` and `logit` are their types, `groups`
/// calls the code of each group, and where `is_other`, which ends in an operator or is empty, the program fails.
pub(super) fn answer(number: usize, [input, logit]: [&str; 2], groups: &str, is_other: &str) -> String {
    let prefix = format!("t{number}");
    format!(
        "#include \"{prefix}.h\"
static void answer_{prefix}(void) {{
    FILE *in = file({number}, \"in\", \"rb\"), *out = file({number}, \"out\", \"wb\");
    {input} x[T{number}_INPUT_COUNT];
    while (fread(x, 4, T{number}_INPUT_COUNT, in) == T{number}_INPUT_COUNT) {{
        {logit} logits[T{number}_OUTPUT_COUNT];
        uint16_t classes[T{number}_TASK_COUNT];
        {prefix}_logits(x, logits);
        put(out, logits, T{number}_OUTPUT_COUNT);
{groups}        {prefix}_classes(logits, classes);
        for (int task = 0; task < T{number}_TASK_COUNT; task++) {{
            uint32_t number = classes[task];
            put(out, &number, 1);
        }}
    }}
    if ({is_other}fclose(in) || fclose(out)) {{
        exit(1);
    }}
}}
"
    )
}

fn code(case: &Case, prefix: &str) -> String {
    source(&case.ticket, case.flash, prefix).unwrap_or_else(|error| panic!("{}: {error:#}", case.name))
}

/// Compiles the code of all cases into one program with these flags and runs it.
pub(super) fn answer_all(directory: &Path, cases: &[Case], flags: &[&str]) {
    write_program(include_str!("programs/host.c"), directory, cases);
    run_main(directory, flags);
}

/// Compiles the program that was written, and runs it.
pub(super) fn run_main(directory: &Path, flags: &[&str]) {
    run(Command::new("cc")
        .current_dir(directory)
        .args(flags)
        .args(["main.c", "-o", "main"]));
    run(Command::new(directory.join("main")).current_dir(directory));
}

#[test]
#[ignore = "needs cc; tests/run runs it"]
fn c_has_the_bits_of_the_core() {
    let flags = [&WARNINGS[..], &FLAGS].concat();
    let compared = has_the_bits_of_the_core(tickets::all(), |directory, cases| {
        answer_all(directory, cases, &flags);
    });
    assert!(300 * super::SAMPLES < compared, "{compared}");
}

#[test]
#[ignore = "needs cc; tests/run runs it"]
fn c_has_the_bits_of_the_core_however_it_is_compiled() {
    let mut every = vec![&["-O0"][..], &["-O3", "-std=gnu17"], &["-Os"]];
    if cfg!(any(target_arch = "x86_64", target_arch = "aarch64")) {
        every.push(&["-O3", "-std=gnu17", "-march=native"]);
        every.push(&["-O2", "-march=native", "-ffp-contract=fast"]);
    }
    for flags in every {
        has_the_bits_of_the_core(&tickets::random_few(), |directory, cases| {
            answer_all(directory, cases, flags);
        });
    }
}

/// What forbids it stands in the header.
#[cfg(target_arch = "x86_64")]
#[test]
#[ignore = "needs cc; tests/run runs it"]
fn c_that_is_fused_has_other_bits() {
    if !std::arch::is_x86_feature_detected!("fma") {
        return;
    }
    let cases = tickets::random_few();
    let [different, _] = super::differences(&cases, |directory| {
        write_program(include_str!("programs/host.c"), directory, &cases);
        for number in 0..cases.len() {
            let path = directory.join(format!("t{number}.h"));
            let text = std::fs::read_to_string(&path).expect("a header");
            let text = text.replace("optimize(\"fp-contract=off\")", "optimize(\"fp-contract=fast\")");
            let text = text.replace("FP_CONTRACT OFF", "FP_CONTRACT ON");
            std::fs::write(path, text).expect("a header");
        }
        run_main(directory, &["-O2", "-mfma"]);
    });
    assert_ne!(different, 0);
}

#[test]
#[ignore = "needs cc; tests/run runs it"]
fn one_wrong_bit_is_seen() {
    a_wrong_bit_is_seen(|directory, cases| answer_all(directory, cases, &FLAGS));
}

#[test]
#[ignore = "needs cc; tests/run runs it"]
fn c_refuses_a_compiler_that_would_change_its_bits() {
    let directory = TempDir::new().expect("a directory");
    let cases = tickets::random_few();
    write_program(include_str!("programs/host.c"), directory.path(), &cases[..1]);
    let output = Command::new("cc")
        .current_dir(directory.path())
        .args(["-ffast-math", "-c", "main.c"])
        .output()
        .expect("cc starts");
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("-ffast-math has other bits"));
}

/// The compiler that most boards are built with.
#[test]
#[ignore = "needs arm-none-eabi-gcc; tests/run runs it"]
fn c_compiles_for_a_board_without_a_warning() {
    let directory = TempDir::new().expect("a directory");
    for (number, case) in tickets::all().iter().step_by(3).enumerate() {
        write(directory.path(), "ticket.h", code(case, "ticket"));
        let program = "#include \"ticket.h\"
void classify(const float *inputs, float *logits, uint16_t *classes);
void classify(const float *inputs, float *logits, uint16_t *classes) {
    ticket_logits(inputs, logits);
    ticket_classes(logits, classes);
}
";
        write(directory.path(), "board.c", program);
        let core: &[&str] = match number % 3 {
            0 => &["-mcpu=cortex-m4", "-mfpu=fpv4-sp-d16", "-mfloat-abi=hard"],
            1 => &["-mcpu=cortex-m0"],
            _ => &["-mcpu=cortex-m7", "-mfpu=fpv5-sp-d16", "-mfloat-abi=hard"],
        };
        run(Command::new("arm-none-eabi-gcc")
            .current_dir(directory.path())
            .args(WARNINGS)
            .args(["-Wmissing-prototypes", "-Wconversion", "-Wdouble-promotion"])
            .args(["-Wshadow", "-Wundef", "-Wcast-qual"])
            .args(core)
            .args(["-O2", "-ffreestanding", "-c", "board.c"]));
    }
}

/// On the core that most boards have, and with the compiler that most are built with, which fuses products and sums unless
/// it is told not to.
#[test]
#[ignore = "needs arm-none-eabi-gcc and QEMU; tests/run runs it"]
fn c_has_the_bits_of_the_core_on_an_emulated_board() {
    for compiler in [
        "arm-none-eabi-gcc -O2 -std=gnu11",
        "arm-none-eabi-gcc -O3 -std=gnu17 -ffp-contract=fast",
        "arm-none-eabi-g++ -Os -std=gnu++11 -fno-exceptions -x c++",
        "arm-none-eabi-g++ -O3 -std=gnu++17 -fno-exceptions -x c++",
    ] {
        has_the_bits_of_the_core(&tickets::random_few(), |directory, cases| {
            write_program(include_str!("programs/board.c"), directory, cases);
            write(directory, "board.ld", include_str!("programs/board.ld"));
            let mut words = compiler.split(' ');
            run(Command::new(words.next().expect("a compiler"))
                .current_dir(directory)
                .args(words)
                .args("-mcpu=cortex-m4 -mfpu=fpv4-sp-d16 -mfloat-abi=hard -ffreestanding".split(' '))
                .args("-nostdlib -T board.ld main.c -lgcc -o main".split(' ')));
            emulate(directory);
        });
    }
}
