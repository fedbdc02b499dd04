//! The pages as a person has them: opened from a file by headless Chromium, without network.
//!
//! With `TOMBOLA_SCREENSHOTS` set to a directory, pictures of them are left there, for people.

mod axe;
mod browser;
mod drawn;
mod driver;
mod live;
mod playground;
mod report;
mod runs;
mod seen;
mod sweep;
