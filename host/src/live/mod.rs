//! Answers what a page in a browser asks: a request goes in and an answer comes out, both JSON.

/// What a page has opened.
#[derive(Debug, Default)]
pub struct Session {}

impl Session {
    /// Nothing is open.
    pub fn new() -> Self {
        Self::default()
    }

    /// Answers a request. What is wrong with a request is an answer, too: `{"error": "…"}`.
    pub fn answer(&mut self, request: &str) -> String {
        let _ = request;
        r#"{"error":"unknown request"}"#.to_string()
    }
}
