//! A library of Arduino: `library.properties`, the header in `src`, and a sketch.
//!
//! Source of the format: Arduino's library specification, revision 2.2.

use super::{Contents, File, Package, samples};

pub(super) const PACKAGE: Package = Package {
    name: "arduino",
    about: "A library of Arduino, with a sketch",
    files,
    header: "src",
    usage,
};

fn files(contents: &Contents<'_>) -> Vec<File> {
    let Contents {
        prefix, upper, line, ..
    } = contents;
    let properties = format!(
        "name={prefix}
version=0.1.0
author=its user
maintainer=its user
sentence={line}.
paragraph=Code made by tombola export, with the bits of the host.
category=Data Processing
url=https://example.com/{prefix}
architectures=*
includes={prefix}.h
"
    );
    let keywords = format!(
        "{prefix}_logits\tKEYWORD2
{prefix}_classes\tKEYWORD2
{upper}_INPUT_COUNT\tLITERAL1
{upper}_OUTPUT_COUNT\tLITERAL1
{upper}_TASK_COUNT\tLITERAL1
"
    );
    vec![
        File::of_user("library.properties", properties),
        File::of_user("keywords.txt", keywords),
        File::of_user("examples/Classify/Classify.ino", sketch(contents)),
        File::code(
            "examples/Classify/samples.h".to_owned(),
            samples::header(contents),
        ),
    ]
}

/// A sketch, which is also the example of `PlatformIO`.
pub(super) fn sketch(contents: &Contents<'_>) -> String {
    let Contents { prefix, upper, .. } = contents;
    format!(
        "// Classifies stored samples, over and over. Put the readings of your sensors in their place.

#include <{prefix}.h>

#include \"samples.h\"

void setup() {{
    Serial.begin(115200);
}}

void loop() {{
    for (int sample = 0; sample < {upper}_SAMPLE_COUNT; sample++) {{
{}        Serial.print(\"sample \");
        Serial.print(sample);
        for (int task = 0; task < {upper}_TASK_COUNT; task++) {{
            Serial.print(\", \");
            Serial.print({prefix}_task_names[task]);
            Serial.print(\": class \");
            Serial.print(classes[task]);
        }}
        Serial.println();
    }}
    Serial.print({prefix}_wrong());
    Serial.println(\" answers differ from those of the host\");
    delay(1000);
}}
",
        contents.classify("        ")
    )
}

fn usage(contents: &Contents<'_>) -> String {
    let prefix = contents.prefix;
    format!(
        "Copy this folder into `libraries` in the folder of your sketches, or pack it and take Sketch, Include Library, Add .ZIP \
         Library.
Then open File, Examples, {prefix}, Classify; or, without the IDE:

```sh
arduino-cli compile --fqbn arduino:mbed_nano:nano33ble --library . examples/Classify
```

Before you publish the library, write your name and its page into `library.properties`.
"
    )
}
