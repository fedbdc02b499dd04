//! Host.
pub mod cli;
pub mod error;
pub mod files;
pub mod picture;
pub mod predict;
pub mod structure;
pub mod ticket;
