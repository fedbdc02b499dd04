use serde_json::json;

use super::playground;
use super::shell::shell;

/// What stands between the first `start` and the next `end`.
fn between<'a>(page: &'a str, start: &str, end: &str) -> &'a str {
    let from = page.find(start).unwrap() + start.len();
    &page[from..from + page[from..].find(end).unwrap()]
}

#[test]
fn text_ends_no_script_and_comes_back_as_it_was() {
    let hostile = "</script><script>alert(1)</script><!-- & \u{2028} \"'";
    let payload = json!({ "name": hostile });
    let page = shell(hostile, &maud::html! { p { (hostile) } }, &payload, &[]);
    // Its own: what it is given, the module, the worker, the program.
    assert_eq!(page.matches("<script").count(), 4);
    assert_eq!(page.matches("</script>").count(), 4);
    let given = between(&page, "id=\"tombola-page\">", "</script>");
    let given: serde_json::Value = serde_json::from_str(given).unwrap();
    assert_eq!(given, payload);
}

#[test]
fn a_page_names_no_other_place() {
    let page = playground();
    let module = between(&page, "id=\"tombola-module\">", "</script>").to_owned();
    let rest = page.replace(&module, "");
    for place in ["http:", "https:", "src=", "@import", "url("] {
        let found = rest.matches(place).count();
        let namespaces = rest.matches("http://www.w3.org/").count();
        let allowed = if place == "http:" { namespaces } else { 0 };
        assert_eq!(found, allowed, "{place}");
    }
}

#[test]
fn equal_pages_are_equal_bytes() {
    assert!(playground() == playground());
}
