//! Connects a page in a browser with [`Session`]: the page writes the bytes of a request where [`room`] says, calls
//! [`answer`], and reads the bytes of the answer where [`answer_at`] says. Both are UTF-8 JSON. `page/module.js` does so.
//!
//! A panic ends the call as a trap, an exception to the page, and what it said stands at [`panic_at`]. A module that has
//! trapped must not be asked again.
#![expect(
    unsafe_code,
    reason = "the page calls functions by their names, so they must not be mangled"
)]

use std::cell::RefCell;
use std::panic;
use std::sync::Once;

use tombola_host::live::Session;

/// What stays between calls.
struct Page {
    session: Session,
    request: Vec<u8>,
    answer: String,
}

thread_local! {
    static PAGE: RefCell<Page> = RefCell::new(Page {
        session: Session::new(),
        request: vec![],
        answer: String::new(),
    });
    /// Beside the page, which may be in use when a panic comes.
    static PANIC: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Keeps what a panic says for the page: what stands on a terminal nobody would see.
fn keep_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        panic::set_hook(Box::new(|info| {
            PANIC.with_borrow_mut(|message| *message = info.to_string());
        }));
    });
}

/// Where the page writes a request of `length` bytes. Valid until the next call.
#[unsafe(no_mangle)]
pub extern "C" fn room(length: usize) -> *mut u8 {
    keep_panics();
    PAGE.with_borrow_mut(|page| {
        page.request.clear();
        page.request.resize(length, 0);
        page.request.as_mut_ptr()
    })
}

/// Answers the request that was written; returns how many bytes the answer has.
///
/// # Panics
/// If the request is not UTF-8, which no page's encoder makes.
#[unsafe(no_mangle)]
pub extern "C" fn answer() -> usize {
    keep_panics();
    PAGE.with_borrow_mut(|page| {
        let request = str::from_utf8(&page.request).expect("a request in UTF-8");
        page.answer = page.session.answer(request);
        page.answer.len()
    })
}

/// Where the last answer stands. Valid until the next call.
#[unsafe(no_mangle)]
pub extern "C" fn answer_at() -> *const u8 {
    PAGE.with_borrow(|page| page.answer.as_ptr())
}

/// How many bytes the message of the panic has that ended the last call, 0 if none did.
#[unsafe(no_mangle)]
pub extern "C" fn panic_len() -> usize {
    PANIC.with_borrow(String::len)
}

/// Where this message stands.
#[unsafe(no_mangle)]
pub extern "C" fn panic_at() -> *const u8 {
    PANIC.with_borrow(|message| message.as_ptr())
}

#[cfg(test)]
mod tests {
    use super::{answer, answer_at, room};

    #[test]
    fn a_request_is_written_and_its_answer_read() {
        assert!(!room(2).is_null());
        assert!(0 < answer() && !answer_at().is_null());
    }
}
