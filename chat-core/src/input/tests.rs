//! What is read strictly, and what is told of what could not be read.

use super::*;
use crate::{History, Register, Seq};

fn problem(json: &str) -> Problem {
    Input::from_json(json.as_bytes()).unwrap_err()
}

#[test]
fn what_a_lenient_reader_would_change_is_refused() {
    assert!(problem(r#"{"a": 1, "a": 2}"#).detail.contains("\"a\""));
    assert!(
        problem(r#"{"content": "x\u0000y"}"#)
            .detail
            .contains("content: text must not contain NUL")
    );
    assert!(
        problem(r#"{"content": "\ud800"}"#)
            .detail
            .contains("not valid JSON")
    );
    assert!(problem("[1]").detail.contains("object"));
    assert!(problem("null").detail.contains("object"));
    assert!(problem(r#"{"a": 1} x"#).detail.contains("trailing"));
    assert_eq!(problem(&"[".repeat(200_000)).code, Code::Malformed);
}

#[test]
fn every_failing_field_is_named_at_once_and_nothing_sent_is_repeated() {
    let input =
        Input::from_json(br#"{"username": "X", "password": 12345678, "email": "nobody"}"#).unwrap();

    let errors = Register::from_input(input).unwrap_err();

    let fields: Vec<_> = errors.0.keys().map(String::as_str).collect();
    assert_eq!(fields, ["email", "password", "username"]);
    assert!(!format!("{errors:?}").contains("12345678"));
}

#[test]
fn a_whole_number_may_be_written_with_a_fraction_of_nothing() {
    let id = "01890a5d-ac96-774b-bcce-b302099a8057";
    let before = |text: &str| {
        let json = format!(r#"{{"conversation_id": "{id}", "before": {text}}}"#);
        let input = Input::from_json(json.as_bytes()).unwrap();
        History::from_input(input)
            .ok()
            .map(|history| history.before)
    };

    assert_eq!(before("42.0"), Some(Some(Seq::try_from(42).unwrap())));
    assert_eq!(before("42.5"), None);
    assert_eq!(before("-1.0"), None);
    assert_eq!(before("1e300"), None);
    let deep = br#"{"inbox": {"epoch": "00000000000000ff", "seq": 7.0}}"#;
    let sync = crate::Sync::from_input(Input::from_json(deep).unwrap()).unwrap();
    assert_eq!(sync.inbox.map(|inbox| inbox.seq.get()), Some(7));
}

#[test]
fn null_in_a_url_is_a_text_like_any_other() {
    let mut input = Input::default();
    input.set_from_url("conversation_id", "01890a5d-ac96-774b-bcce-b302099a8057");
    input.set_from_url("before", "null");

    assert!(History::from_input(input).is_err());
}

#[test]
fn numbers_in_a_url_are_read_from_their_text() {
    let mut input = Input::default();
    input.set_from_url("conversation_id", "01890a5d-ac96-774b-bcce-b302099a8057");
    input.set_from_url("before", "42");

    let history = History::from_input(input).unwrap();

    assert_eq!(history.before, Some(Seq::try_from(42).unwrap()));
}
