//! Finds the firmware's sources, in the checkout that the user is in. They are not inside the program, since users of
//! boards change them.

use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::bad_input;

/// A checkout of this repository.
#[derive(Clone, Debug)]
pub struct Checkout(PathBuf);

impl Checkout {
    /// The one that the current directory is in.
    ///
    /// # Errors
    /// Bad input if it is in none.
    pub fn find() -> anyhow::Result<Self> {
        let here = std::env::current_dir().context("the current directory cannot be found")?;
        Self::around(&here)
    }

    /// The one that this folder is in.
    ///
    /// # Errors
    /// Bad input if it is in none.
    pub fn around(here: &Path) -> anyhow::Result<Self> {
        let is_root = |path: &&Path| path.join("firmware/src/boards.rs").is_file();
        here.ancestors().find(is_root).map(|root| Self(root.to_owned())).ok_or_else(|| {
            bad_input!(
                "{}: the firmware is built from Tombola's sources, and there are none here; go to your checkout of \
                 Tombola (its folder firmware/ is what is needed) and start again",
                here.display()
            )
        })
    }

    /// Its root.
    pub fn root(&self) -> &Path {
        &self.0
    }

    /// The ticket that the firmware comes with.
    pub fn default_ticket(&self) -> PathBuf {
        self.0.join("firmware/ticket/default.safetensors")
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Checkout;
    use crate::error::is_bad_input;

    #[test]
    fn it_is_found_from_below_and_missed_elsewhere() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let found = Checkout::around(&root.join("host/src")).unwrap();
        assert_eq!(found.root(), root);
        assert!(found.default_ticket().is_file());
        let error = Checkout::around(&std::env::temp_dir()).unwrap_err();
        assert!(is_bad_input(&error) && error.to_string().contains("go to your checkout"));
    }
}
