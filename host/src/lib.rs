//! Host.
pub mod error;
