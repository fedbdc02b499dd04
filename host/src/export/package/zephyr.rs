//! A module of Zephyr: `zephyr/module.yml`, `CMake` and Kconfig, the header in `include`, and a sample.
//!
//! Source of the format: Zephyr's documentation, Modules (External projects) and Kconfig extensions.

use super::{Contents, File, Package, samples};

pub(super) const PACKAGE: Package = Package {
    name: "zephyr",
    about: "A module of Zephyr, with a sample",
    files,
    header: "include",
    usage,
};

/// The symbol of Kconfig that brings the header in.
fn symbol(contents: &Contents<'_>) -> String {
    format!("TOMBOLA_{}", contents.upper)
}

fn files(contents: &Contents<'_>) -> Vec<File> {
    let Contents { prefix, line, .. } = contents;
    let symbol = symbol(contents);
    let module =
        format!("name: \"{prefix}\"\nbuild:\n  cmake: .\n  kconfig: Kconfig\nsamples:\n  - samples\n");
    let cmake = format!(
        "# The header alone: code in it is compiled where it is included.
if(CONFIG_{symbol})
  zephyr_include_directories(include)
endif()
"
    );
    let unit = if contents.answers.whole_logits {
        ""
    } else {
        "\timply FPU if CPU_HAS_FPU\n"
    };
    let kconfig = format!(
        "config {symbol}
\tbool \"{prefix}: a classifier made by tombola\"
{unit}\thelp
\t  {line}.
"
    );
    let sample_cmake = format!(
        "cmake_minimum_required(VERSION 3.20.0)

# A project of your own names the folder of the module as this does, or has it in its west manifest.
list(APPEND ZEPHYR_EXTRA_MODULES ${{CMAKE_CURRENT_SOURCE_DIR}}/../..)

find_package(Zephyr REQUIRED HINTS $ENV{{ZEPHYR_BASE}})
project({prefix}_classify)

target_sources(app PRIVATE src/main.c)
"
    );
    let twister = format!(
        "sample:
  name: {prefix} classifies stored samples
tests:
  sample.tombola.{prefix}:
    tags: tombola
    integration_platforms:
      - mps2/an386
    harness: console
    harness_config:
      type: one_line
      regex:
        - \"^0 answers differ from those of the host\"
"
    );
    let sample = |name: &str| format!("samples/classify/{name}");
    vec![
        File::of_user("zephyr/module.yml", module),
        File::of_user("CMakeLists.txt", cmake),
        File::of_user("Kconfig", kconfig),
        File::of_user(sample("CMakeLists.txt"), sample_cmake),
        File::of_user(sample("prj.conf"), format!("CONFIG_{symbol}=y\n")),
        File::of_user(sample("sample.yaml"), twister),
        File::of_user(sample("src/main.c"), main(contents)),
        File::code(sample("src/samples.h"), samples::header(contents)),
    ]
}

fn main(contents: &Contents<'_>) -> String {
    let Contents { prefix, upper, .. } = contents;
    format!(
        "// Classifies stored samples. Put the readings of your sensors in their place.

#include <zephyr/kernel.h>
#include <zephyr/sys/printk.h>

#include <{prefix}.h>

#include \"samples.h\"

int main(void)
{{
    for (int sample = 0; sample < {upper}_SAMPLE_COUNT; sample++) {{
{}        printk(\"sample %d\", sample);
        for (int task = 0; task < {upper}_TASK_COUNT; task++) {{
            printk(\", %s: class %d\", {prefix}_task_names[task], classes[task]);
        }}
        printk(\"\\n\");
    }}
    printk(\"%d answers differ from those of the host\\n\", {prefix}_wrong());
    return 0;
}}
",
        contents.classify("        ")
    )
}

fn usage(contents: &Contents<'_>) -> String {
    let symbol = symbol(contents);
    format!(
        "Its sample, from a workspace of Zephyr:

```sh
west build --board nrf52840dk/nrf52840 FOLDER/samples/classify && west flash
```

An application of your own takes the module by `list(APPEND ZEPHYR_EXTRA_MODULES FOLDER)` before `find_package(Zephyr)` in its
`CMakeLists.txt`, or as a project in its west manifest, and has `CONFIG_{symbol}=y` in `prj.conf`.
"
    )
}
