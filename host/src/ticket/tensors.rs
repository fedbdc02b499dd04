//! A safetensors file as its header and its bytes. Each size that the header declares is held against the bytes that are
//! there before anything of that size is allocated.

use safetensors::Dtype;
use safetensors::tensor::Metadata as Header;

use crate::text::{counted, problem, quoted};

/// The safetensors format's own limit.
pub(super) const LARGEST_HEADER: u64 = 100_000_000;

/// The file's header, and the bytes it speaks of.
pub(crate) struct Tensors<'a> {
    pub(super) header: Header,
    pub(super) data: &'a [u8],
}

impl<'a> Tensors<'a> {
    /// Takes header and data apart. The library's own entry adds up declared sizes unchecked before it
    /// compares the sum with the file's, so here its header is parsed alone (which checks that tensors follow
    /// each other and fit their shapes) and then held against the bytes.
    ///
    /// # Errors
    /// The message: what is wrong with the file, and the remedy.
    pub(crate) fn split(bytes: &'a [u8]) -> Result<Tensors<'a>, String> {
        const REMEDY: &str = "write or copy the file again";
        let count = bytes.len();
        if count == 0 {
            return Err(format!("the file is empty; {REMEDY}"));
        }
        let Some((length, rest)) = bytes.split_first_chunk() else {
            return Err(format!(
                "the file ends after {}, inside its first number; {REMEDY}",
                counted(count, "byte")
            ));
        };
        let length = u64::from_le_bytes(*length);
        let is_text = |byte: &u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
        if bytes[..8].iter().all(is_text) {
            return Err(format!(
                "this is no safetensors file: it begins as text, with {}; name a ticket that ends in .safetensors",
                quoted(&String::from_utf8_lossy(&bytes[..8]))
            ));
        }
        if LARGEST_HEADER < length {
            return Err(format!(
                "this is no safetensors file: it declares a header of {length} bytes, and {LARGEST_HEADER} are \
                 allowed; name a ticket that ends in .safetensors"
            ));
        }
        let Some((header, data)) = rest.split_at_checked(length as usize) else {
            let there = rest.len();
            return Err(format!(
                "the file is truncated or no safetensors file: its header should have {}, of which there are {there}; \
                 {REMEDY}",
                counted(length as usize, "byte")
            ));
        };
        let header: Header = serde_json::from_slice(header).map_err(|error| {
            let problem = problem(&error);
            format!("this is no safetensors file, its header cannot be read: {problem}; {REMEDY}")
        })?;
        let (declared, there) = (header.data_len(), data.len());
        match there.checked_sub(declared) {
            Some(0) => Ok(Tensors { header, data }),
            Some(more) => Err(format!(
                "there {} {} after the last tensor; {REMEDY}",
                if more == 1 { "is" } else { "are" },
                counted(more, "byte")
            )),
            None => Err(format!(
                "the file is truncated: its tensors should have {}, of which there are {there}; {REMEDY}",
                counted(declared, "byte")
            )),
        }
    }

    /// What the file says under a key beside its tensors.
    pub(crate) fn metadata(&self, key: &str) -> Option<&str> {
        self.header.metadata().as_ref()?.get(key).map(String::as_str)
    }

    /// Every tensor: its name, its type, its shape and its bytes; in the order of the names. Where the metadata say, as
    /// `safetensors.torch.save_model` writes, that one is the same as another, which is not stored again, it is there, too.
    pub(crate) fn all(&self) -> Vec<Stored<'a>> {
        let stored = |name: &str, of: &str| {
            let info = self.header.info(of)?;
            let (start, end) = info.data_offsets;
            Some(Stored {
                name: name.to_owned(),
                dtype: info.dtype,
                shape: info.shape.clone(),
                bytes: self.data.get(start..end)?,
            })
        };
        let names = self.header.offset_keys();
        let shared = self.header.metadata().iter().flatten();
        let shared = shared.filter(|(name, _)| self.header.info(name).is_none());
        let mut all: Vec<Stored<'a>> = names
            .iter()
            .filter_map(|name| stored(name, name))
            .chain(shared.filter_map(|(name, of)| stored(name, of)))
            .collect();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        all
    }
}

/// A tensor as the file has it.
pub(crate) struct Stored<'a> {
    pub(crate) name: String,
    pub(crate) dtype: Dtype,
    pub(crate) shape: Vec<usize>,
    pub(crate) bytes: &'a [u8],
}
