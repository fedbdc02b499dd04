//! Text from outside leaves the program as text: whatever a label, a digest or a path holds, a picture is XML, and no
//! terminal obeys it.

use std::fs;

use tempfile::TempDir;
use tombola_host::ticket::{Origin, TaskPorts, Ticket};

use crate::program::{fails, succeeds, tombola};
use crate::reference::python;

/// Characters that XML forbids or a terminal obeys, and those that end a text in some language.
const HOSTILE: [&str; 8] = [
    "yes\u{1a}",
    "\u{1b}[2J\u{9b}1m",
    "\0a\u{7f}",
    "\u{fffe}\u{ffff}",
    "\u{202e}b\u{2066}",
    "c\u{2028}\nd",
    "]]>&<\"'\\",
    "*/ ??/ \\\u{fdd0}",
];

/// Of a softmax task with these labels, as another program may write it.
fn ticket() -> Ticket {
    let mut task = TaskPorts::new("task", [0, 1], 0..HOSTILE.len());
    task.classes = Some(HOSTILE.map(str::to_owned).to_vec());
    let params = (0..3 * HOSTILE.len()).map(|number| number as f32 - 7.5);
    let mut ticket = Ticket::new(&[2, HOSTILE.len()], vec![task], params.collect());
    ticket.origin = Some(Origin {
        seed: 0,
        data_seed: 0,
        level: 1,
        digest: HOSTILE[1].to_owned(),
        arm: Some(HOSTILE.concat()),
        result: None,
    });
    ticket
}

/// A directory with that ticket and samples for it.
fn home() -> TempDir {
    let home = TempDir::new().expect("a directory");
    ticket()
        .write(&home.path().join("t.safetensors"))
        .expect("a ticket");
    fs::write(home.path().join("d.csv"), "a,b\n1,2\n-3,4\n2,-9\n").expect("a file");
    home
}

/// No character but line breaks is a control character, turns the direction of text, or is none.
#[track_caller]
fn is_legible(text: &str) {
    let is_hostile = |&c: &char| {
        (c.is_control() && c != '\n')
            || [
                '\u{fffe}', '\u{ffff}', '\u{202e}', '\u{2066}', '\u{2028}', '\u{fdd0}',
            ]
            .contains(&c)
    };
    assert_eq!(text.chars().find(is_hostile), None, "{text:?}");
}

#[test]
fn what_is_said_of_a_ticket_is_legible_whatever_it_holds() {
    let home = home();
    for line in [
        "inspect t.safetensors",
        "inspect t.safetensors --json",
        "inspect t.safetensors --svg a.svg",
        "predict t.safetensors --data d.csv",
        "predict t.safetensors --data d.csv --json",
        "export t.safetensors --format rust",
        "export t.safetensors --format c",
        "export t.safetensors --format onnx --out a.onnx",
    ] {
        is_legible(&succeeds(tombola(line.split(' ')).current_dir(home.path())));
    }
    let picture = fs::read_to_string(home.path().join("a.svg")).expect("a picture");
    is_legible(&picture);
    assert!(picture.contains("yes\\u{1a}"), "{picture}");
}

#[test]
fn what_is_said_of_a_path_or_an_argument_is_legible() {
    let home = home();
    let name = "a\u{1b}[2J\u{202e}.csv";
    for arguments in [
        ["predict", "t.safetensors", "--data", name],
        ["inspect", name, "--svg", "x"],
        ["data", "moons", "--out", "no\u{1b}where/x.csv"],
        ["run", "--set", name, "--quiet"],
        ["experiments", name, "--", name],
        ["run", name, "--set", "seeds=1"],
        ["run", "--seeds", name, "--quiet"],
        ["export", "t.safetensors", "--format", name],
    ] {
        let output = tombola(arguments)
            .current_dir(home.path())
            .output()
            .expect("the program starts");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        is_legible(&String::from_utf8(output.stderr).expect("text"));
    }
}

#[cfg(unix)]
#[test]
fn a_path_that_is_no_text_is_read_and_named() {
    use std::os::unix::ffi::OsStrExt;
    let home = home();
    let name = std::ffi::OsStr::from_bytes(b"\xff\x1bt");
    fails(
        tombola([std::ffi::OsStr::new("inspect"), name]).current_dir(home.path()),
        2,
        &["no such file"],
    );
    fs::rename(home.path().join("t.safetensors"), home.path().join(name)).expect("renamed");
    is_legible(&succeeds(
        tombola([std::ffi::OsStr::new("inspect"), name]).current_dir(home.path()),
    ));
}

#[test]
fn labels_that_nobody_can_want_are_refused_with_their_line() {
    let home = home();
    let settings =
        "[data]\ntrain = 2\nvalidation = 1\ntest = 1\n[[data.task]]\nkind = \"csv\"\npath = \"l.csv\"\n";
    fs::write(home.path().join("e.toml"), settings).expect("a file");
    for label in &HOSTILE[..5] {
        let text = format!("a,label\n1,{label}\n2,0\n3,0\n4,0\n");
        fs::write(home.path().join("l.csv"), text).expect("a file");
        let run = ["run", "e.toml", "--quiet"];
        fails(
            tombola(run).current_dir(home.path()),
            2,
            &["l.csv:2: column 'label'", "take it out"],
        );
    }
}

/// By a parser that is not ours.
#[test]
#[ignore = "needs Python; tests/run runs it"]
fn a_picture_is_xml_whatever_its_labels_are() {
    let home = home();
    succeeds(tombola("inspect t.safetensors --svg a.svg".split(' ')).current_dir(home.path()));
    let program = "import xml.etree.ElementTree as e; print(''.join(e.parse('a.svg').getroot().itertext()))";
    let text = succeeds(python().args(["-c", program]).current_dir(home.path()));
    assert!(
        text.contains("task yes\\u{1a}") && text.contains("task ]]>&<\"'\\"),
        "{text}"
    );
}
