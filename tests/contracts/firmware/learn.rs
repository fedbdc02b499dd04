//! `learn` on emulated boards: a ticket is trained where the data is, to the parameters that the host's own training has.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Output;
use std::time::Duration;

use itertools::Itertools;
use tempfile::TempDir;
use tombola::lanes::Portable;
use tombola::random::{Purpose, below, stream};
use tombola::{Data, Imp, Init, Lottery, Mlp, Plan, Rewind, Samples, Storage, Trajectory};
use tombola_firmware::stream::lesson::{Reply, Request};
use tombola_firmware::stream::{Encoder, Fields, decode, encode};
use tombola_host::board::build::Program;
use tombola_host::board::estimate::learning::{STACK, learning};
use tombola_host::board::{Course, Event, Image, Qemu, Session, Sources, Wire, teach};
use tombola_host::experiment::Experiment;
use tombola_host::predict::{Matching, Table};
use tombola_host::ticket::Ticket;

use super::{board, build, checkout, default_ticket, emulated};
use crate::program::{fails, line, stderr, succeeds};

/// How it learns from 200 samples.
const LEARNING: &str = "--set training.epochs=20 --set training.batch=16";

/// Samples of moons and circles after a drift: the sensor of moons is turned by 40 degrees, that of circles has moved.
fn drifted(home: &Path, name: &str, seed: u32, count: u32) {
    let text = format!("data moons circles --seed {seed} --samples {count} --out @/{name}");
    succeeds(&mut line(home, &text));
    let text = fs::read_to_string(home.join(name)).expect("a file");
    let (header, rows) = text.split_once('\n').expect("a header");
    let (sine, cosine) = 40_f64.to_radians().sin_cos();
    let mut moved = format!("{header}\n");
    for row in rows.lines() {
        let fields = row.split(',').collect_vec();
        let number = |at: usize| fields[at].parse::<f64>().expect("a number");
        let [a, b, c, d] = [0, 1, 2, 3].map(number);
        let _ = writeln!(
            moved,
            "{},{},{},{},{},{}",
            cosine * a - sine * b,
            sine * a + cosine * b,
            c + 0.4,
            d - 0.3,
            fields[4],
            fields[5]
        );
    }
    fs::write(home.join(name), moved).expect("a file");
}

/// What a command says; it must succeed.
#[track_caller]
fn says(home: &Path, text: &str) -> String {
    succeeds(line(home, text).current_dir(checkout().root()))
}

/// The number after `before` in the line that has it.
fn number_after(text: &str, before: &str) -> u64 {
    let (_, after) = text
        .split_once(before)
        .unwrap_or_else(|| panic!("no {before} in {text}"));
    let digits = after.trim_start().split(|c: char| !c.is_ascii_digit()).next();
    digits
        .and_then(|digits| digits.parse().ok())
        .unwrap_or_else(|| panic!("no number after {before} in {text}"))
}

/// What the core makes of a ticket on these samples, as `tombola train` has it: a level that is trained from the present
/// weights.
fn trained_by_the_core(ticket: &Ticket, course: &Course, training: tombola::Training) -> Vec<f32> {
    let net = Mlp::new(&ticket.widths);
    let tasks = ticket.tasks.iter().map(|task| task.as_task()).collect_vec();
    let (mut inputs, mut classes) = (vec![], vec![]);
    for (raw, of_tasks) in course.samples() {
        let normalized = |(input, &x): (usize, &f32)| match &ticket.normalization {
            Some(by) => by.column(input).apply(x),
            None => x,
        };
        inputs.extend(raw.iter().enumerate().map(normalized));
        classes.extend(of_tasks);
    }
    let samples = Samples::new(&inputs, net.input_count(), &classes, tasks.len());
    let all = net.weight_count() as u64;
    let plan = Plan {
        lottery: Lottery {
            net,
            tasks: &tasks,
            training,
            rewind: Rewind::Initial,
            train_count: samples.sample_count(),
            storage: Storage::Compressed,
        },
        trajectory: Trajectory::with_rate_solved(all, 0, all).expect("a trajectory"),
        init: Init::DEFAULT,
        network_seed: 0.into(),
        training_seed: 0.into(),
    };
    let mut floats = vec![0.0; plan.lottery.float_count()];
    let mut words = vec![0; plan.lottery.word_count()];
    let mut lottery = Imp::new(plan, &mut floats, &mut words);
    let (mask, weights) = lottery.start();
    mask.replace(|weight| ticket.mask[weight]);
    weights.copy_from_slice(&ticket.params);
    mask.apply(weights);
    let data = Data {
        train: samples,
        validation: samples,
        test: samples,
    };
    let mut watch = |_| std::ops::ControlFlow::Continue(());
    let outcome = lottery.train_level::<Portable>(0, &data, &mut watch);
    assert!(matches!(outcome, tombola::Outcome::Finished(_)), "{outcome:?}");
    lottery.params().to_vec()
}

fn bits(params: &[f32]) -> Vec<u32> {
    params.iter().map(|param| param.to_bits()).collect()
}

fn training(sets: &[&str]) -> tombola_host::experiment::Training {
    let sets = sets.iter().map(|set| (*set).to_owned()).collect_vec();
    Experiment::parse("", "--set", &sets).expect("settings").training
}

/// The example of the README, whose lines are those of this test.
#[test]
#[ignore = "needs QEMU; tests/run runs it"]
fn a_ticket_that_has_drifted_away_adapts_on_the_board() {
    let home = TempDir::new().expect("a folder");
    drifted(home.path(), "today.csv", 100, 200);
    drifted(home.path(), "tomorrow.csv", 101, 1000);
    let ticket = default_ticket();
    ticket
        .write(&home.path().join("ticket.safetensors"))
        .expect("a file");
    let mut rows = String::new();
    let mut adapted = None;
    for (rule, more) in [
        ("SGD, rate 0.1, momentum 0.9", ""),
        (
            "Adam, rate 0.01",
            " --set training.optimizer=adam --set training.rate=0.01",
        ),
    ] {
        let said = says(
            home.path(),
            &format!(
                "emulate @/ticket.safetensors --board qemu-stm32f405 --learn @/today.csv --data @/tomorrow.csv \
                 --out @/adapted.safetensors {LEARNING}{more}"
            ),
        );
        assert!(
            said.contains("learned    20 epochs, each digest the host's"),
            "{said}"
        );
        let right = |when: &str, task: &str| {
            let line = said
                .lines()
                .find(|line| line.starts_with(when) && line.contains(task));
            number_after(line.unwrap_or_else(|| panic!("{said}")), &format!("{task}: "))
        };
        let [moons, circles] = ["moons", "circles"].map(|task| [right("before", task), right("after", task)]);
        for [before, after] in [moons, circles] {
            assert!(before + 100 < after, "{said}");
        }
        let last = said
            .lines()
            .find(|line| line.starts_with("epoch 20"))
            .expect("an epoch");
        let _ = writeln!(
            rows,
            "| {rule} | {:.1} % | {:.1} % | {:.1} % | {:.1} % | {} | {:.1} KiB |",
            moons[0] as f64 / 10.0,
            moons[1] as f64 / 10.0,
            circles[0] as f64 / 10.0,
            circles[1] as f64 / 10.0,
            number_after(last, "steps, "),
            number_after(&said, "of RAM, ") as f64 / 1024.0,
        );
        let written = Ticket::read(&home.path().join("adapted.safetensors")).expect("a ticket");
        assert_eq!(written.mask, ticket.mask);
        adapted.get_or_insert(written);
    }
    let readme = fs::read_to_string(checkout().root().join("firmware/README.md")).expect("a file");
    assert!(
        readme.contains(&rows),
        "firmware/README.md is to have these rows:\n{rows}"
    );

    // What came back is what the core makes of these samples, by another way.
    let text = fs::read(home.path().join("today.csv")).expect("a file");
    let table = Table::from_bytes(&text, "today.csv", &ticket, Matching::ByName).expect("a table");
    let training = training(&["training.epochs=20", "training.batch=16"]).of(200);
    let course = Course::new(&ticket, &table, training, 0).expect("a course");
    let expected = trained_by_the_core(&ticket, &course, training);
    assert_eq!(bits(&adapted.expect("a ticket").params), bits(&expected));
}

/// A random ticket of softmax and logistic tasks, dense and sparse, and labels of its own.
fn course(ticket: &Ticket, sets: &[&str], count: usize) -> Course {
    let inputs = ticket.widths[0];
    let header = (0..inputs).map(|input| format!("x{input}"));
    let names = ticket.tasks.iter().map(|task| task.name.clone());
    let mut text = header.chain(names).join(",") + "\n";
    for row in 0..count {
        let value = |input: usize| format!("{}", ((row * 7 + input * 13) % 29) as f32 / 9.0 - 1.5);
        let class = |task: &tombola_host::ticket::TaskPorts| {
            let classes = task.as_task().class_count();
            (row % classes).to_string()
        };
        let fields = (0..inputs).map(value).chain(ticket.tasks.iter().map(class));
        text += &(fields.collect_vec().join(",") + "\n");
    }
    let table = Table::from_bytes(text.as_bytes(), "samples", ticket, Matching::ByPosition).expect("a table");
    let training = training(sets).of(count);
    Course::new(ticket, &table, training, 0).expect("a course")
}

/// Of one task with three classes and one with two, masked here and there.
fn other_ticket(hidden: usize, keep: usize) -> Ticket {
    use tombola_host::ticket::{Normalization, TaskPorts};
    let widths = [5, hidden, 4];
    let weights = 5 * hidden + hidden * 4;
    let params = (0..weights + hidden + 4).map(|place| {
        let is_kept = weights <= place || place % keep == 0;
        let value = ((place * 37) % 101) as f32 / 101.0 - 0.45;
        if is_kept { value } else { 0.0 }
    });
    let tasks = vec![
        TaskPorts::new("three", 0..3, 0..3),
        TaskPorts::new("two", 3..5, 3..4),
    ];
    Ticket {
        normalization: Some(Normalization {
            shift: vec![0.1, 0.0, -0.2, 0.3, 0.0],
            scale: vec![1.5, 1.0, 0.5, 2.0, 0.25],
        }),
        ..Ticket::new(&widths, tasks, params.collect())
    }
}

#[test]
#[ignore = "needs QEMU; tests/run runs it"]
fn every_digest_is_the_hosts_on_every_board_that_holds_it() {
    let home = TempDir::new().expect("a folder");
    let cases = [
        (
            other_ticket(7, 3),
            &["training.epochs=3", "training.batch=10", "training.l1=0.001"][..],
        ),
        (
            other_ticket(9, 1),
            &[
                "training.epochs=2",
                "training.batch=20",
                "training.optimizer=adam",
                "training.weight_decay=0.01",
            ],
        ),
    ];
    for board in emulated() {
        for (ticket, sets) in &cases {
            let course = course(ticket, sets, 45);
            let sources = Sources::with(
                &tombola_host::export::rust::source(ticket, None).expect("code"),
                &table(ticket),
            );
            let sources = sources
                .and_then(|sources| sources.with_network(&course.source()))
                .expect("a folder");
            let path = home.path().join("image");
            build(Program::Learn, board, Some(sources.path()), &path);
            let image = Image::read(&path).expect("an image");
            // `tombola fit` says what it is: with handlers, and the stack that is the program's own here.
            let said = learning(ticket, training(sets).of(45), 45, board);
            assert_eq!(said.ram as u64, image.ram + 1024 + u64::from(STACK));
            assert!(said.fits() && 45 <= said.most);
            let mut lines = vec![];
            let mut log = |line: &str| lines.push(line.to_owned());
            let mut session = Session::new(Qemu::start(board, &path, &image, true).expect("QEMU"), &mut log);
            let mut epochs = 0;
            let taught = teach(&mut session, &course, sources.code, |epoch| {
                assert!(0 < epoch.count && 0 < epoch.steps);
                epochs += 1;
                Ok(())
            });
            let taught = taught.unwrap_or_else(|error| panic!("{}: {error:#}", board.name));
            session.end().expect("an end");
            assert_eq!(epochs, course.epochs());
            let training = training(sets).of(45);
            let expected = trained_by_the_core(ticket, &course, training);
            assert_eq!(bits(&taught.params), bits(&expected), "{}", board.name);
            // What is said of its RAM is what it takes beside the stack and a little more.
            let (said, all) = (course.bytes() as u64, image.ram);
            assert!(
                said <= all && all <= said + 512,
                "{}: {said} of {all}",
                board.name
            );
            let line = lines.iter().find(|line| line.contains("bytes of stack used"));
            let line = line.unwrap_or_else(|| panic!("{}: {lines:#?}", board.name));
            let (numbers, _) = line.split_once(" bytes of stack").expect("two numbers");
            let (used, all) = numbers.rsplit_once(" of ").expect("two numbers");
            let number = |text: &str| text.rsplit(' ').next().and_then(|word| word.parse::<u64>().ok());
            let (used, all) = (number(used).expect("a number"), number(all).expect("a number"));
            assert!(used * 4 <= all * 3, "{}: {line}", board.name);
        }
    }
}

fn table(ticket: &Ticket) -> Table {
    tombola_host::board::samples(ticket).expect("samples").0
}

#[test]
#[ignore = "needs QEMU; tests/run runs it"]
fn one_weights_last_bit_shows_in_the_first_digest() {
    let home = TempDir::new().expect("a folder");
    let ticket = other_ticket(7, 3);
    let course = course(&ticket, &["training.epochs=2"], 20);
    let source = course.source();
    let (before, params) = source.split_once("pub static PARAMS").expect("parameters");
    let (head, first) = params.split_once("0x").expect("a parameter");
    let bits = u32::from_str_radix(&first[..8], 16).expect("bits");
    let planted = format!("{before}pub static PARAMS{head}{:#010x}{}", bits ^ 1, &first[8..]);
    let code = tombola_host::export::rust::source(&ticket, None).expect("code");
    let sources = Sources::with(&code, &table(&ticket)).and_then(|sources| sources.with_network(&planted));
    let sources = sources.expect("a folder");
    let path = home.path().join("image");
    let board = board("qemu-m4");
    build(Program::Learn, board, Some(sources.path()), &path);
    let image = Image::read(&path).expect("an image");
    let mut log = |_: &str| {};
    let mut session = Session::new(Qemu::start(board, &path, &image, true).expect("QEMU"), &mut log);
    let error = teach(&mut session, &course, sources.code, |_| Ok(())).expect_err("another weight");
    let said = format!("{error:#}");
    assert!(
        said.contains("epoch 1: the board's parameters are not the host's"),
        "{said}"
    );
}

#[test]
fn what_cannot_be_learned_is_refused_before_anything_is_built() {
    let home = TempDir::new().expect("a folder");
    let ticket = home.path().join("t.safetensors");
    default_ticket().write(&ticket).expect("a file");
    fs::write(home.path().join("bare.csv"), "x0,x1,x2,x3\n1,2,3,4\n").expect("a file");
    fs::write(
        home.path().join("good.csv"),
        "x0,x1,x2,x3,moons,circles\n1,2,3,4,0,1\n",
    )
    .expect("a file");
    fs::write(
        home.path().join("far.csv"),
        "x0,x1,x2,x3,moons,circles\n1,2,3,4,0,7\n",
    )
    .expect("a file");
    for (arguments, fragments) in [
        (
            "--learn @/bare.csv",
            &["no row has a label of each task (moons, circles)"][..],
        ),
        ("--learn @/far.csv", &["far.csv", "7"]),
        ("--learn @/none.csv", &["none.csv"]),
        ("--learn @/good.csv --integer 8", &["integers do not learn"]),
        (
            "--learn @/good.csv --out @/good.csv",
            &["the same file as the input"],
        ),
        (
            "--learn @/good.csv --set data.train=3",
            &["keys of training alone"],
        ),
        ("--learn @/good.csv --set training.rate=no", &["training.rate"]),
        ("--out @/other", &["--learn"]),
    ] {
        let command = &mut line(home.path(), &format!("emulate @/t.safetensors {arguments}"));
        fails(command.current_dir(checkout().root()), 2, fragments);
    }
}

/// The network that the program is built with where none is named.
#[test]
fn the_default_network_is_up_to_date() {
    let ticket = default_ticket();
    let (table, _) = tombola_host::board::samples(&ticket).expect("samples");
    let mut text = "x0,x1,x2,x3,moons,circles\n".to_owned();
    for row in 0..200 {
        let inputs = table.inputs(row).iter().map(ToString::to_string);
        let labels = table.labels(row).map(|label| label.expect("a label").to_string());
        text += &(inputs.chain(labels).collect_vec().join(",") + "\n");
    }
    let table = Table::from_bytes(text.as_bytes(), "samples", &ticket, Matching::ByName).expect("a table");
    let training = training(&["training.batch=16"]).of(200);
    let made = Course::new(&ticket, &table, training, 0)
        .expect("a course")
        .source();
    let path = checkout().root().join("firmware/ticket/network.rs");
    if std::env::var_os("TOMBOLA_OVERWRITE").is_some() {
        fs::write(&path, &made).expect("a file");
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == made,
        "{} is not of this ticket; run with TOMBOLA_OVERWRITE=1",
        path.display()
    );
}

/// What a board is asked that it cannot do.
#[test]
#[ignore = "needs QEMU; tests/run runs it"]
fn rates_that_diverge_are_told_with_the_epoch() {
    let home = TempDir::new().expect("a folder");
    drifted(home.path(), "today.csv", 100, 50);
    let text = "emulate --learn @/today.csv --set training.rate=1e30 --set training.epochs=2";
    let output: Output = line(home.path(), text)
        .current_dir(checkout().root())
        .output()
        .expect("the program starts");
    let said = stderr(&output);
    assert!(
        !output.status.success() && said.contains("not finite in epoch") && said.contains("training.rate"),
        "{said}"
    );
}

/// Whatever arrives is answered, and afterwards it learns.
#[test]
#[ignore = "needs QEMU; tests/run runs it"]
fn two_thousand_hostile_frames_are_refused_and_none_is_fatal() {
    let (path, image) = super::image(Program::Learn, board("qemu-m4"));
    let mut qemu = Qemu::start(board("qemu-m4"), &path, &image, false).expect("QEMU");
    let mut rng = stream(0, Purpose::Resampling);
    let mut arrived = vec![];
    let mut refusals = std::collections::BTreeSet::new();
    let mut ask = |frame: &[u8]| -> Reply {
        qemu.send(frame).expect("a wire");
        loop {
            if let Some(end) = arrived.iter().position(|&byte| byte == 0) {
                let frame: Vec<u8> = arrived.drain(..=end).collect();
                let mut buffer = [0; 256];
                let message = decode(&frame, &mut buffer).expect("whole");
                return Reply::read(&mut Fields::new(message)).expect("a reply").1;
            }
            match qemu.next(Duration::from_mins(1)).expect("a wire") {
                Some(Event::Replies(bytes)) => arrived.extend(bytes),
                Some(Event::Log(line)) => assert!(!line.contains("error"), "{line}"),
                other => panic!("{other:?}"),
            }
        }
    };
    let frame = |request: Request, inputs: &[f32], classes: &[u16]| {
        let mut out = [0; 256];
        let write = |out: &mut Encoder<'_>| {
            request.write(7, out);
            out.numbers(inputs);
            for &class in classes {
                _ = out.u16(class);
            }
        };
        encode(&mut out, write).to_vec()
    };
    for number in 0..2000 {
        let good = frame(Request::Take, &[0.5, 1.0, -1.0, 0.25], &[0, 1]);
        let bytes = match below(8, &mut rng) {
            0 => frame(Request::Take, &[0.5, 1.0, -1.0], &[0, 1]),
            1 => frame(Request::Take, &[0.5, f32::NAN, -1.0, 0.0], &[0, 1]),
            2 => frame(Request::Take, &[f32::MAX, f32::INFINITY, -1.0, 0.0], &[0, 1]),
            3 => frame(Request::Take, &[0.5, 1.0, -1.0, 0.0], &[0, 2 + number as u16]),
            4 => frame(Request::Train, &[1.0], &[]),
            5 => {
                let mut bytes = good;
                let at = below(bytes.len() as u32 - 1, &mut rng) as usize;
                bytes[at] = (bytes[at] ^ 1 << below(8, &mut rng)).max(1);
                bytes
            }
            6 => {
                let noise = (0..=below(300, &mut rng)).map(|_| 1 + below(255, &mut rng) as u8);
                noise.chain([0]).collect()
            }
            _ => frame(Request::Train, &[], &[]),
        };
        match ask(&bytes) {
            Reply::Refusal(refusal) => _ = refusals.insert(refusal.words()),
            // A bit that was set to what it was.
            // It is trained once there is a sample.
            Reply::Taken { .. } | Reply::Trained { .. } => {}
            other => panic!("{other:?}"),
        }
    }
    for words in ["wrong length", "not finite", "no such class", "corrupt"] {
        assert!(
            refusals.iter().any(|refusal| refusal.contains(words)),
            "{words}: {refusals:?}"
        );
    }
    // All room is taken, and no more.
    let mut last = 0;
    while let Reply::Taken { count } = ask(&frame(Request::Take, &[0.5, 1.0, -1.0, 0.25], &[0, 1])) {
        last = count;
    }
    assert_eq!(last, 200);
    let beyond = Request::Tell { start: u32::MAX };
    assert_eq!(ask(&frame(beyond, &[], &[])), Reply::Told);
    assert!(matches!(
        ask(&frame(Request::Train, &[], &[])),
        Reply::Trained { steps: 13, .. }
    ));
}
