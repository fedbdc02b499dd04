//! A library of `PlatformIO`: `library.json`, the header in `include`, and a project that uses it.
//!
//! Source of the format: `PlatformIO`'s documentation, `library.json`, and its JSON schema.

use serde_json::json;

use super::arduino::sketch;
use super::{Contents, File, Package, samples};

pub(super) const PACKAGE: Package = Package {
    name: "platformio",
    about: "A library of PlatformIO, with a project",
    files,
    header: "include",
    usage,
};

fn files(contents: &Contents<'_>) -> Vec<File> {
    let Contents { prefix, line, .. } = contents;
    let manifest = json!({
        "name": prefix,
        "version": "0.1.0",
        "description": format!("{line}. Code made by tombola export, with the bits of the host."),
        "keywords": ["classifier", "neural network", "tombola"],
        "frameworks": "*",
        "platforms": "*",
        "headers": format!("{prefix}.h"),
        "examples": [{
            "name": "classify",
            "base": "examples/classify",
            "files": ["platformio.ini", "src/main.cpp", "src/samples.h"],
        }],
    });
    let manifest = serde_json::to_string_pretty(&manifest).expect("text") + "\n";
    let project = "[env:nano33ble]
platform = nordicnrf52
board = nano33ble
framework = arduino
monitor_speed = 115200
; This library, where it lies; a published one is named instead.
lib_deps = symlink://../..
"
    .to_owned();
    let example = |name: &str| format!("examples/classify/{name}");
    vec![
        File::of_user("library.json", manifest),
        File::of_user(example("platformio.ini"), project),
        File::of_user(
            example("src/main.cpp"),
            format!("#include <Arduino.h>\n\n{}", sketch(contents)),
        ),
        File::code(example("src/samples.h"), samples::header(contents)),
    ]
}

fn usage(_: &Contents<'_>) -> String {
    "Its example, on a board of your own:

```sh
pio run --project-dir examples/classify --target upload --target monitor
```

A project of your own takes the library by `lib_deps = symlink://FOLDER`, or from `lib` in the project.
"
    .to_owned()
}
