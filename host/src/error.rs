//! Tells input that cannot be used (exit code 2, nothing to retry) from what failed (exit code 1).
//!
//! Errors travel as [`anyhow::Error`], and are bad input if a [`BadInput`] is anywhere in their chain.

use std::{fmt, io};

/// Input that cannot be used. The message names the thing, the place and the remedy.
#[derive(Debug)]
pub struct BadInput(pub String);

impl fmt::Display for BadInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadInput {}

/// An [`anyhow::Error`] that is [`BadInput`], from a format string.
#[macro_export]
macro_rules! bad_input {
    ($($message:tt)*) => { ::anyhow::Error::new($crate::error::BadInput(format!($($message)*))) };
}

/// Whether `error` is that input cannot be used.
pub fn is_bad_input(error: &anyhow::Error) -> bool {
    error.downcast_ref::<BadInput>().is_some() || error.chain().any(<dyn std::error::Error>::is::<BadInput>)
}

/// Whether `error` is only that a pipe is closed, as after `| head`.
pub fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let cause = cause.downcast_ref::<io::Error>();
        cause.is_some_and(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
    })
}

/// Checks that `refused` is bad input, in one line that holds every one of `fragments`, and returns that line.
#[cfg(test)]
#[track_caller]
pub(crate) fn refused<T>(refused: anyhow::Result<T>, fragments: &[&str]) -> String {
    let error = refused.err().expect("refused");
    let message = format!("{error:#}");
    assert!(is_bad_input(&error), "not bad input: {message}");
    assert!(!message.contains('\n'), "more than one line: {message}");
    for fragment in fragments {
        assert!(message.contains(fragment), "no '{fragment}' in: {message}");
    }
    message
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::is_bad_input;

    #[test]
    fn bad_input_is_found_below_context() {
        let error = Err::<(), _>(bad_input!("no column 'y'"))
            .context("reading data.csv")
            .unwrap_err();
        assert!(is_bad_input(&error));
        assert_eq!(format!("{error:#}"), "reading data.csv: no column 'y'");
    }

    #[test]
    fn a_failure_is_not_bad_input() {
        assert!(!is_bad_input(&anyhow::Error::new(std::io::Error::other(
            "disk full"
        ))));
    }
}
