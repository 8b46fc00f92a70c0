//! Ways to the next page, as RingCentral shows and as it should not show them.

use super::*;

const OURS: &str = "view=Detailed&dateTo=2026-01-02T00:00:00Z";

fn walk() -> Walk {
    let url = Url::parse("https://platform.example/restapi/v1.0/account/~/call-log").unwrap();
    let query = vec![
        ("view", "Detailed".to_owned()),
        ("dateTo", "2026-01-02T00:00:00Z".to_owned()),
    ];
    Walk::new("call-log", url, Group::unpaced("heavy"), 2, query)
}

fn list(json: &str) -> List {
    crate::wire::read(json.as_bytes()).unwrap()
}

fn leading_to(uri: &str) -> List {
    list(&format!(
        r#"{{"records":[],"navigation":{{"nextPage":{{"uri":"{uri}"}}}}}}"#
    ))
}

fn place(walk: &Walk) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(&walk.place)
        .finish()
}

#[test]
fn the_next_page_keeps_our_filters_and_our_host() {
    for uri in [
        "https://platform.example/restapi/v1.0/account/1/call-log?view=Simple&page=2&perPage=1",
        "https://platform.example:443/x?dateTo=2020-01-01T00:00:00Z&page=2&perPage=1",
        "https//broken?page=2&perPage=1#top",
        "https://evil.example/?page=2&perPage=1",
        "?page=2&perPage=1",
    ] {
        let mut walk = walk();
        assert!(walk.turn(&leading_to(uri)).unwrap());
        assert_eq!(place(&walk), "page=2&perPage=1", "{uri}");
        assert_eq!(walk.asks("view"), ["Detailed"]);
        assert_eq!(walk.asks("dateTo"), ["2026-01-02T00:00:00Z"]);
    }
}

#[test]
fn parameters_that_we_do_not_know_travel_along() {
    let mut walk = walk();
    let uri = format!("https://platform.example/?{OURS}&showBlocked=true&page=2&perPage=2");
    assert!(walk.turn(&leading_to(&uri)).unwrap());
    assert_eq!(place(&walk), "showBlocked=true&page=2&perPage=2");
    assert!(walk.turn(&leading_to("/?pageToken=x")).unwrap());
    assert_eq!(place(&walk), "pageToken=x");
    assert!(walk.turn(&leading_to("/?pageToken=x")).is_err());
}

#[test]
fn pages_that_lead_nowhere_new_are_an_error_and_not_the_end() {
    for uri in [
        "/?page=1",
        "/?page=0",
        "/?page=x",
        "/?view=Detailed",
        "/",
        "",
    ] {
        let error = walk().turn(&leading_to(uri)).unwrap_err();
        assert_eq!(error.kind(), Kind::Protocol, "{uri}");
    }
    let mut back = walk();
    assert!(back.turn(&leading_to("/?page=7")).unwrap());
    assert!(back.turn(&leading_to("/?page=6")).is_err());
    let error = walk().turn(&leading_to("/?page=1001")).unwrap_err();
    assert_eq!(error.verdict(), Verdict::GiveUp);
}

#[test]
fn the_end_is_where_nothing_speaks_of_more() {
    for (json, more) in [
        (r#"{"records":[],"navigation":{}}"#, false),
        (r#"{"records":[1,2],"navigation":{"nextPage":null}}"#, false),
        (
            r#"{"records":[1,2],"navigation":{},"paging":{"page":1,"totalPages":1}}"#,
            false,
        ),
        (
            r#"{"records":[1],"navigation":{},"paging":{"page":1,"totalPages":2}}"#,
            true,
        ),
        (r#"{"records":[1,2]}"#, true),
        (r#"{"records":[1,2],"paging":{"perPage":100}}"#, false),
        (r#"{"records":[1]}"#, false),
        (r#"{"records":[]}"#, false),
    ] {
        assert_eq!(walk().turn(&list(json)).unwrap(), more, "{json}");
    }
}

#[test]
fn a_page_without_its_records_or_its_way_on_is_no_page() {
    for json in [
        "{}",
        r#"{"records":{}}"#,
        r#"{"records":null}"#,
        r#"{"records":[],"navigation":{"nextPage":{}}}"#,
        r#"{"records":[],"navigation":{"nextPage":{"uri":7}}}"#,
    ] {
        assert!(
            crate::wire::read::<List>(json.as_bytes()).is_err(),
            "{json}"
        );
    }
}

#[test]
fn another_filter_value_starts_anew() {
    let mut old = walk();
    assert!(old.is_at_start() && old.turn(&leading_to("/?page=2")).unwrap());
    let new = old.asking("view", "Simple");
    assert!(new.is_at_start() && !old.is_at_start());
    assert_eq!(new.asks("view"), ["Simple"]);
    assert_eq!(place(&new), "page=1&perPage=2");
}
