//! Recognizes files of other formats by their first bytes, so that a message can say what a file is and how to convert it.

use std::path::Path;

use super::array::idx::{self, is_idx};
use super::array::{Element, npy};
use crate::bad_input;

/// A format, what it begins with, and how what it holds is brought to one that is read.
struct Format {
    name: &'static str,
    begins: &'static [u8],
    remedy: &'static str,
}

/// Formats that people have data in, longer beginnings first.
const FORMATS: &[Format] = &[
    Format {
        name: "a Parquet file",
        begins: b"PAR1\x15",
        remedy: "convert it: pandas.read_parquet(\"FILE\").to_csv(\"FILE.csv\", index=False)",
    },
    Format {
        name: "an Arrow or Feather file",
        begins: b"ARROW1\0\0",
        remedy: "convert it: pandas.read_feather(\"FILE\").to_csv(\"FILE.csv\", index=False)",
    },
    Format {
        name: "a Feather file",
        begins: b"FEA1\0",
        remedy: "convert it: pandas.read_feather(\"FILE\").to_csv(\"FILE.csv\", index=False)",
    },
    Format {
        name: "an HDF5 file",
        begins: b"\x89HDF\r\n\x1a\n",
        remedy: "save an array of it: numpy.save(\"inputs.npy\", h5py.File(\"FILE\")[\"NAME\"][:])",
    },
    Format {
        name: "a MATLAB file",
        begins: b"MATLAB 5.0",
        remedy: "save an array of it: numpy.save(\"inputs.npy\", scipy.io.loadmat(\"FILE\")[\"NAME\"])",
    },
    Format {
        name: "a pickle of Python",
        begins: b"\x80",
        remedy: "save an array of it: numpy.save(\"inputs.npy\", array)",
    },
    Format {
        name: "a PNG picture",
        begins: b"\x89PNG",
        remedy: "put all pictures into one array and save it with numpy.save",
    },
    Format {
        name: "a JPEG picture",
        begins: b"\xff\xd8\xff",
        remedy: "put all pictures into one array and save it with numpy.save",
    },
    Format {
        name: "an Excel workbook",
        begins: b"\xd0\xcf\x11\xe0",
        remedy: "save it as CSV in UTF-8",
    },
    Format {
        name: "an SQLite database",
        begins: b"SQLite format 3\0",
        remedy: "save its table as CSV",
    },
    Format {
        name: "a PDF",
        begins: b"%PDF-",
        remedy: "find its table as CSV",
    },
    Format {
        name: "formatted text (RTF)",
        begins: b"{\\rtf",
        remedy: "save it as CSV",
    },
    Format {
        name: "a file of R",
        begins: b"RDX3\n",
        remedy: "save its table as CSV, by write.csv",
    },
    Format {
        name: "a file compressed twice",
        begins: b"\x1f\x8b",
        remedy: "unpack it (gzip -d)",
    },
    Format {
        name: "an npy file",
        begins: npy::MAGIC,
        remedy: "give the task kind = \"npy\", with inputs and labels",
    },
];

/// What a file is and how to convert it, if its first bytes are those of a format that is not CSV.
pub(crate) fn recognized(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    let format = FORMATS.iter().find(|format| bytes.starts_with(format.begins));
    let format = format.map(|format| (format.name, format.remedy));
    format.or_else(|| {
        is_idx(bytes).then_some((
            "an IDX file",
            "give the task kind = \"idx\", with images and labels",
        ))
    })
}

/// Whether these bytes begin a ZIP archive with a file in it.
pub(crate) fn is_zip(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}

/// The name of the first file in a ZIP archive; `None` if these bytes are no archive, or end before the name does.
pub(crate) fn first_in_zip(bytes: &[u8]) -> Option<&[u8]> {
    /// Where the name begins, and its length before it (PKWARE's APPNOTE, 4.3.7).
    const NAME: usize = 30;
    let length = is_zip(bytes).then_some(bytes.get(26..28)?)?;
    let length = usize::from(u16::from_le_bytes([length[0], length[1]]));
    bytes.get(NAME..NAME + length)
}

/// What an array is and how Python writes it as CSV, with columns that are numbered as a ticket's inputs.
pub(crate) fn to_csv(bytes: &[u8], file: &str) -> Option<(&'static str, String)> {
    let (name, loaded, rows) = if bytes.starts_with(npy::MAGIC) {
        (
            "an npy file",
            "numpy.load(\"FILE\")".to_owned(),
            "len(x)".to_owned(),
        )
    } else {
        let array = idx::read(bytes, file).ok()?;
        let open = if Path::new(file).extension().is_some_and(|end| end == "gz") {
            "gzip.open"
        } else {
            "open"
        };
        let element = match array.element() {
            Element::U8 => "u1",
            Element::I8 => "i1",
            Element::I16 => "i2",
            Element::I32 => "i4",
            Element::F32 => "f4",
            _ => "f8",
        };
        let offset = 4 + 4 * array.shape().len();
        let loaded =
            format!("numpy.frombuffer({open}(\"FILE\", \"rb\").read(), \">{element}\", offset={offset})");
        ("an IDX file", loaded, array.row_count().to_string())
    };
    let remedy = format!(
        "x = {loaded}; x = x.reshape({rows}, -1); numpy.savetxt(\"data.csv\", x, delimiter=\",\", \
         header=\",\".join(f\"x{{i}}\" for i in range(x.shape[1])), comments=\"\")"
    );
    Some((name, remedy))
}

/// What a ZIP archive holds, as far as the name of its first file says.
pub(super) fn archive(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    if !is_zip(bytes) {
        return None;
    }
    let name = first_in_zip(bytes).unwrap_or_default();
    Some(if name.ends_with(b".npy") {
        (
            "an npz archive of NumPy",
            "save an array of it alone: numpy.save(\"inputs.npy\", numpy.load(\"FILE.npz\")[\"NAME\"])",
        )
    } else if name.starts_with(b"[Content_Types]") || name.starts_with(b"xl/") || name.starts_with(b"_rels/")
    {
        ("a spreadsheet", "save it as CSV")
    } else {
        ("a ZIP archive", "unpack it and name a file of it")
    })
}

/// What to say of a file that is not `wanted`, what a task of this kind wants.
pub(super) fn refused(bytes: &[u8], file: &str, kind: &str, wanted: &str) -> anyhow::Error {
    if bytes.is_empty() {
        return bad_input!("{file}: the file is empty; a task of kind {kind} wants {wanted}");
    }
    if let Some((name, remedy)) = recognized(bytes) {
        return bad_input!("{file}: this is {name}, and a task of kind {kind} wants {wanted}; {remedy}");
    }
    let start = &bytes[..bytes.len().min(512)];
    let is_text = !start
        .iter()
        .any(|&byte| byte < b' ' && !b"\t\r\n".contains(&byte));
    let remedy = if is_text {
        "this looks like text: if it is a table, give the task kind = \"csv\", with path and label"
    } else {
        "check the path, or whether the file is damaged"
    };
    bad_input!("{file}: this is not {wanted}; {remedy}")
}

#[cfg(test)]
mod tests {
    use super::archive;

    #[test]
    fn an_archive_is_named_by_its_first_file() {
        let of = |name: &[u8]| {
            let length = [name.len() as u8, 0, 0, 0];
            [&b"PK\x03\x04"[..], &[0; 22], &length, name, &[0; 9]].concat()
        };
        for (bytes, expected) in [
            (of(b"x.npy"), "an npz archive of NumPy"),
            (of(b"[Content_Types].xml"), "a spreadsheet"),
            (of(b"a.txt"), "a ZIP archive"),
            (b"PK\x03\x04".to_vec(), "a ZIP archive"),
        ] {
            assert_eq!(archive(&bytes).unwrap().0, expected);
        }
        assert_eq!(archive(b"PKx"), None);
    }
}
