//! Tells by its content what kind of file it is, and how a network in a kind that is not read gets into one that is.

use std::fmt::{self, Display};

use crate::data::foreign::{first_in_zip, is_zip};
use crate::onnx;

/// A kind of file that a network can be read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Safetensors,
    Onnx,
}

/// A kind of file that people have networks in, and that is not read.
struct Foreign {
    /// What it is, as the end of "this is …".
    name: &'static str,
    is: fn(&[u8]) -> bool,
    /// Where `<FILE>` stands for its path in Python, and `<OUT>` for that of what is made of it.
    remedy: &'static str,
}

/// A file that no network is read from.
pub(super) struct Unread {
    /// What it is, as the end of "this is …".
    pub(super) what: &'static str,
    pub(super) remedy: String,
    /// Whether it is of a kind that networks come in.
    pub(super) is_network: bool,
}

impl Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "this is {}; {}", self.what, self.remedy)
    }
}

const PYTORCH: &str = "save what it holds as safetensors: python -c \"import torch, safetensors.torch as s; \
                       s.save_file(torch.load(<FILE>), <OUT>)\", where it holds a checkpoint, torch.load(<FILE>)['state_dict'] \
                       or the like; a whole module, torch.load(<FILE>, weights_only=False).state_dict(), which runs code of \
                       the file; TorchScript, torch.jit.load(<FILE>).state_dict()";
const EXPORTED: &str = "save its weights as safetensors: python -c \"import torch, safetensors.torch as s; \
                        s.save_file(dict(torch.export.load(<FILE>).state_dict), <OUT>)\"";
const KERAS: &str = "save its weights as safetensors: python -c \"import keras, safetensors.numpy as s; \
                     s.save_file({w.path: w.numpy() for w in keras.saving.load_model(<FILE>).weights}, \
                     <OUT>)\", or export it to ONNX";
const NUMPY: &str = "save its arrays as safetensors, weights as (out, in): python -c \"import numpy, \
                     safetensors.numpy as s; s.save_file(dict(numpy.load(<FILE>)), <OUT>)\"";

/// The first that fits is it.
const FOREIGN: [Foreign; 12] = [
    Foreign {
        name: "a program of torch.export",
        is: |bytes| {
            first_in_zip(bytes).is_some_and(|name| {
                ["/data/weights/", "exported_program", "archive_format", "/models/"]
                    .iter()
                    .any(|part| has(name, part))
            })
        },
        remedy: EXPORTED,
    },
    Foreign {
        name: "a PyTorch file",
        is: |bytes| {
            first_in_zip(bytes).is_some_and(|name| {
                ends(name, ".pkl") || has(name, "/data/") || has(name, "/code/") || ends(name, "version")
            })
        },
        remedy: PYTORCH,
    },
    Foreign {
        name: "an archive of NumPy",
        is: |bytes| first_in_zip(bytes).is_some_and(|name| ends(name, ".npy")),
        remedy: NUMPY,
    },
    Foreign {
        name: "a Keras file",
        is: |bytes| first_in_zip(bytes).is_some_and(|name| ends(name, ".json") || ends(name, ".h5")),
        remedy: KERAS,
    },
    Foreign {
        name: "a zip archive",
        is: is_zip,
        remedy: "unpack it and name the .safetensors or .onnx file in it",
    },
    // The number with which `torch.save` began its files before they were archives.
    Foreign {
        name: "a PyTorch file",
        is: |bytes| is_pickle(bytes) && bytes.get(2..14) == Some(b"\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19"),
        remedy: PYTORCH,
    },
    Foreign {
        name: "a pickle of Python",
        is: is_pickle,
        remedy: "save the network as safetensors, for one of scikit-learn as ONNX with skl2onnx",
    },
    Foreign {
        name: "an HDF5 file of Keras",
        is: |bytes| bytes.starts_with(b"\x89HDF\r\n\x1a\n"),
        remedy: KERAS,
    },
    Foreign {
        name: "a GGUF file",
        is: |bytes| bytes.starts_with(b"GGUF"),
        remedy: "save the network as safetensors where it was made; its weights may be quantized",
    },
    Foreign {
        name: "a TensorFlow Lite model",
        is: |bytes| bytes.get(4..8) == Some(b"TFL3"),
        remedy: "make an ONNX model of it: python -m tf2onnx.convert --tflite <FILE> --output net.onnx",
    },
    Foreign {
        name: "an array of NumPy",
        is: |bytes| bytes.starts_with(b"\x93NUMPY"),
        remedy: NUMPY,
    },
    Foreign {
        name: "a gzip file",
        is: |bytes| bytes.starts_with(b"\x1f\x8b"),
        remedy: "unpack it with gunzip",
    },
];

/// What these bytes are; `file` is their path, for commands in remedies.
///
/// # Errors
/// What they are, with the remedy, if no network is read from them.
pub(super) fn format(bytes: &[u8], file: &str) -> Result<Format, Unread> {
    if is_safetensors(bytes) {
        return Ok(Format::Safetensors);
    }
    if let Some(foreign) = FOREIGN.iter().find(|foreign| (foreign.is)(bytes)) {
        return Err(Unread {
            what: foreign.name,
            remedy: foreign
                .remedy
                .replace("<FILE>", &in_python(file, "FILE"))
                .replace("<OUT>", &saved_as(file, "")),
            is_network: true,
        });
    }
    if onnx::is_model(bytes) {
        return Ok(Format::Onnx);
    }
    let (what, remedy) = if bytes.is_empty() {
        ("an empty file", "write or copy it again")
    } else {
        (
            "neither a safetensors file nor an ONNX model, or one that is damaged",
            "save the network as one of them",
        )
    };
    Err(Unread {
        what,
        remedy: remedy.to_owned(),
        is_network: false,
    })
}

/// A path as a literal of Python within double quotes of a shell; another name if it has characters that mean more there.
pub(super) fn in_python(file: &str, other: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || " ._-+/:,@=~()[]".contains(c);
    let file = if !file.is_empty() && file.chars().all(is_plain) {
        file
    } else {
        other
    };
    format!("'{file}'")
}

/// The path of a safetensors file beside `file`, whose stem it has, with this added.
pub(super) fn saved_as(file: &str, added: &str) -> String {
    let (folder, name) = file
        .rsplit_once('/')
        .map_or(("", file), |(folder, name)| (folder, name));
    let slash = if folder.len() < file.len() - name.len() {
        "/"
    } else {
        ""
    };
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    in_python(
        &format!("{folder}{slash}{stem}{added}.safetensors"),
        &format!("net{added}.safetensors"),
    )
}

/// The length of a header of JSON, and its first character.
fn is_safetensors(bytes: &[u8]) -> bool {
    bytes.len() > 8 && bytes[8] == b'{' && bytes[4..8] == [0; 4]
}

fn is_pickle(bytes: &[u8]) -> bool {
    matches!(bytes, [0x80, 2..=5, ..])
}

fn ends(name: &[u8], end: &str) -> bool {
    name.ends_with(end.as_bytes())
}

fn has(name: &[u8], part: &str) -> bool {
    name.windows(part.len()).any(|window| window == part.as_bytes())
}
