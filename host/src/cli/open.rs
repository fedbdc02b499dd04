//! Opens a file in the browser of whoever started the program.

use std::path::Path;

use anyhow::Context;

/// Opens a page.
///
/// # Errors
/// If there is nothing to open it with.
pub(super) fn open(page: &Path) -> anyhow::Result<()> {
    open::that_detached(page)
        .with_context(|| format!("cannot open {}; open it in a browser by hand", page.display()))
}
