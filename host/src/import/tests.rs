//! Whole imports: what is told, what is refused, and that our own models come back.

use super::{Names, Options, Scaling, companions, import};
use crate::error::refused;
use crate::export::onnx::model;
use crate::ticket::{Normalization, TaskPorts, Ticket};

/// A ticket with a weight that is 0 and survives and one that is pruned, and tasks of both kinds.
fn ticket() -> Ticket {
    let tasks = vec![TaskPorts::new("a", [0, 2], [0]), TaskPorts::new("b", [1], [1, 2])];
    let params = (0..3 * 4 + 4 * 3 + 7).map(|at| (at as f32 - 9.0) / 7.0).collect();
    let mut ticket = Ticket::new(&[3, 4, 3], tasks, params);
    ticket.mask[9] = true;
    (ticket.mask[3], ticket.params[3]) = (false, 0.0);
    ticket.normalization = Some(Normalization {
        shift: vec![0.1, -0.0, 3.0],
        scale: vec![0.3, 2.0, -1e-9],
    });
    ticket
}

fn options(tasks: &[&str]) -> Options {
    Options {
        tasks: tasks.iter().map(|task| task.parse().unwrap()).collect(),
        task_name: "net".to_owned(),
        zeros_are_pruned: true,
        ..Options::default()
    }
}

#[test]
fn our_own_models_come_back_bit_for_bit() {
    let mut ticket = ticket();
    let labels = |list: &str| Some(list.split(',').map(str::to_owned).collect());
    ticket.tasks[0].columns = labels("w,h");
    ticket.tasks[0].label = Some("kind".to_owned());
    ticket.tasks[1].classes = labels("no,yes");
    let imported = import(&model(&ticket).unwrap(), "t.onnx", &options(&[])).unwrap();
    // A weight that is 0 cannot be told from a pruned one in a model.
    ticket.mask[9] = false;
    assert_eq!(imported.ticket.to_bytes().unwrap(), ticket.to_bytes().unwrap());
    assert!(imported.notes.is_empty(), "{:?}", imported.notes);
    assert!(companions(&model(&ticket).unwrap()).is_empty());
}

#[test]
fn tasks_may_share_inputs_but_not_outputs() {
    let bytes = model(&ticket()).unwrap();
    let imported = import(&bytes, "t.onnx", &options(&["a:0-2:0", "b:1-2:1,2"])).unwrap();
    assert!(imported.ticket.shares_inputs);
    refused(
        import(&bytes, "t.onnx", &options(&["all:0-2:0-2"])),
        &["answers for some outputs apart", "--task NAME:0-2:0"],
    );
    for (tasks, expected) in [
        (
            &["a:0-2:0,1", "b:0:1,2"][..],
            "output 1 belongs to the tasks 'a' and 'b'",
        ),
        (&["a:0-2:0,1"], "output 2 belongs to no task"),
        (&["a:0:0-2"], "input 1 belongs to no task"),
        (&["a:0-2:0", "a:0-2:1-2"], "two tasks are named 'a'"),
        (&["a b:0-2:0-2"], "the task name 'a b' cannot be used"),
        (&["a:0-2,0:0-2"], "input 0 is listed twice"),
    ] {
        let message = refused(import(&bytes, "t.onnx", &options(tasks)), &[expected]);
        assert!(message.starts_with("t.onnx: "), "{message}");
    }
}

#[test]
fn inputs_are_normalized_by_the_model_or_by_the_user() {
    let by = |shift: &[f64], scale: &[f64]| Options {
        scaling: Some(Scaling::Given {
            shift: shift.to_vec(),
            scale: scale.to_vec(),
        }),
        ..options(&[])
    };
    let mut ticket = ticket();
    let bytes = model(&ticket).unwrap();
    refused(
        import(&bytes, "t.onnx", &by(&[1.0], &[1.0])),
        &["normalizes its inputs itself"],
    );
    ticket.normalization = None;
    let bytes = model(&ticket).unwrap();
    let imported = import(&bytes, "t.onnx", &by(&[1.0], &[1.0, 2.0, 3.0]))
        .unwrap()
        .ticket;
    let normalization = imported.normalization.unwrap();
    assert_eq!(
        (normalization.shift, normalization.scale),
        (vec![1.0; 3], vec![1.0, 2.0, 3.0])
    );
    refused(
        import(&bytes, "t.onnx", &by(&[1.0, 2.0], &[1.0])),
        &["--shift has 2 numbers, and the network 3 inputs"],
    );
}

#[test]
fn inputs_and_classes_get_their_names() {
    let words = |text: &str| text.split(',').map(str::to_owned).collect::<Vec<_>>();
    let given = Options {
        names: Some(Names::Given(words("x,y,z"))),
        classes: vec!["b:no,yes".to_owned()],
        spare_inputs: true,
        ..options(&["a:0,2:0", "b:1:1-2"])
    };
    let tasks = import(&model(&ticket()).unwrap(), "t.onnx", &given)
        .unwrap()
        .ticket
        .tasks;
    assert_eq!(tasks[0].columns.as_deref(), Some(&*words("x,z")));
    assert_eq!(tasks[1].classes.as_deref(), Some(&*words("no,yes")));
    assert!(tasks.iter().all(|task| task.spare_inputs));
    let wrong = Options {
        classes: vec!["b:no,yes,maybe".to_owned()],
        ..given
    };
    refused(
        import(&model(&ticket()).unwrap(), "t.onnx", &wrong),
        &["names 3 classes, expected 2"],
    );
}

#[test]
fn one_output_of_which_nothing_is_said_comes_with_what_it_is_taken_for() {
    let header = r#"{"0.weight":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"0.bias":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}"#;
    let numbers = [1.0_f32, 2.0, 0.5].map(f32::to_le_bytes).concat();
    let bytes = [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &numbers].concat();
    let notes = import(&bytes, "t.safetensors", &options(&[])).unwrap().notes;
    assert!(
        matches!(&*notes, [note] if note.starts_with("the one output of task 'net' is read as the logit of two classes")),
        "{notes:?}"
    );
    let said = Options {
        classes: vec!["no,yes".to_owned()],
        ..options(&[])
    };
    assert!(import(&bytes, "t.safetensors", &said).unwrap().notes.is_empty());
}

#[test]
fn a_ticket_is_a_ticket_already() {
    refused(
        import(&ticket().to_bytes().unwrap(), "t", &options(&[])),
        &["a ticket already"],
    );
    let layers = Options {
        layers: Some(vec!["0".to_owned()]),
        ..options(&[])
    };
    refused(
        import(&model(&ticket()).unwrap(), "t", &layers),
        &["--layers is for a state_dict"],
    );
}

/// What people have their networks in, by how such files begin.
#[test]
fn other_files_are_named_with_the_way_to_one_that_is_read() {
    let zip = |name: &str| {
        let length = (name.len() as u16).to_le_bytes();
        [
            &b"PK\x03\x04"[..],
            &[0; 22],
            &length,
            &[0; 2],
            name.as_bytes(),
            b"data",
        ]
        .concat()
    };
    for (bytes, name, remedy) in [
        (
            zip("archive/data.pkl"),
            "a PyTorch file",
            "s.save_file(torch.load(",
        ),
        (zip("net/data/0"), "a PyTorch file", "torch.jit.load"),
        (
            zip("net/data/weights/weight_0"),
            "a program of torch.export",
            "s.save_file(dict(torch.export.load('net').state_dict), 'net.safetensors')",
        ),
        (zip("arr_0.npy"), "an archive of NumPy", "numpy.load("),
        (zip("metadata.json"), "a Keras file", "keras.saving.load_model("),
        (zip("net.safetensors"), "a zip archive", "unpack it"),
        (
            b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.".to_vec(),
            "a PyTorch file",
            "torch.load(",
        ),
        (b"\x80\x04\x95".to_vec(), "a pickle of Python", "skl2onnx"),
        (
            b"\x89HDF\r\n\x1a\n\0".to_vec(),
            "an HDF5 file of Keras",
            "keras.saving.load_model(",
        ),
        (
            b"GGUF\x03\0\0\0".to_vec(),
            "a GGUF file",
            "as safetensors where it was made",
        ),
        (b"\x1c\0\0\0TFL3\0".to_vec(), "a TensorFlow Lite model", "tf2onnx"),
        (b"\x93NUMPY\x01\0".to_vec(), "an array of NumPy", "numpy.load("),
        (b"\x1f\x8b\x08\0".to_vec(), "a gzip file", "gunzip"),
    ] {
        let place = "net";
        refused(
            import(&bytes, place, &options(&[])),
            &["net: this is ", name, remedy],
        );
        refused(
            Ticket::from_bytes(&bytes, place),
            &["net: this is ", name, "and no ticket", remedy, "tombola import"],
        );
    }
    let whole = zip("archive/data.pkl");
    for (place, expected) in [
        (
            "runs/my net.pt",
            "torch.load('runs/my net.pt', weights_only=False)",
        ),
        ("runs/my.net.pt", "'runs/my.net.safetensors'"),
        ("it's $HOME.pt", "torch.load('FILE')"),
    ] {
        refused(import(&whole, place, &options(&[])), &[expected]);
    }
    for bytes in [
        &b""[..],
        b"PK",
        b"seed,level\n0,0\n",
        b"\x08\x08",
        b"<?xml version",
        &[0; 9],
    ] {
        refused(import(bytes, "net", &options(&[])), &["net: this is "]);
        let message = refused(Ticket::from_bytes(bytes, "net"), &[]);
        assert!(!message.contains("import"), "{message}");
    }
    let model = model(&ticket()).unwrap();
    refused(
        Ticket::from_bytes(&model, "net"),
        &["an ONNX model and no ticket", "tombola import"],
    );
}
