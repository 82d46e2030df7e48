//! What requests must look like: each wrong field is named, all of them at once, and a change keeps what it does not name.

use chat_core::*;
use serde_json::{Value, json};

const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

fn read<T: FromInput>(fields: Value) -> Result<T, Vec<String>> {
    let input = Input::from_value(fields).unwrap();
    T::from_input(input).map_err(|errors| errors.0.into_keys().collect())
}

/// The fields that are wrong, with a space between them.
fn wrong<T: FromInput>(fields: Value) -> String {
    read::<T>(fields)
        .err()
        .map_or_else(String::new, |names| names.join(" "))
}

#[test]
fn an_invite_holds_a_minute_to_a_year_and_for_1_to_100_000_uses() {
    let wrong = |expires: i64, uses: i64| {
        wrong::<CreateInvite>(
            json!({"conversation_id": ID, "expires_in_s": expires, "max_uses": uses}),
        )
    };

    assert_eq!(wrong(60, 1), "");
    assert_eq!(wrong(31_536_000, 100_000), "");
    assert_eq!(wrong(59, 1), "expires_in_s");
    assert_eq!(wrong(31_536_001, 1), "expires_in_s");
    assert_eq!(wrong(60, 100_001), "max_uses");
    assert_eq!(wrong(0, 0), "expires_in_s max_uses");
    assert_eq!(wrong(-1, -1), "expires_in_s max_uses");
    let bare = read::<CreateInvite>(json!({"conversation_id": ID})).unwrap();
    assert_eq!((bare.expires_in_s, bare.max_uses), (None, None));
}

#[test]
fn a_message_is_forwarded_to_1_to_20_conversations() {
    let wrong = |count: usize| {
        wrong::<ForwardMessage>(json!({"message_id": ID, "conversation_ids": vec![ID; count]}))
    };

    assert_eq!(wrong(0), "conversation_ids");
    assert_eq!(wrong(1), "");
    assert_eq!(wrong(20), "");
    assert_eq!(wrong(21), "conversation_ids");
}

#[test]
fn a_forward_names_every_wrong_field() {
    let wild = json!({"message_id": "x", "conversation_ids": ["x"], "client_id": "a b"});
    assert_eq!(
        wrong::<ForwardMessage>(wild),
        "client_id conversation_ids message_id"
    );
    assert_eq!(
        wrong::<ForwardMessage>(json!({})),
        "conversation_ids message_id"
    );
}

#[test]
fn a_send_names_every_wrong_field() {
    let wild = json!({
        "conversation_id": "x", "client_id": "", "content": " ", "kind": "system", "metadata": [1],
        "reply_to": "x", "attachment_ids": ["x"], "mentions": "ann",
    });
    assert_eq!(
        wrong::<SendMessage>(wild),
        "attachment_ids client_id content conversation_id kind mentions metadata reply_to"
    );
    let many =
        json!({"conversation_id": ID, "attachment_ids": vec![ID; 11], "mentions": vec![ID; 51]});
    assert_eq!(wrong::<SendMessage>(many), "attachment_ids mentions");
}

#[test]
fn a_send_has_a_text_or_files_and_a_voice_message_one_sound() {
    let wrong = |kind: &str, content: Option<&str>, files: usize| {
        wrong::<SendMessage>(json!({
            "conversation_id": ID, "kind": kind, "content": content, "attachment_ids": vec![ID; files],
        }))
    };

    assert_eq!(wrong("text", Some("hi"), 0), "");
    assert_eq!(wrong("text", None, 10), "");
    assert_eq!(wrong("text", None, 0), "content");
    assert_eq!(wrong("text", Some("hi"), 11), "attachment_ids");
    assert_eq!(wrong("voice", None, 1), "");
    assert_eq!(wrong("voice", Some("hi"), 1), "");
    assert_eq!(wrong("voice", Some("hi"), 2), "attachment_ids");
    assert_eq!(wrong("voice", None, 0), "attachment_ids content");
}

#[test]
fn a_change_of_the_account_names_every_wrong_field() {
    let wild = json!({
        "username": "no", "display_name": "\u{200b}", "bio": "x".repeat(501),
        "status_text": "a\nb", "email": "nobody", "current_password": 1,
    });
    assert_eq!(
        wrong::<ChangeMe>(wild),
        "bio current_password display_name email status_text username"
    );
    assert_eq!(read(json!({})), Ok(ChangeMe::nothing()));
}

#[test]
fn what_may_be_taken_away_is_taken_away_by_an_empty_text() {
    let me = read::<ChangeMe>(json!({"bio": "", "status_text": " "})).unwrap();
    assert_eq!(me.bio.as_ref().map(Bio::as_str), Some(""));
    assert_eq!(me.status_text.as_ref().map(StatusText::as_str), Some(""));
    assert_eq!(
        wrong::<ChangeMe>(json!({"display_name": ""})),
        "display_name"
    );
}

#[test]
fn messages_stay_5_seconds_to_a_year_or_for_ever() {
    let seconds = |ttl: u32| MessageTtl::try_from(ttl).map(MessageTtl::seconds);

    assert_eq!(seconds(0), Ok(None));
    assert_eq!(seconds(5), Ok(Some(5)));
    assert_eq!(seconds(31_536_000), Ok(Some(31_536_000)));
    for bad in [1, 4, 31_536_001, u32::MAX] {
        assert!(seconds(bad).is_err(), "{bad}");
    }
    let change = json!({"conversation_id": ID, "title": " ", "description": "x".repeat(501), "message_ttl_s": 4});
    assert_eq!(
        wrong::<ChangeConversation>(change),
        "description message_ttl_s title"
    );
}

#[test]
fn metadata_is_an_object_of_up_to_4096_bytes_and_stays_as_it_is() {
    let metadata = |value: Value| serde_json::from_value::<Metadata>(value);
    // {"a":""} has 8 bytes.
    let fits = json!({"a": "x".repeat(4_088)});

    assert_eq!(
        serde_json::to_value(metadata(fits.clone()).unwrap()).unwrap(),
        fits
    );
    assert!(metadata(json!({"a": "x".repeat(4_089)})).is_err());
    assert!(
        metadata(json!({"a": "ж".repeat(2_045)})).is_err(),
        "bytes are counted"
    );
    for other in [json!([1]), json!("x"), json!(1), Value::Null] {
        assert!(metadata(other.clone()).is_err(), "{other}");
    }
}

fn prefs(fields: Value, known: &Prefs) -> Prefs {
    let mut fields = fields;
    fields["conversation_id"] = json!(ID);
    let change = read::<ChangePrefs>(fields).unwrap();
    change.apply(known.clone(), Timestamp::from_ms(1_000))
}

#[test]
fn preferences_keep_what_is_not_named() {
    let known = Prefs {
        muted_until: Some(Timestamp::from_ms(2_000)),
        pinned: true,
        archived: true,
        nickname: Some("n".into()),
        draft: Some("d".into()),
    };

    assert_eq!(prefs(json!({}), &known), known);
    let loud = prefs(json!({"muted_until": Timestamp::from_ms(1_000)}), &known);
    assert_eq!(loud.muted_until, None, "a moment that has come ends it");
    let open = prefs(json!({"archived": false, "pinned": false}), &known);
    assert!(!open.archived && !open.pinned && open.draft == known.draft);
    let bare = prefs(json!({"nickname": " ", "draft": ""}), &known);
    assert_eq!((bare.nickname, bare.draft), (None, None));
    let late = Prefs {
        muted_until: Some(Timestamp::from_ms(999)),
        ..known
    };
    assert_eq!(prefs(json!({}), &late).muted_until, None);
}

#[test]
fn a_change_of_preferences_names_every_wrong_field() {
    let wild = json!({
        "conversation_id": "x", "muted_until": "soon", "pinned": "x", "archived": 1,
        "nickname": "a\nb", "draft": "x".repeat(4_001),
    });
    assert_eq!(
        wrong::<ChangePrefs>(wild),
        "archived conversation_id draft muted_until nickname pinned"
    );
}

#[test]
fn settings_keep_what_is_not_named() {
    let apply =
        |fields: Value, known: Settings| read::<ChangeSettings>(fields).unwrap().apply(known);
    let all = json!({
        "presence": "contacts", "last_seen": "nobody", "read_marks": false,
        "found_by_email": true, "notify": "mentions", "notify_content": false,
    });

    let changed = apply(all.clone(), Settings::default());

    assert_eq!(serde_json::to_value(&changed).unwrap(), all);
    assert_eq!(apply(json!({}), changed.clone()), changed);
    let one = apply(json!({"read_marks": true}), changed.clone());
    assert_eq!(
        one,
        Settings {
            read_marks: true,
            ..changed
        }
    );
}

#[test]
fn a_change_of_settings_names_every_wrong_field() {
    let wild = json!({
        "presence": "some", "last_seen": 1, "read_marks": "x", "found_by_email": 1,
        "notify": "never", "notify_content": [],
    });
    assert_eq!(
        wrong::<ChangeSettings>(wild),
        "found_by_email last_seen notify notify_content presence read_marks"
    );
}
