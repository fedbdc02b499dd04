//! Host.
pub mod cli;
pub mod data;
pub mod error;
pub mod experiment;
pub mod files;
pub mod picture;
pub mod predict;
pub mod structure;
pub mod ticket;
