//! Finds the text in the bytes of a CSV file, or names what they are instead.

use crate::bad_input;
use crate::data::foreign::recognized;

/// First characters, in lower case, of text that is no CSV, and what to do with it.
const OTHER_TEXTS: [(&str, &str); 12] = [
    ("<!doctype", "HTML and not CSV; save its table as CSV"),
    ("<html", "HTML and not CSV; save its table as CSV"),
    ("<table", "HTML and not CSV; save it as CSV"),
    ("<?xml", "XML and not CSV; save it as CSV"),
    ("{\"", "JSON and not CSV; save it as CSV, with pandas by to_csv"),
    ("{\n", "JSON and not CSV; save it as CSV, with pandas by to_csv"),
    ("[{", "JSON and not CSV; save it as CSV, with pandas by to_csv"),
    ("[[", "JSON and not CSV; save it as CSV, with a header"),
    ("[\n", "JSON and not CSV; save it as CSV, with pandas by to_csv"),
    (
        "@relation",
        "ARFF and not CSV; save it as CSV, with the names of its attributes as header",
    ),
    ("%!ps", "PostScript and not CSV; find its table as CSV"),
    (
        "version https://git-lfs",
        "a pointer to a file in Git LFS and not CSV; fetch the file itself (git lfs pull)",
    ),
];

/// The text of a CSV file, without the byte order mark that spreadsheets write.
///
/// # Errors
/// Bad input, with the place and the remedy, if it is no UTF-8 or begins as another format does.
pub(super) fn text<'a>(file: &str, bytes: &'a [u8]) -> anyhow::Result<&'a str> {
    if let Some((what, remedy)) = recognized(bytes) {
        return Err(bad_input!("{file}: this is {what} and not CSV; {remedy}"));
    }
    let line = |at: usize| 1 + breaks(bytes, at);
    if let Some(encoding) = wide(bytes) {
        return Err(bad_input!(
            "{file}:1: the text is not UTF-8 but {encoding}, as Excel's \"Unicode Text\" is; save it as CSV in UTF-8"
        ));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = line(error.valid_up_to());
        bad_input!(
            "{file}:{line}: the text is not UTF-8 but perhaps Latin-1 or Windows-1252; save the file as CSV in UTF-8"
        )
    })?;
    let text = text.trim_start_matches('\u{feff}');
    let lower = text.trim_start_matches([' ', '\t', '\r', '\n']);
    let begins = |start: &str| {
        let head = lower.get(..start.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(start))
    };
    if let Some((_, what)) = OTHER_TEXTS.iter().find(|(start, _)| begins(start)) {
        return Err(bad_input!("{file}: this is {what}"));
    }
    Ok(text)
}

/// Which encoding of two or four bytes for each character the text has, if it has one: by its byte order mark, or by the
/// zero bytes of its first characters.
fn wide(bytes: &[u8]) -> Option<&'static str> {
    let zeros: Vec<bool> = bytes.iter().take(4).map(|&byte| byte == 0).collect();
    let is = |pattern: [bool; 4]| zeros == pattern;
    let marked = |marks: [&[u8]; 2]| marks.iter().any(|mark| bytes.starts_with(mark));
    let four = marked([b"\xff\xfe\0\0", b"\0\0\xfe\xff"]) || is([true, true, true, false]);
    if four || is([false, true, true, true]) {
        return Some("UTF-32");
    }
    let two = marked([b"\xff\xfe", b"\xfe\xff"]) || is([true, false, true, false]);
    (two || is([false, true, false, true])).then_some("UTF-16")
}

/// Line breaks of any system before a place.
fn breaks(text: &[u8], before: usize) -> usize {
    let is_break = |at: &usize| match text[*at] {
        b'\n' => true,
        b'\r' => text.get(at + 1) != Some(&b'\n'),
        _ => false,
    };
    (0..before).filter(is_break).count()
}

#[cfg(test)]
mod tests {
    use super::text;
    use crate::error::refused;

    #[track_caller]
    fn check(bytes: &[u8], fragments: &[&str]) {
        let message = refused(text("my.csv", bytes), fragments);
        assert!(message.starts_with("my.csv:"), "{message}");
    }

    #[test]
    fn a_byte_order_mark_is_no_text() {
        assert_eq!(text("", "\u{feff}a".as_bytes()).unwrap(), "a");
        assert_eq!(text("", b"").unwrap(), "");
    }

    #[test]
    fn text_in_another_encoding_is_named_with_its_line() {
        check(
            b"a,label\n1,0\r\n1,\xe9\n",
            &["my.csv:3: ", "not UTF-8", "Latin-1", "save"],
        );
        check(b"a\rb\r\xe9", &["my.csv:3: "]);
        let utf_16 = |bytes: fn(u16) -> [u8; 2]| {
            "a,label\n1,0\n"
                .encode_utf16()
                .flat_map(bytes)
                .collect::<Vec<u8>>()
        };
        check(&utf_16(u16::to_le_bytes), &["UTF-16", "save it as CSV in UTF-8"]);
        check(&utf_16(u16::to_be_bytes), &["UTF-16"]);
        check(&[b"\xff\xfe", &*utf_16(u16::to_le_bytes)].concat(), &["UTF-16"]);
        check(b"\xff\xfe\0\0a\0\0\0", &["UTF-32"]);
        check(b"a\0\0\0,\0\0\0", &["UTF-32"]);
    }

    #[test]
    fn a_file_of_another_format_is_named() {
        check(b"\xd0\xcf\x11\xe0\xa1", &["Excel", "save it as CSV"]);
        check(b"PAR1\x15", &["Parquet", "to_csv"]);
        check(b"%PDF-1.7", &["PDF"]);
        check(b"\n<!DOCTYPE html>", &["HTML"]);
        check(b"[{\"a\": 1}]", &["JSON"]);
        check(b"{\"a\": 1}", &["JSON"]);
        check(b"@RELATION iris", &["ARFF"]);
    }
}
