//! Checks that bad input ends with exit code 2 and one message that names the place and the remedy, never a panic.

use std::fs;
use std::iter;
use std::path::PathBuf;
use std::process::Command;

use rand_core::Rng;
use tempfile::TempDir;
use tombola::random::{Purpose, below, stream};

use crate::program::{fails, line, succeeds, tombola};

/// A home with a small experiment, its run, and a ticket of it.
struct Home {
    home: TempDir,
}

impl Home {
    fn new() -> Self {
        let home = TempDir::new().expect("a temporary directory");
        let this = Self { home };
        this.write(
            "small.toml",
            "seeds = 1\n[data]\ntrain = 50\nvalidation = 20\ntest = 20\n[network]\nhidden = [5]\n[training]\nepochs = 2\n\
             [pruning]\nlevels = 2\n",
        );
        this.run("run small.toml --quiet --out run");
        this
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).expect("a file");
    }

    fn ticket(&self) -> Vec<u8> {
        fs::read(self.path("run/tickets/0-2.safetensors")).expect("a ticket")
    }

    /// The program with this command line, in the home; `@` stands for its path.
    fn command(&self, text: &str) -> Command {
        let mut command = line(self.home.path(), text);
        command.current_dir(self.home.path());
        command
    }

    fn run(&self, line: &str) -> String {
        succeeds(&mut self.command(line))
    }

    /// The command line is refused as bad input.
    #[track_caller]
    fn check(&self, line: &str, fragments: &[&str]) {
        fails(&mut self.command(line), 2, fragments);
    }
}

#[test]
fn commands_and_flags_that_are_not_there_are_refused_with_the_nearest() {
    let home = Home::new();
    home.check("experimants", &["experimants", "experiments"]);
    home.check("run --sedes 3", &["--sedes", "--seeds"]);
    home.check("run --seeds three", &["three"]);
    home.check("run --jobs -1", &["-1"]);
    home.check(
        "slurm small.toml --dry-run --tasks 4294967295",
        &["4294967295", "1..=100000"],
    );
    home.check("slurm small.toml --dry-run --tasks 0", &["0 is not in"]);
    home.check("completions klingon", &["klingon"]);
    home.check("data moon --out @/x.csv", &["moon", "moons"]);
    home.check("trajectory", &["exactly three"]);
    for (arguments, fragment) in [
        (
            "--rate 0.2 --levels 3 --target 50 --parameters 100",
            "exactly three",
        ),
        ("--rate NaN --levels 3 --target 50", "between 0 and 1"),
        ("--rate 0.5 --levels 30 --parameters 100", "no trajectory fits"),
        ("--extend 4-2 --rate 0.5 --levels 3", "hidden layer"),
        ("--extend 4-x-2 --rate 0.5 --levels 3", "4-8-8-2"),
    ] {
        home.check(&format!("trajectory {arguments}"), &[fragment]);
    }
    home.check("experiments moons", &["moons-circles"]);
}

#[test]
fn experiments_that_make_no_sense_are_refused_with_place_and_remedy() {
    let home = Home::new();
    home.check("run nothing.toml", &["nothing.toml"]);
    home.check("run moon-circles", &["moons-circles"]);
    home.check("run @", &["directory"]);
    home.check("run --set training.lerning_rate=1", &["training.lerning_rate"]);
    home.check("run --set training.rate", &["training.rate", "="]);
    home.check("run --set training.rate=-1", &["training.rate", "-1"]);
    home.check("run --set training.rate=nan", &["training.rate"]);
    home.check("run --set training.rate=inf", &["training.rate"]);
    home.check("run --set training.batch=0", &["training.batch"]);
    home.check("run --set training.epochs=-3", &["training.epochs"]);
    home.check("run --set training.optimizer=adamw", &["adam"]);
    home.check("run --set network.hidden=[0]", &["hidden"]);
    home.check("run --set network.hidden=[100000,100000]", &["hidden"]);
    home.check("run --set pruning.rate=1", &["pruning.rate"]);
    home.check("run --set pruning.target=0", &["target"]);
    let fragments = ["1216 weights", "target = 5000"];
    home.check("run --set pruning.target=5000", &fragments);
    home.check("run --set pruning.levels=60", &["1216 weights", "levels = 60"]);
    home.check("run --set pruning.rewind={epoch=30}", &["rewind"]);
    home.check(
        "run --set network.base=[4,8,2] --set network.extend=3 --set network.base=[3,8,2]",
        &["base"],
    );
    home.check("run --seeds 0", &["seeds"]);
    home.check("run --first-seed 9223372036854775807", &["first_seed"]);
    home.check("run --set data.task.moons.factor=0.5", &["factor"]);
    home.check("run --set data.task.moons.noise=-1", &["noise"]);
    home.check("run --set data.task.circles.name=moons", &["moons"]);
    home.check("run --set name=../../etc", &["name"]);

    home.check("run --set arms=[\"shufled\"]", &["'shufled'", "'shuffled'"]);
    home.check("run --set arms=[\"late:30\"]", &["late:30", "training.epochs"]);
    home.check("run --set arms=[\"labels-shuffled:moon\"]", &["'moons'"]);
    home.check("run --set arms=rndom", &["rndom", "random"]);
    home.check("run --set arms=7", &["arms", "arms = \"all\""]);
    home.check("run --set keep=none", &["keep", "named"]);
    home.check("run --set measure=most", &["measure", "full"]);
    home.check("run --set solved=97", &["solved", "at most 1"]);
    home.check(
        "run --set data.seed={modulo=0}",
        &["data.seed.modulo", "from 1 to"],
    );

    home.write("one.toml", "arms = [\"alone\"]\n[[data.task]]\nkind = \"xor\"\n");
    home.check("run @/one.toml", &["one.toml:1:9", "alone", "one task"]);
    home.write("broken.toml", "seeds = [1\n");
    home.check("run @/broken.toml", &["broken.toml:", "1:"]);
    home.write("three.toml", "[pruning]\nrate = 0.2\nlevels = 3\ntarget = 50\n");
    home.check("run @/three.toml", &["rate", "levels", "target"]);
    home.write("binary.toml", [0xff, 0xfe, 0x00]);
    home.check("run @/binary.toml", &["binary.toml", "UTF-8"]);
}

#[test]
fn a_vector_unit_that_is_not_there_is_refused_and_the_one_in_use_is_told() {
    let home = Home::new();
    let mut run = home.command("run small.toml --out new");
    run.env("TOMBOLA_LANES", "abacus");
    fails(&mut run, 2, &["TOMBOLA_LANES=abacus", "portable"]);
    let version = succeeds(tombola(["--version"]).env("TOMBOLA_LANES", "portable"));
    assert!(
        version.starts_with("tombola ") && version.contains("(portable)"),
        "{version}"
    );
}

#[test]
fn csv_tasks_that_cannot_be_read_are_refused_with_line_and_column() {
    let home = Home::new();
    let settings =
        "[data]\ntrain = 2\nvalidation = 1\ntest = 1\n[[data.task]]\nname = \"t\"\nkind = \"csv\"\n";
    home.write("task.toml", format!("{settings}path = \"task.csv\"\n"));
    home.check("run task.toml", &["task.csv", "t"]);
    for (content, fragments) in [
        ("", &["task.csv"][..]),
        ("a,b,label\n", &["task.csv"]),
        ("a,b,lable\n1,2,0\n1,2,1\n", &["label", "lable"]),
        ("a,b,label\n1,2,0\n1,x,1\n", &["task.csv:3", "'b'"]),
        ("a,b,label\n1,2,0\n1,inf,1\n", &["task.csv:3", "'b'"]),
        ("a,b,label\n1,2,0\n1,1\n", &["task.csv:3"]),
        ("a,b,label\n1,2,0\n1,1,1\n", &["2", "4"]),
        ("a,b,label\n1,2,0\n1,1,0\n1,1,0\n1,1,0\n", &["class"]),
    ] {
        home.write("task.csv", content);
        home.check("run task.toml", fragments);
    }
}

#[test]
fn tickets_that_are_broken_are_refused_by_every_command_that_reads_them() {
    let home = Home::new();
    home.run("data moons circles --samples 20 --out data.csv");
    let check = |file: &str| {
        home.check(&format!("inspect @/{file}"), &["error: ", file]);
        home.check(&format!("predict @/{file} --data data.csv"), &["error: ", file]);
    };
    let good = home.ticket();
    let header_end = 8 + u64::from_le_bytes(*good.first_chunk().expect("a length")) as usize;
    let header = str::from_utf8(&good[8..header_end]).expect("a header");
    let replaced = |from: &str, to: &str| {
        let header = header.replace(from, to);
        let length = (header.len() as u64).to_le_bytes();
        [&length, header.as_bytes(), &good[header_end..]].concat()
    };
    for (name, content) in [
        ("empty", vec![]),
        ("text", b"This is no ticket at all.".to_vec()),
        ("half", good[..good.len() / 2].to_vec()),
        ("huge", [&u64::MAX.to_le_bytes()[..], b"{}"].concat()),
        ("long", [&good[..], b"more"].concat()),
        ("widths", replaced("[4,5,2]", "[4,9999999999999,2]")),
        ("version", replaced(r#"\"version\":1"#, r#"\"version\":9"#)),
        ("tasks", replaced(r#"\"inputs\":[2,3]"#, r#"\"inputs\":[2,2]"#)),
        ("missing", replaced("layers.1.bias", "layers.1.bios")),
    ] {
        assert_ne!(content, good, "{name}");
        let file = format!("{name}.safetensors");
        home.write(&file, content);
        check(&file);
    }
    check("nothing.safetensors");
    home.check("inspect @", &["directory"]);
}

#[test]
fn tickets_that_are_damaged_at_random_never_make_the_program_panic() {
    let home = Home::new();
    let good = home.ticket();
    let mut rng = stream(20, Purpose::Weights);
    for _ in 0..60 {
        let mut bytes = good.clone();
        for _ in 0..=below(3, &mut rng) {
            let position = below(bytes.len() as u32, &mut rng) as usize;
            bytes[position] = rng.next_u32() as u8;
        }
        home.write("damaged.safetensors", &bytes);
        let output = home.command("inspect damaged.safetensors").output();
        let output = output.expect("the program starts");
        assert!(matches!(output.status.code(), Some(0 | 2)), "{output:?}");
    }
}

#[test]
fn samples_that_do_not_fit_the_ticket_are_refused_with_line_and_column() {
    let home = Home::new();
    let predict = "predict run/tickets/0-2.safetensors --data";
    for (content, fragments) in [
        ("", &["samples.csv"][..]),
        ("a,b,c\n1,2,3\n", &["samples.csv", "4"]),
        ("a,b,c,d\n", &["samples.csv"]),
        ("a,b,c,d\n1,2,3\n", &["samples.csv:2"]),
        ("a,b,c,d\n1,2,3,4\n1,2,,4\n", &["samples.csv:3"]),
        ("a,b,c,d\n1,2,3,four\n", &["samples.csv:2", "four"]),
        ("a,b,c,d\n1,2,3,NaN\n", &["samples.csv:2"]),
        ("a,b,c,d,moon\n1,2,3,4,1\n", &["moon", "moons"]),
        ("a,b,c,d,moons\n1,2,3,4,2\n", &["samples.csv:2", "moons"]),
        ("a,b,c,d,moons,moons\n1,2,3,4,1,1\n", &["moons"]),
    ] {
        home.write("samples.csv", content);
        home.check(&format!("{predict} samples.csv"), fragments);
    }
    home.check(&format!("{predict} nowhere.csv"), &["nowhere.csv"]);
}

#[test]
fn a_path_that_cannot_be_written_is_refused() {
    let home = Home::new();
    let fragments = ["cannot write", "no/where.csv", "create the directory"];
    home.check("data moons --out no/where.csv", &fragments);
    home.check(
        "data moons --out run",
        &["cannot write run", "name a file in it", "directory"],
    );
}

#[test]
fn what_a_shell_made_of_a_command_line_is_told_with_what_to_write() {
    let home = Home::new();
    let check = |arguments: &[&str], fragments: &[&str]| {
        fails(tombola(arguments).current_dir(home.home.path()), 2, fragments);
    };
    check(&["run", ""], &["the argument after run is empty"]);
    check(&["data", "moons", "--out="], &["--out: its value is empty"]);
    check(
        &["run", "--set", "data.task.moons.name=my", "name", "--quiet"],
        &["--set 'data.task.moons.name=my name'"],
    );
    check(
        &["run", "--set", "network.hidden=[16,", "16]"],
        &["--set 'network.hidden=[16, 16]'"],
    );
    check(&["run", "--out", "-"], &["--out -: a run is a directory"]);
    let ticket = "run/tickets/0-2.safetensors";
    check(
        &["inspect", ticket, "--svg", "-", "--json"],
        &["--svg - and --json"],
    );
    let picture = succeeds(tombola(["inspect", ticket, "--svg", "-"]).current_dir(home.home.path()));
    assert!(
        picture.starts_with("<svg ") && picture.ends_with("</svg>\n"),
        "{picture}"
    );
    home.write("ticket.json", "{\"widths\": [4, 2]}");
    check(&["inspect", "ticket.json"], &["begins as text, with '{\"widths'"]);
}

/// What a command makes never takes the place of what it was made of, by whatever name.
#[cfg(unix)]
#[test]
fn no_command_writes_over_what_it_reads() {
    let home = Home::new();
    home.write("t.safetensors", home.ticket());
    let of_one = "name = \"a\"\n[[data.task]]\nname = \"moons\"\nkind = \"csv\"\npath = \"my.csv\"\nlabel = \"label\"\n";
    home.write("my.toml", of_one);
    let rows = (0..50).map(|row| format!("{row},{},{}\n", row * row, row % 2));
    let lines: Vec<String> = iter::once("a,b,label\n".to_owned()).chain(rows).collect();
    home.write("my.csv", lines.concat());
    let header = r#"{"weight":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}   "#;
    let net = [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &[0; 8]].concat();
    home.write("net.safetensors", net);
    home.run("import net.safetensors --task moons:0-1:0 --names a,b --out one.safetensors");
    for name in [
        "t.safetensors",
        "my.csv",
        "my.toml",
        "net.safetensors",
        "one.safetensors",
    ] {
        std::os::unix::fs::symlink(name, home.path(&format!("link-{name}"))).expect("a link");
        fs::hard_link(home.path(name), home.path(&format!("hard-{name}"))).expect("a link");
    }
    for (line, input) in [
        ("export t.safetensors --format c --out", "t.safetensors"),
        ("export t.safetensors --format onnx --out", "t.safetensors"),
        ("inspect t.safetensors --svg", "t.safetensors"),
        ("inspect t.safetensors --json --svg", "t.safetensors"),
        ("prune t.safetensors --to 3 --out", "t.safetensors"),
        ("train t.safetensors small.toml --out", "t.safetensors"),
        ("train one.safetensors my.toml --out", "my.toml"),
        (
            "train one.safetensors my.toml --set data.train=10 --set data.validation=10 --set data.test=10 --out",
            "my.csv",
        ),
        ("train one.safetensors --data my.csv --out", "my.csv"),
        ("import net.safetensors --out", "net.safetensors"),
        ("import net.safetensors --names my.csv --out", "my.csv"),
        ("import net.safetensors --normalize my.csv --out", "my.csv"),
    ] {
        let before = fs::read(home.path(input)).expect("a file");
        for name in [
            input.to_owned(),
            format!("@/{input}"),
            format!("link-{input}"),
            format!("hard-{input}"),
        ] {
            home.check(
                &format!("{line} {name}"),
                &["the same file as the input", "name another"],
            );
            assert_eq!(
                fs::read(home.path(input)).expect("a file"),
                before,
                "{line} {name}"
            );
        }
    }
}

#[test]
fn numbers_that_are_none_are_refused_with_what_is_wanted() {
    let home = Home::new();
    home.write("t.safetensors", home.ticket());
    for (line, fragments) in [
        (
            "import t.safetensors --out x --scale abc",
            ["'abc'", "a finite number, such as 0.5"],
        ),
        (
            "import t.safetensors --out x --shift 0,nan",
            ["'nan'", "a finite number, such as 0.5"],
        ),
        (
            "import t.safetensors --out x --scale 1/255",
            ["'1/255'", "write 0.00392156862745098"],
        ),
        (
            "import t.safetensors --out x --scale 1/0",
            ["'1/0'", "a finite number, such as 0.5"],
        ),
        (
            "prune t.safetensors --out x --to 50%",
            ["'50%'", "a number of weights, such as 500"],
        ),
        (
            "prune t.safetensors --out x --to half",
            ["'half'", "a number of weights, such as 500"],
        ),
    ] {
        home.check(line, &fragments);
    }
}
