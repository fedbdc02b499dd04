//! The C header: the core's bits from the system's compiler, and not one warning from any.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;
use tombola_host::export::c::source;
use tombola_host::export::program::Program;

use super::tickets::{self, Case};
use super::{differences, run, write_samples};

const WARNINGS: [&str; 5] = ["-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror"];

/// What reads samples and writes answers.
const HEAD: &str = "
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static FILE *file(int number, const char *ending, const char *mode) {
    char name[32];
    sprintf(name, \"%d.%s\", number, ending);
    FILE *file = fopen(name, mode);
    if (!file) {
        perror(name);
        exit(1);
    }
    return file;
}

static void put(FILE *out, const void *words, size_t count) {
    if (fwrite(words, 4, count, out) != count) {
        exit(1);
    }
}
";

/// The same on an emulated Cortex-M4F, whose host opens the files for it: as much of a C library as the program needs,
/// and what the core starts with.
const BOARD_HEAD: &str = "
#include <stddef.h>
#include <stdint.h>

typedef struct { uint32_t handle; } FILE;
static FILE in_file, out_file;

static uint32_t host(uint32_t operation, uint32_t argument) {
    register uint32_t r0 __asm__(\"r0\") = operation;
    register uint32_t r1 __asm__(\"r1\") = argument;
    __asm__ volatile(\"bkpt 0xab\" : \"+r\"(r0) : \"r\"(r1) : \"memory\");
    return r0;
}

static void exit(int code) {
    host(0x18, code ? 0x20023 : 0x20026);
}

static uint32_t transfer(uint32_t operation, FILE *file, const void *words, uint32_t count) {
    uint32_t block[3] = {file->handle, (uint32_t)words, 4 * count};
    return host(operation, (uint32_t)block);
}

static FILE *file(int number, const char *ending, const char *mode) {
    char name[] = {(char)('0' + number / 10), (char)('0' + number % 10), '.', ending[0], ending[1], ending[2], 0};
    uint32_t skip = number < 10, is_out = mode[0] == 'w';
    uint32_t block[3] = {(uint32_t)(name + skip), is_out ? 5 : 1, (is_out ? 6 : 5) - skip};
    FILE *opened = is_out ? &out_file : &in_file;
    opened->handle = host(1, (uint32_t)block);
    return opened;
}

static void put(FILE *out, const void *words, size_t count) {
    if (transfer(5, out, words, count)) {
        exit(1);
    }
}

static size_t fread(void *words, size_t size, size_t count, FILE *in) {
    return count - transfer(6, in, words, count) / size;
}

static int fclose(FILE *file) {
    return (int)host(2, (uint32_t)&file->handle);
}

static int strcmp(const char *one, const char *other) {
    while (*one && *one == *other) {
        one++, other++;
    }
    return *one - *other;
}

void *memcpy(void *to, const void *from, size_t count) {
    for (size_t i = 0; i < count; i++) {
        ((volatile char *)to)[i] = ((const char *)from)[i];
    }
    return to;
}

void *memset(void *to, int byte, size_t count) {
    for (size_t i = 0; i < count; i++) {
        ((volatile char *)to)[i] = (char)byte;
    }
    return to;
}

int main(void);
__attribute__((naked)) void reset(void);
void reset(void) {
    __asm__ volatile(\"movw r0, #0xED88\\n movt r0, #0xE000\\n mov r1, #0xF00000\\n str r1, [r0]\\n dsb\\n isb\\n bl main\\n\"
                     \"movs r0, #0x18\\n movw r1, #0x26\\n movt r1, #2\\n bkpt 0xab\");
}
__attribute__((section(\".vectors\"), used)) static const uint32_t vectors[2];
static const uint32_t vectors[2] = {0x20400000, (uint32_t)reset};
";

const BOARD_LAYOUT: &str = "
MEMORY {
    FLASH : ORIGIN = 0, LENGTH = 4M
    RAM : ORIGIN = 0x20000000, LENGTH = 3M
}
ENTRY(reset)
SECTIONS {
    .text : { KEEP(*(.vectors)) *(.text*) *(.rodata*) } > FLASH
    .bss (NOLOAD) : { *(.bss*) } > RAM
    /DISCARD/ : { *(.ARM.*) *(.comment) }
}
";

/// Writes the headers of all cases and a program that calls them; `code` makes a header, its names beginning with the
/// given prefix.
fn write_program(directory: &Path, cases: &[Case], code: impl Fn(&Case, &str) -> String) {
    write_program_for(HEAD, directory, cases, code);
}

/// The same, on what `head` defines.
fn write_program_for(head: &str, directory: &Path, cases: &[Case], code: impl Fn(&Case, &str) -> String) {
    let (mut text, mut main) = (head.to_owned(), "int main(void) {\n".to_owned());
    for (number, case) in cases.iter().enumerate() {
        let prefix = format!("t{number}");
        fs::write(directory.join(format!("{prefix}.h")), code(case, &prefix)).expect("a header is written");
        let program = Program::of(&case.ticket).expect("a program");
        let mut parts = String::new();
        for part in &program.groups {
            let inputs: Vec<_> = part.inputs.iter().map(|input| format!("x[{input}]")).collect();
            let (name, fan_in, fan_out) = (&part.name, part.inputs.len(), part.outputs.len());
            let inputs = inputs.join(", ");
            let _ = writeln!(
                parts,
                "        {{ float in[{fan_in}] = {{{inputs}}}; float part[{fan_out}]; {prefix}_{name}(in, part); \
                 put(out, part, {fan_out}); }}"
            );
        }
        let (weights_left, weights_active) = (program.weights_left, program.weights_active);
        let _ = writeln!(
            text,
            "#include \"{prefix}.h\"
static void answer_{prefix}(void) {{
    FILE *in = file({number}, \"in\", \"rb\"), *out = file({number}, \"out\", \"wb\");
    float x[T{number}_INPUT_COUNT];
    while (fread(x, 4, T{number}_INPUT_COUNT, in) == T{number}_INPUT_COUNT) {{
        float logits[T{number}_OUTPUT_COUNT];
        uint16_t classes[T{number}_TASK_COUNT];
        {prefix}_logits(x, logits);
        put(out, logits, T{number}_OUTPUT_COUNT);
{parts}        {prefix}_classes(logits, classes);
        for (int task = 0; task < T{number}_TASK_COUNT; task++) {{
            uint32_t class = classes[task];
            put(out, &class, 1);
        }}
    }}
    if (strcmp({prefix}_task_names[0], \"{first}\") || T{number}_WEIGHTS_LEFT != {weights_left}
        || T{number}_WEIGHTS_ACTIVE != {weights_active} || fclose(in) || fclose(out)) {{
        exit(1);
    }}
}}",
            first = program.tasks[0].name,
        );
        let _ = writeln!(main, "    answer_{prefix}();");
    }
    fs::write(directory.join("main.c"), text + &main + "    return 0;\n}\n").expect("a program is written");
}

fn code(case: &Case, prefix: &str) -> String {
    source(&case.ticket, case.flash, prefix).unwrap_or_else(|error| panic!("{}: {error:#}", case.name))
}

/// Compiles the program with these flags, runs it, and returns how many answers differ, and of how many.
fn differences_with(directory: &Path, cases: &[Case], flags: &[&str]) -> (usize, usize) {
    run(Command::new("cc")
        .current_dir(directory)
        .args(flags)
        .args(["main.c", "-o", "main"]));
    write_samples(directory, cases);
    run(Command::new(directory.join("main")).current_dir(directory));
    differences(directory, cases)
}

#[test]
#[ignore = "needs cc; tests/run runs it"]
fn c_has_the_bits_of_the_core() {
    let directory = TempDir::new().expect("a directory");
    let cases = tickets::all();
    write_program(directory.path(), cases, code);
    let flags = [&WARNINGS[..], &["-O1", "-ffp-contract=off"]].concat();
    let (different, compared) = differences_with(directory.path(), cases, &flags);
    assert_eq!(different, 0, "of {compared} answers");
    assert!(300 * super::SAMPLES < compared, "{compared}");
}

#[test]
#[ignore = "needs cc; tests/run runs it"]
fn c_has_the_bits_of_the_core_however_it_is_compiled() {
    let directory = TempDir::new().expect("a directory");
    let cases = tickets::random_few();
    write_program(directory.path(), &cases, code);
    let mut every = vec![&["-O0"][..], &["-O3", "-std=gnu17"], &["-Os"]];
    if cfg!(any(target_arch = "x86_64", target_arch = "aarch64")) {
        every.push(&["-O3", "-std=gnu17", "-march=native"]);
    }
    for flags in every {
        let flags = [flags, &["-ffp-contract=off"]].concat();
        let (different, compared) = differences_with(directory.path(), &cases, &flags);
        assert_eq!(different, 0, "of {compared} answers, {flags:?}");
    }
}

/// The header says so in its first lines.
#[cfg(target_arch = "x86_64")]
#[test]
#[ignore = "needs cc; tests/run runs it"]
fn c_that_is_fused_has_other_bits() {
    if !std::arch::is_x86_feature_detected!("fma") {
        return;
    }
    let directory = TempDir::new().expect("a directory");
    let cases = tickets::random_few();
    write_program(directory.path(), &cases, code);
    let flags = ["-O2", "-mfma", "-ffp-contract=fast"];
    let (different, _) = differences_with(directory.path(), &cases, &flags);
    assert_ne!(different, 0);
}

#[test]
#[ignore = "needs cc; tests/run runs it"]
fn one_wrong_bit_is_seen() {
    let directory = TempDir::new().expect("a directory");
    let cases = tickets::random_few();
    write_program(directory.path(), &cases, |case, prefix| {
        source(&tickets::spoiled(&case.ticket), case.flash, prefix).expect("code")
    });
    let (different, compared) = differences_with(directory.path(), &cases, &["-O1", "-ffp-contract=off"]);
    assert!(compared / 4 < different, "{different} of {compared}");
}

#[test]
#[ignore = "needs cc; tests/run runs it"]
fn c_refuses_a_compiler_that_would_change_its_bits() {
    let directory = TempDir::new().expect("a directory");
    let cases = tickets::random_few();
    write_program(directory.path(), &cases[..1], code);
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
        fs::write(directory.path().join("ticket.h"), code(case, "ticket")).expect("a header is written");
        let program = "#include \"ticket.h\"
void classify(const float *inputs, float *logits, uint16_t *classes);
void classify(const float *inputs, float *logits, uint16_t *classes) {
    ticket_logits(inputs, logits);
    ticket_classes(logits, classes);
}
";
        fs::write(directory.path().join("board.c"), program).expect("a program is written");
        let core: &[&str] = match number % 3 {
            0 => &["-mcpu=cortex-m4", "-mfpu=fpv4-sp-d16", "-mfloat-abi=hard"],
            1 => &["-mcpu=cortex-m0"],
            _ => &["-mcpu=cortex-m7", "-mfpu=fpv5-sp-d16", "-mfloat-abi=hard"],
        };
        run(Command::new("arm-none-eabi-gcc")
            .current_dir(directory.path())
            .args(WARNINGS)
            .args([
                "-Wmissing-prototypes",
                "-Wconversion",
                "-Wdouble-promotion",
                "-Wshadow",
                "-Wundef",
                "-Wcast-qual",
            ])
            .args(core)
            .args(["-O2", "-ffreestanding", "-ffp-contract=off", "-c", "board.c"]));
    }
}

/// On the core that most boards have, and with the compiler that most are built with.
#[test]
#[ignore = "needs arm-none-eabi-gcc and QEMU; tests/run runs it"]
fn c_has_the_bits_of_the_core_on_an_emulated_board() {
    let directory = TempDir::new().expect("a directory");
    let cases = tickets::random_few();
    write_program_for(BOARD_HEAD, directory.path(), &cases, code);
    fs::write(directory.path().join("board.ld"), BOARD_LAYOUT).expect("a layout is written");
    run(Command::new("arm-none-eabi-gcc")
        .current_dir(directory.path())
        .args(["-mcpu=cortex-m4", "-mfpu=fpv4-sp-d16", "-mfloat-abi=hard"])
        .args(["-O2", "-std=gnu11", "-ffreestanding", "-ffp-contract=off"])
        .args(["-nostdlib", "-T", "board.ld", "main.c", "-lgcc", "-o", "main"]));
    write_samples(directory.path(), &cases);
    run(Command::new("qemu-system-arm")
        .current_dir(directory.path())
        .args(["-machine", "mps2-an386", "-display", "none", "-monitor", "none"])
        .args([
            "-serial",
            "none",
            "-semihosting-config",
            "enable=on,target=native",
        ])
        .args(["-kernel", "main"]));
    let (different, compared) = differences(directory.path(), &cases);
    assert_eq!(different, 0, "of {compared} answers");
}
