//! Host.
pub mod error;
pub mod files;
pub mod ticket;
