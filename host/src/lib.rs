//! Host.
pub mod error;
pub mod files;
