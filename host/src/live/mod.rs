//! Answers what a page asks of the core: lotteries are drawn as they are looked at, with the bits of a run.
//!
//! A page sends a [`Request`] as JSON and gets JSON. [`Session`] holds what was opened, `lotteries` draws, `epochs` shows how a
//! level learns, `answer` answers, `without` takes neurons out of a ticket. Everything here works on text and bytes, in a
//! browser too.

mod answer;
mod epochs;
mod lotteries;
mod request;
#[cfg(test)]
mod tests;
mod without;

pub use request::{At, Request, TICKET};
use serde_json::{Value, json};

use self::answer::Opened;
use crate::bad_input;
use crate::figure::{self, FigureData, View, figure};
use crate::text::{from_json, quoted, visible_json};

/// What one page works with.
#[derive(Default)]
pub struct Session {
    opened: Option<Opened>,
    figures: FigureData,
}

impl Session {
    /// One in which nothing is opened.
    pub fn new() -> Self {
        Self::default()
    }

    /// The answer to a request, both JSON. What cannot be answered is `{"error": "…"}`: one sentence with place and remedy.
    pub fn answer(&mut self, request: &str) -> String {
        let answer = from_json(request)
            .map_err(|error| anyhow::anyhow!("this is no request: {error}"))
            .and_then(|request| self.answered(request))
            .unwrap_or_else(|error| json!({ "error": format!("{error:#}") }));
        visible_json(&answer.to_string()).into_owned()
    }

    fn answered(&mut self, request: Request) -> anyhow::Result<Value> {
        match request {
            Request::Open {
                experiment,
                overrides,
            } => {
                let (opened, about) = Opened::experiment(&experiment, &overrides)?;
                self.opened = Some(opened);
                Ok(about)
            }
            Request::Tickets { tickets } => {
                let (opened, about) = Opened::tickets(&tickets)?;
                self.opened = Some(opened);
                Ok(about)
            }
            Request::Figures { data } => {
                self.figures = *data;
                Ok(json!({}))
            }
            Request::Figure { key, arms, width } => {
                let view = View {
                    chosen: &arms,
                    width,
                    ..View::default()
                };
                let figure = figure(&key).ok_or_else(|| bad_input!("{} is no figure", quoted(&key)))?;
                Ok(json!({ "svg": figure::svg(figure, &self.figures, &view) }))
            }
            Request::Draw { seed, arm } => self.opened()?.draw(seed, &arm),
            Request::Level { at } => self.opened()?.level(&at),
            Request::Picture { at, removed } => self.opened()?.picture(&at, &removed),
            Request::Map { at, task, removed } => self.opened()?.map(&at, task, &removed),
            Request::Export { at, format } => self.opened()?.export(&at, &format),
            Request::Findings { arm } => self.opened()?.findings(&arm),
        }
    }

    fn opened(&mut self) -> anyhow::Result<&mut Opened> {
        let opened = self.opened.as_mut();
        opened.ok_or_else(|| anyhow::anyhow!("nothing is opened yet; send open or tickets first"))
    }
}
