//! Packages for other systems: what Arduino, Zephyr and `PlatformIO` want to know is there, and their examples, compiled as
//! those systems compile, have the host's answers on an emulated board.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use itertools::Itertools;
use serde_json::Value;
use tempfile::TempDir;
use tombola_host::ticket::Ticket;

use super::tickets::{self, Case};
use super::{run, write};
use crate::firmware::checkout;
use crate::program::{fails, files, line, succeeds, tombola};

/// What stands for the systems: their headers, and what a board starts with.
const SYSTEMS: [(&str, &str); 5] = [
    ("system.c", include_str!("programs/systems/system.c")),
    ("string.h", include_str!("programs/systems/string.h")),
    ("Arduino.h", include_str!("programs/systems/Arduino.h")),
    (
        "zephyr/kernel.h",
        include_str!("programs/systems/zephyr/kernel.h"),
    ),
    (
        "zephyr/sys/printk.h",
        include_str!("programs/systems/zephyr/sys/printk.h"),
    ),
];

const M4F: &str = "-mcpu=cortex-m4 -mthumb -mfpu=fpv4-sp-d16 -mfloat-abi=hard -ffreestanding";

/// The compiler and flags of Arduino's cores, and those of a reader who wants no extension of C++.
const ARDUINO: [&str; 3] = [
    "arm-none-eabi-g++ -g -Os -Wall -Werror -std=gnu++11 -ffunction-sections -fdata-sections -fno-threadsafe-statics \
     -fno-rtti -fno-exceptions -nostdlib --param max-inline-insns-single=500",
    "arm-none-eabi-g++ -g -O3 -Wall -Wextra -Werror -std=gnu++17 -ffunction-sections -fno-rtti -fno-exceptions -flto",
    "arm-none-eabi-g++ -O2 -Wall -Wextra -Wpedantic -Werror -std=c++11 -fno-exceptions",
];

/// Those of Zephyr.
const ZEPHYR: [&str; 2] = [
    "arm-none-eabi-gcc -Os -std=c17 -fno-common -fno-strict-aliasing -Wall -Wextra -Wformat -Wformat-security \
     -Wdouble-promotion -Wpointer-arith -Wexpansion-to-defined -Wundef -Werror -ffunction-sections -fdata-sections \
     -fno-reorder-functions -fno-defer-pop",
    "arm-none-eabi-gcc -O2 -std=c99 -Wall -Werror",
];

/// A folder of systems and of packages.
struct Home(TempDir);

impl Home {
    fn new() -> Self {
        let home = TempDir::new().expect("a folder");
        for (name, text) in SYSTEMS {
            let path = home.path().join("systems").join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(path, text).expect("a file");
        }
        write(home.path(), "board.ld", include_str!("programs/board.ld"));
        Self(home)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Exports a ticket's package, as a user does.
    fn export(&self, ticket: &Ticket, package: &str, name: &str, options: &[&str]) -> PathBuf {
        let folder = self.path().join(name);
        let file = self.path().join(format!("{name}.safetensors"));
        ticket.write(&file).expect("a file");
        let mut command = tombola(["export", "--format", "c", "--package", package, "--prefix", name]);
        succeeds(command.arg(file).arg("--out").arg(&folder).args(options));
        folder
    }

    /// Compiles a program of these sources, which are within the home, as a system does, and returns what it says on an
    /// emulated Cortex-M4F.
    fn says(&self, compiler: &str, includes: &[String], sources: &[&str]) -> String {
        let mut words = compiler.split_whitespace();
        let compiler = words.next().expect("a compiler");
        let flags = words.collect_vec();
        run(Command::new("arm-none-eabi-gcc")
            .current_dir(self.path())
            .args(M4F.split(' '))
            .args("-O1 -c systems/system.c -o system.o".split(' ')));
        run(Command::new(compiler)
            .current_dir(self.path())
            .args(M4F.split(' '))
            .args(&flags)
            .args(["-I", "systems"])
            .args(includes.iter().flat_map(|folder| ["-I", folder]))
            .args(sources)
            .args("-nostdlib -T board.ld system.o -lgcc -o main".split(' ')));
        let output = Command::new("qemu-system-arm")
            .current_dir(self.path())
            .args("-machine mps2-an386 -display none -monitor none -serial none".split(' '))
            .args("-semihosting-config enable=on,target=native -kernel main".split(' '))
            .output()
            .expect("qemu-system-arm, which tests/run installs");
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
    }
}

fn default_ticket() -> Ticket {
    Ticket::read(&checkout().default_ticket()).expect("a ticket")
}

/// The options of a ticket in each form.
const FORMS: [&[&str]; 5] = [
    &[],
    &["--integer", "8"],
    &["--integer", "16"],
    &["--integer", "16", "--input-scale", "0.001"],
    &["--flash", "1500"],
];

/// What an example says of the default ticket: classes of eight samples, and that no answer differs.
#[track_caller]
fn is_right(said: &str, package: &str) {
    let lines = said.lines().collect_vec();
    assert!(
        lines.len() == 9
            && lines[0].starts_with("sample 0, moons: class ")
            && lines[0].contains(", circles: class ")
            && lines[8] == "0 answers differ from those of the host",
        "{package}: {said}"
    );
}

#[test]
#[ignore = "needs arm-none-eabi-gcc and QEMU; tests/run runs it"]
fn examples_have_the_hosts_answers_as_their_systems_compile_them() {
    let home = Home::new();
    let ticket = default_ticket();
    for (number, form) in FORMS.iter().enumerate() {
        let name = format!("arduino{number}");
        let folder = home.export(&ticket, "arduino", &name, form);
        let sketch = folder.join("examples/Classify/Classify.ino");
        // As the IDE does it.
        let program = format!(
            "#include <Arduino.h>\n#line 1 {sketch:?}\n{}",
            fs::read_to_string(&sketch).expect("a sketch")
        );
        fs::write(folder.join("examples/Classify/Classify.ino.cpp"), program).expect("a file");
        for flags in ARDUINO {
            let includes = [format!("{name}/src")];
            let source = format!("{name}/examples/Classify/Classify.ino.cpp");
            is_right(&home.says(flags, &includes, &[&source]), &name);
        }
        let name = format!("platformio{number}");
        home.export(&ticket, "platformio", &name, form);
        let includes = [format!("{name}/include")];
        let source = format!("{name}/examples/classify/src/main.cpp");
        is_right(&home.says(ARDUINO[0], &includes, &[&source]), &name);
        let name = format!("zephyr{number}");
        home.export(&ticket, "zephyr", &name, form);
        let includes = [format!("{name}/include")];
        let source = format!("{name}/samples/classify/src/main.c");
        for flags in ZEPHYR {
            is_right(&home.says(flags, &includes, &[&source]), &name);
        }
    }
}

/// A program of many tickets: each has names of its own, and each file of the program may include any of them.
fn write_all_in_one(home: &Home, cases: &[Case]) -> (Vec<String>, usize) {
    let (mut text, mut includes) = ("#include <Arduino.h>\n".to_owned(), vec![]);
    let mut body = String::new();
    for (number, case) in cases.iter().enumerate() {
        let name = format!("t{number}");
        let flash = case.flash.map(|flash| flash.to_string());
        let flash = flash.iter().flat_map(|flash| ["--flash", flash]).collect_vec();
        let folder = home.export(&case.ticket, "arduino", &name, &flash);
        includes.push(format!("{name}/src"));
        fs::copy(
            folder.join("examples/Classify/samples.h"),
            home.path().join(format!("{name}_samples.h")),
        )
        .expect("a file");
        let _ = writeln!(text, "#include \"{name}_samples.h\"");
        let _ = writeln!(
            body,
            "    wrong += {name}_wrong(); all += T{number}_SAMPLE_COUNT;"
        );
    }
    let _ = write!(
        text,
        "void setup() {{}}
void loop() {{
    int wrong = 0, all = 0;
{body}    Serial.print(wrong);
    Serial.print(\" of \");
    Serial.print(all);
    delay(1);
}}
"
    );
    write(home.path(), "all.cpp", &text);
    // Another file of the same program, which uses none of them.
    write(
        home.path(),
        "other.cpp",
        text.replace(
            "Arduino.h>",
            "Arduino.h>\n#define loop loop2\n#define setup setup2",
        )
        .replace("#include <Arduino.h>", "#define NO_MAIN\n#include <Arduino.h>"),
    );
    includes.push(".".to_owned());
    (includes, cases.len())
}

#[test]
#[ignore = "needs arm-none-eabi-gcc and QEMU; tests/run runs it"]
fn many_tickets_are_in_one_program_and_none_is_fused() {
    let home = Home::new();
    let cases = tickets::random_few();
    let (includes, count) = write_all_in_one(&home, &cases);
    assert!(10 < count);
    let sources = ["all.cpp", "other.cpp"];
    for flags in ARDUINO {
        let said = home.says(flags, &includes, &sources);
        let (wrong, all) = said.split_once(" of ").unwrap_or_else(|| panic!("{said}"));
        assert!(wrong == "0" && count < all.parse().expect("a number"), "{said}");
    }
    // Without what forbids it in the file, GCC fuses.
    for number in 0..count {
        let path = home.path().join(format!("t{number}/src/t{number}.h"));
        let text = fs::read_to_string(&path).expect("a header");
        let fused = text.replace("#pragma GCC optimize(\"fp-contract=off\")", "");
        assert_ne!(text, fused);
        fs::write(path, fused).expect("a header");
    }
    let said = home.says(ARDUINO[0], &includes, &sources);
    let wrong = said
        .split_once(" of ")
        .and_then(|(wrong, _)| wrong.parse::<u32>().ok());
    assert!(wrong.is_some_and(|wrong| 10 < wrong), "{said}");
}

/// By the specifications of the formats.
#[test]
fn a_package_says_what_its_system_wants_to_know() {
    let home = TempDir::new().expect("a folder");
    let ticket = home.path().join("t.safetensors");
    default_ticket().write(&ticket).expect("a file");
    let export = |package: &str| {
        let text = format!(
            "export @/t.safetensors --format c --package {package} --prefix gesture --out @/{package}"
        );
        succeeds(&mut line(home.path(), &text));
        let files = files(&home.path().join(package));
        let text = move |name: &str| {
            let bytes = files.get(Path::new(name));
            let bytes = bytes.unwrap_or_else(|| panic!("{name} is none of {:?}", files.keys()));
            String::from_utf8(bytes.clone()).expect("text")
        };
        assert!(text("README.md").starts_with("# gesture\n"));
        text
    };
    let text = &export("arduino");
    let properties = text("library.properties");
    let property = |key: &str| {
        let mut lines = properties.lines();
        let line = lines.find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
        line.unwrap_or_else(|| panic!("no {key} in {properties}"))
    };
    assert_eq!((property("name"), property("includes")), ("gesture", "gesture.h"));
    assert_eq!(
        (property("architectures"), property("category")),
        ("*", "Data Processing")
    );
    assert!(
        property("version")
            .split('.')
            .all(|part| part.parse::<u8>().is_ok())
    );
    for key in ["author", "maintainer", "sentence", "paragraph", "url"] {
        assert!(!property(key).is_empty(), "{key}");
    }
    text("src/gesture.h");
    text("examples/Classify/Classify.ino");
    let keywords = text("keywords.txt");
    assert!(
        keywords.lines().all(|line| line.split('\t').count() == 2),
        "{keywords}"
    );

    let text = &export("zephyr");
    assert_eq!(
        text("zephyr/module.yml"),
        "name: \"gesture\"\nbuild:\n  cmake: .\n  kconfig: Kconfig\nsamples:\n  - samples\n"
    );
    assert!(text("Kconfig").starts_with("config TOMBOLA_GESTURE\n\tbool \""));
    assert!(
        text("CMakeLists.txt").contains("if(CONFIG_TOMBOLA_GESTURE)\n  zephyr_include_directories(include)")
    );
    assert_eq!(text("samples/classify/prj.conf"), "CONFIG_TOMBOLA_GESTURE=y\n");
    text("include/gesture.h");

    let text = &export("platformio");
    let manifest: Value = serde_json::from_str(&text("library.json")).expect("JSON");
    assert_eq!(manifest["name"], "gesture");
    assert_eq!(manifest["headers"], "gesture.h");
    let example = &manifest["examples"][0];
    for file in example["files"].as_array().expect("files") {
        text(&format!(
            "{}/{}",
            example["base"].as_str().expect("a folder"),
            file.as_str().expect("a name")
        ));
    }
    text("include/gesture.h");
}

#[test]
fn what_is_edited_stays_and_code_is_made_anew() {
    let home = TempDir::new().expect("a folder");
    default_ticket()
        .write(&home.path().join("t.safetensors"))
        .expect("a file");
    let export = "export @/t.safetensors --format c --package arduino --out @/lib";
    succeeds(&mut line(home.path(), export));
    let made = files(&home.path().join("lib"));
    fs::write(home.path().join("lib/library.properties"), "name=mine\n").expect("a file");
    succeeds(&mut line(home.path(), &format!("{export} --integer 8")));
    let again = files(&home.path().join("lib"));
    let of = |name: &str| [&made, &again].map(|files| files[Path::new(name)].clone());
    assert_eq!(of("library.properties")[1], b"name=mine\n");
    let [floats, integers] = of("src/ticket.h");
    assert_ne!(floats, integers);
    // And the header is that of the format.
    let alone = succeeds(&mut line(
        home.path(),
        "export @/t.safetensors --format c --integer 8",
    ));
    assert_eq!(alone.into_bytes(), integers);
}

#[test]
fn a_folder_that_cannot_be_is_refused() {
    let home = TempDir::new().expect("a folder");
    default_ticket()
        .write(&home.path().join("t.safetensors"))
        .expect("a file");
    for (arguments, fragments) in [
        ("--format c --package arduino", &["makes a folder", "--out"][..]),
        ("--format c --package arduino --out -", &["makes a folder"]),
        (
            "--format c --package arduino --out @",
            &["did not make", "an empty one"],
        ),
        (
            "--format c --package arduino --out @/t.safetensors",
            &["cannot use the folder", "name another"],
        ),
        (
            "--format c --package arduino --out @/t.safetensors/below",
            &["t.safetensors"],
        ),
        (
            "--format rust --package arduino --out @/lib",
            &["--package is for --format c"],
        ),
        ("--format c --crate @/lib", &["--crate is for --format rust"]),
        (
            "--format rust --crate @/lib --out @/other",
            &["cannot be used with"],
        ),
        ("--format rust --crate @/7up", &["cannot be called '7up'"]),
        ("--format rust --crate @", &["cannot be called"]),
        (
            "--format c --package mbed --out @/lib",
            &["possible values", "zephyr"],
        ),
        ("--format c --data @/t.csv", &["--data is for"]),
    ] {
        fails(
            &mut line(home.path(), &format!("export @/t.safetensors {arguments}")),
            2,
            fragments,
        );
        assert_eq!(files(home.path()).len(), 1, "{arguments}");
    }
}
