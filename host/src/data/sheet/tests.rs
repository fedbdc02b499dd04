//! What a CSV file may look like, and what is said of one that may not.

use super::{Label, Sheet};
use crate::error::refused;

fn sheet(text: &str) -> Sheet {
    parse(text).unwrap()
}

fn parse(text: &str) -> anyhow::Result<Sheet> {
    Sheet::parse("my.csv".to_owned(), text.as_bytes())
}

/// The numbers of a sheet, row by row.
fn numbers(sheet: &Sheet) -> Vec<f64> {
    let columns = 0..sheet.header().len();
    (0..sheet.row_count())
        .flat_map(|row| {
            columns
                .clone()
                .map(move |column| sheet.exact_number(row, column).unwrap())
        })
        .collect()
}

#[track_caller]
fn check(text: &str, place: &str, fragments: &[&str]) {
    let refused_number = |sheet: Sheet| {
        let columns = 0..sheet.header().len();
        for row in 0..sheet.row_count() {
            for column in columns.clone() {
                sheet.exact_number(row, column)?;
            }
        }
        Ok(())
    };
    let message = refused(parse(text).and_then(refused_number), fragments);
    assert!(message.starts_with(place), "no '{place}' before: {message}");
}

#[test]
fn commas_semicolons_and_tabs_separate() {
    for text in [
        "a,b\n1.5,2\n",
        "a;b\n1.5;2\n",
        "a;b\n1,5;2\n",
        "a\tb\n1.5\t2\n",
        "a\tb\n1,5\t2\n",
    ] {
        let sheet = sheet(text);
        assert_eq!(sheet.header(), ["a", "b"], "{text}");
        assert_eq!(numbers(&sheet), [1.5, 2.0], "{text}");
    }
}

#[test]
fn other_separators_are_named() {
    check("a|b\n1|2\n", "my.csv:1: ", &["'|'", "commas, semicolons or tabs"]);
    check("a b c\n1 2 3\n", "my.csv:1: ", &["blanks"]);
    check("sep=;\na;b\n1;2\n", "my.csv:1: ", &["sep=;", "Excel", "delete"]);
    check(
        "a;b\n1;2\n1,2\n",
        "my.csv:3: ",
        &["1 cell ", "by semicolons, not by commas"],
    );
    check("a,b,c\n1 2 3\n", "my.csv:2: ", &["by commas, not by blanks"]);
}

#[test]
fn decimals_are_written_in_one_way_in_a_file() {
    assert_eq!(numbers(&sheet("a;b\n1,234;0\n2;5,5\n")), [1.234, 0.0, 2.0, 5.5]);
    assert_eq!(numbers(&sheet("a;b\n1,234;0\n2;5\n")), [1.234, 0.0, 2.0, 5.0]);
    assert_eq!(numbers(&sheet("a\tb\n0,234\t1,234\n")), [0.234, 1.234]);
    check(
        "a;b\n1,5;1.5\n",
        "my.csv:2: column 'b': ",
        &["'1.5'", "decimal point", "decimal commas"],
    );
    check(
        "a;b\n1.5;1\n2;2,5\n",
        "my.csv:2: column 'a': ",
        &["'1.5'", "decimal commas"],
    );
    check("a;b\n1.234,5;1\n", "my.csv:2: column 'a': ", &["thousands"]);
    check("a;b\n1,234,567;1\n", "my.csv:2: column 'a': ", &["thousands"]);
    check("a\tb\n1,234\t950\n", "my.csv:2: column 'a': ", &["thousands"]);
    check("a,b\n\"1,234.5\",950\n", "my.csv:2: column 'a': ", &["thousands"]);
    // A comma in text says nothing about numbers.
    let sheet = sheet("a;b\n1.5;x, y\n2.5;0,5\n");
    assert_eq!([0, 1].map(|row| sheet.exact_number(row, 0).unwrap()), [1.5, 2.5]);
}

#[test]
fn decimals_that_may_be_thousands_are_refused() {
    for (text, place) in [
        ("a;b\n1,019;2\n980;3\n", "my.csv:2: column 'a': "),
        ("a;b\n980;2\n1.019;3\n", "my.csv:3: column 'a': "),
        ("a\tb\n980\t1.019\n5\t250\n", "my.csv:2: column 'b': "),
        ("a,b\n980,0\n\"1.019\",3\n", "my.csv:3: column 'a': "),
    ] {
        check(
            text,
            place,
            &["may be 1019", "has '", "delete the separator", "019"],
        );
    }
    let decimals = sheet("a;b\n1,019;2\n980;3\n0,5;3\n");
    assert_eq!(decimals.exact_number(0, 0).unwrap(), 1.019);
    // A label is no quantity.
    assert!(sheet("a;b\n1,019;2\n980;3\n").label(0, 0).is_ok());
}

#[test]
fn a_separator_that_another_would_do_for_is_told() {
    let notes = sheet("a,b;c,d\n1,5;2,5\n3,5;4,5\n").notes().to_vec();
    assert_eq!(
        notes,
        ["its columns are taken to be separated by semicolons, though commas would do, too"]
    );
    let otherwise = sheet("a,b;y\n1,5;0\n2,5;1\n").otherwise();
    assert!(otherwise.contains("by semicolons, not by commas"), "{otherwise}");
    assert_eq!(sheet("a;y\n1,5;0\n").otherwise(), "");
    check(
        "\"a;b\"\n\"1;0\"\n",
        "my.csv:1: ",
        &["whole line stands in quotes", "delete the quotes"],
    );
    check("x\n1,5\n", "my.csv:2: ", &["2 cells", "decimals with a point"]);
    check(
        "My measurements\n1;2;0\n",
        "my.csv:2: ",
        &["3 cells", "delete what stands above"],
    );
}

#[test]
fn a_quote_that_does_not_close_is_refused_where_it_opens() {
    check(
        "a,b,y\n1,2,0\n4,3,\"1\n5,6,0\n7,8,1\n",
        "my.csv:3: column 3: ",
        &["does not close", "close it"],
    );
    check("a,b,y\n1,2,\"x\ny\"\n", "my.csv:2: column 3: ", &["line break"]);
    check("a,b,y\n1,\"2,0\n4,3\",1\n", "my.csv:2: ", &["does not close"]);
    check("\"a,b\n1,2\n", "my.csv:1: ", &["does not close"]);
    check(
        "a,y\n1,5\" display\n2,6\" display\n",
        "my.csv:2: column 2: ",
        &["inside a cell"],
    );
    check(
        "a, \"y\"\n1,2\n",
        "my.csv:1: column 2: ",
        &["blank stands before a quote"],
    );
    check("a,y\n1,\"x\" y\n", "my.csv:2: column 2: ", &["text follows"]);
    let quoted = sheet("\"a\",\"b\"\n\"1\",\"say \"\"1,5\"\"\"\n");
    assert_eq!(quoted.text(0, 1).unwrap(), "say \"1,5\"");
    assert_eq!(quoted.number(0, 0).unwrap(), 1.0);
}

#[test]
fn characters_that_nobody_can_want_are_named() {
    check(
        "a,b\n1,2\n\u{1a}",
        "my.csv:3: ",
        &["the line holds U+001A", "end-of-file mark"],
    );
    check(
        "a,b\n1,2\u{0}\n",
        "my.csv:2: column 'b': ",
        &["is not a number", "holds U+0000"],
    );
    check("a,b\n1,\u{feff}2\n", "my.csv:2: column 'b': ", &["holds U+FEFF"]);
}

#[test]
fn comments_before_the_header_are_named() {
    check("# made by hand\na,b\n1,2\n", "my.csv:1: ", &["comment"]);
    check("# made by hand, in 2020\na,b\n1,2\n", "my.csv:1: ", &["comment"]);
    check("# a b label\n1 2 0\n", "my.csv:1: ", &["'#' if it is the header"]);
    check("a,b\n1,2\n# end\n", "my.csv:3: ", &["1 cell ", "comment"]);
    assert_eq!(sheet("#,b\n1,2\n").header(), ["#", "b"]);
    assert_eq!(sheet("# a,b\n1,2\n").header(), ["# a", "b"]);
}

#[test]
fn a_first_line_that_is_no_header_is_told() {
    let iris = "150,4,setosa,versicolor,virginica\n";
    let rows = "5.1,3.5,1.4,0.2,0\n".repeat(150);
    check(
        &[iris, &rows].concat(),
        "my.csv:1: ",
        &["150 samples and 4 inputs", "write 5 names", "scikit-learn"],
    );
    check(
        "3,1,no,yes\n1,0\n2,1\n3,0\n",
        "my.csv:1: ",
        &["3 samples", "write 2 names"],
    );
    check("5.1,3.5\n1,2,3\n", "my.csv:1: ", &["must be a header", "'5.1'"]);
    check("0,0\n1,2\n", "my.csv:1: ", &["must be a header", "'0'"]);
    check(
        "My measurements\na,b\n1,2\n",
        "my.csv:2: ",
        &["must be a header", "delete what stands above"],
    );
}

#[test]
fn columns_that_number_the_rows_are_left_out_and_told() {
    for text in [
        ",a,b\n0,5,6\n1,7,8\n",
        ",a,b\n17,5,6\n3,7,8\n",
        "\"\",\"a\",\"b\"\n\"1\",5,6\n\"2\",7,8\n",
        ",a,b\nMazda,5,6\nFiat,7,8\n",
        "Unnamed: 0,a,b\n0,5,6\n1,7,8\n",
        ",Unnamed: 0,a,b\n0,0,5,6\n1,1,7,8\n",
    ] {
        let sheet = sheet(text);
        assert_eq!(sheet.header(), ["a", "b"], "{text}");
        assert_eq!(numbers(&sheet), [5.0, 6.0, 7.0, 8.0], "{text}");
        assert!(sheet.notes()[0].starts_with("column 1 "), "{:?}", sheet.notes());
        assert!(sheet.notes()[0].ends_with("it is left out"));
        let numbers = !text.contains("Fiat");
        assert_eq!(sheet.notes()[0].contains("numbers the rows"), numbers);
    }
    assert_eq!(sheet("a,b\n1,2\n").notes(), [""; 0]);
    for rows in ["0.5,5\n0.7,6\n", "1,5\n1,6\n", ",5\n,6\n"] {
        check(&format!(",a\n{rows}"), "my.csv:1: ", &["column 1 has no name"]);
        check(
            &format!("Unnamed: 0,a\n{rows}"),
            "my.csv:1: ",
            &["column 1", "'Unnamed: 0'", "pandas"],
        );
    }
    check("a,Unnamed: 1\n1,2\n", "my.csv:1: ", &["column 2", "'Unnamed: 1'"]);
}

#[test]
fn lines_are_counted_as_an_editor_does() {
    let sheet = sheet("\r\n\r\na,b\r\n1,2\r\n\r\n   \r\n3,4");
    assert_eq!(sheet.header_place(), "my.csv:3");
    assert_eq!([0, 1].map(|row| sheet.place(row)), ["my.csv:4", "my.csv:7"]);
    assert_eq!(numbers(&sheet), [1.0, 2.0, 3.0, 4.0]);
}

#[test]
fn labels_are_numbers_by_value_or_text() {
    let sheet = sheet("a;b\n1,50;x\n1,5;NA\n");
    assert_eq!(sheet.label(0, 0).unwrap(), Label::of("1.5"));
    assert_eq!(sheet.label(1, 0).unwrap(), Label::of("1.50"));
    assert_eq!(sheet.label(0, 1).unwrap(), Label::Text("x"));
    refused(
        sheet.label(1, 1),
        &["my.csv:3: column 'b': 'NA' is a missing label"],
    );
}
