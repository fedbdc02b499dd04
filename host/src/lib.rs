//! Host.
pub mod error;
pub mod experiment;
