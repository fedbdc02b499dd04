//! Labels of classes: numbers by their value, however they are written, and all else by its text.

use super::decimal::Decimal;
use super::number::Mark;
use super::{Sheet, missing};
use crate::text::{quoted, unwanted};

/// What a label says, equal for labels of one class. Numbers come first, in order.
#[derive(Clone, Debug, Hash, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Label<'a> {
    Number(Decimal),
    Text(&'a str),
}

impl<'a> Label<'a> {
    /// The label that `text` is, with a decimal point if it is a number: that of a class of a ticket.
    pub(crate) fn of(text: &'a str) -> Self {
        Decimal::of(text).map_or(Self::Text(text), Self::Number)
    }

    /// The label that is a whole number.
    pub(crate) fn whole(number: usize) -> Self {
        Self::Number(Decimal::of(&number.to_string()).expect("digits are a number"))
    }
}

impl Sheet {
    /// The label in a cell.
    ///
    /// # Errors
    /// Bad input if it is missing: empty, or what pandas, R or a spreadsheet writes for a missing value. Other marks,
    /// such as `-`, may be names, unless all other labels are numbers. And if it holds a character that is
    /// [unwanted].
    pub(crate) fn label(&self, row: usize, column: usize) -> anyhow::Result<Label<'_>> {
        let text = self.text(row, column)?;
        if missing::is_missing(text) {
            return Err(self.refused(row, column, &missing_label(text)));
        }
        if let Some(what) = unwanted(text) {
            return Err(self.refused(row, column, &format!("the label {} {what}", quoted(text))));
        }
        Ok(self.plain_label(row, column))
    }

    /// The label in a cell, whatever it says.
    pub(crate) fn plain_label(&self, row: usize, column: usize) -> Label<'_> {
        let text = self.cell(row, column);
        let number = match self.mark {
            Mark::Comma if text.contains('.') => None,
            Mark::Comma => Decimal::of(&text.replacen(',', ".", 1)),
            Mark::Point => return Label::of(text),
        };
        number.map_or(Label::Text(text), Label::Number)
    }
}

/// What is wrong with a label that stands for none.
pub(crate) fn missing_label(text: &str) -> String {
    format!(
        "{} is a missing label and no class; fill it or delete the row (if it is a class, give it another name)",
        quoted(text)
    )
}
