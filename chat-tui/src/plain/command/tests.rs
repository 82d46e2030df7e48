//! What a line means: above all, whom it opens.

use super::*;
use crate::theme::Theme;
use chat_core::{Conversation, ConversationKind, Epoch, MemberRole, My, Prefs, Timestamp};
use jiff::tz::TimeZone;

fn conversation(n: u128) -> Conversation {
    Conversation {
        id: ConversationId::new(uuid::Uuid::from_u128(n)),
        kind: ConversationKind::Group,
        title: None,
        description: None,
        avatar_url: None,
        message_ttl_s: None,
        created_at: Timestamp::from_ms(0),
        updated_at: Timestamp::from_ms(0),
        epoch: Epoch::new(7),
        last_seq: Seq::ZERO,
        last_message: None,
        members: Vec::new(),
        member_count: 1,
        my: My {
            role: MemberRole::Member,
            read_seq: Seq::ZERO,
            delivered_seq: Seq::ZERO,
            unread_count: 0,
            mention_count: 0,
            counted_seq: Seq::ZERO,
            prefs: Prefs::default(),
        },
    }
}

fn row(n: u128, title: &str) -> Summary {
    let conversation = conversation(n);
    Summary {
        id: conversation.id,
        kind: ConversationKind::Group,
        title: title.to_owned(),
        unread: 0,
        mentions: 0,
        peer: None,
        presence: None,
        typing: false,
        muted: false,
        pinned: false,
        archived: false,
        place: conversation.list_place(),
        newest: None,
        preview: String::new(),
    }
}

fn model(titles: &[&str]) -> Model {
    let mut model = Model::new(Theme::new(false), TimeZone::UTC, Timestamp::from_ms(0));
    model.list = (1..).zip(titles).map(|(n, title)| row(n, title)).collect();
    model
}

fn opens(model: &Model, name: &str) -> Result<String, String> {
    let id = named(model, &Said::default(), name)?;
    let mut list = model.list.iter();
    Ok(list.find(|row| row.id == id).unwrap().title.clone())
}

#[test]
fn a_whole_name_comes_before_everything_that_begins_with_it() {
    let model = model(&["ann", "Anna", "ann's team", "Planning"]);
    assert_eq!(opens(&model, "ann").unwrap(), "ann");
    assert_eq!(opens(&model, "ANNA").unwrap(), "Anna");
    assert_eq!(opens(&model, "team").unwrap(), "ann's team");
}

#[test]
fn with_a_doubt_nothing_is_opened_and_the_candidates_are_named() {
    let several = opens(&model(&["Anna", "ann's team"]), "ann").unwrap_err();
    assert!(several.contains("Anna; ann's team"), "{several}");
    let twice = opens(&model(&["ann", "ann"]), "ann").unwrap_err();
    assert!(twice.contains("ann; ann"), "{twice}");
    let none = opens(&model(&["Planning", "a new nail"]), "ann").unwrap_err();
    assert!(none.contains("no conversation"), "{none}");
    assert!(opens(&model(&["ann"]), "").is_err());
}

#[test]
fn after_a_refused_name_nothing_is_said_anywhere() {
    let (mut model, mut said) = (model(&["bo", "cy"]), Said::default());
    take(&mut model, &mut said, "/open bo");
    assert!(model.thread.is_some());

    take(&mut model, &mut said, "/open nobody");

    assert!(take(&mut model, &mut said, "for nobody").is_empty());
    assert_eq!(said.refused(), 2);
}

#[test]
fn a_number_counts_in_the_list_as_it_was_told() {
    let (mut model, mut said) = (model(&["bo", "cy"]), Said::default());
    assert!(named(&model, &said, "2").is_err(), "nothing was told");
    take(&mut model, &mut said, "/list");
    let second = model.list[1].id;

    model.list.reverse();

    assert_eq!(named(&model, &said, "2"), Ok(second));
}

#[test]
fn a_conversation_is_begun_with_somebody() {
    let (mut model, mut said) = (model(&[]), Said::default());
    assert!(take(&mut model, &mut said, "/new").is_empty());
    let begun = take(&mut model, &mut said, "/new @Bo cy # Trip");
    let usernames = vec!["bo".to_owned(), "cy".to_owned()];
    let title = Some("Trip".to_owned());
    assert_eq!(
        begun,
        [Effect::Create {
            usernames,
            title,
            is_channel: false
        }]
    );
}

#[test]
fn lines_that_are_pasted_are_one_message_and_no_commands() {
    let (mut model, mut said) = (model(&["lounge"]), Said::default());
    take(&mut model, &mut said, "/open lounge");
    for line in ["/paste", "  one", "/quit", ""] {
        assert_eq!(take(&mut model, &mut said, line), []);
    }
    let sent = take(&mut model, &mut said, ".");
    let body = MessageBody::parse("  one\n/quit").unwrap();
    assert!(
        matches!(&sent[..], [Effect::Send { body: said, .. }] if *said == body),
        "{sent:?}"
    );
}

#[test]
fn an_emoji_has_a_name_and_two_slashes_say_one() {
    assert_eq!(emoji::parse(":tada:").unwrap().as_str(), "🎉");
    assert!(emoji::parse(":nonsense:").is_err());
    let (mut model, mut said) = (model(&["lounge"]), Said::default());
    take(&mut model, &mut said, "/open lounge");

    let sent = take(&mut model, &mut said, "//list is a command");

    let body = MessageBody::parse("/list is a command").unwrap();
    assert!(
        matches!(&sent[..], [Effect::Send { body: said, .. }] if *said == body),
        "{sent:?}"
    );
}

#[test]
fn what_follows_what_opens_another_conversation_is_not_for_the_one_before() {
    for line in ["/new bo", "/new", "/join code-1", "/join !", "/unread"] {
        let (mut model, mut said) = (model(&["lounge"]), Said::default());
        take(&mut model, &mut said, "/open lounge");
        take(&mut model, &mut said, line);
        assert_eq!(take(&mut model, &mut said, "thanks"), [], "{line}");
    }
}

#[test]
fn what_is_no_action_and_what_nothing_asks_for_is_refused_in_words() {
    let (mut model, mut said) = (model(&["lounge"]), Said::default());
    take(&mut model, &mut said, "/open lounge");
    for line in [
        "/do fly",
        "/do send",
        "/yes",
        "/pick 1",
        "/role bo king",
        "/block",
        "/save 1",
        "/retry",
    ] {
        let before = said.refused();
        assert_eq!(take(&mut model, &mut said, line), [], "{line}");
        assert_eq!(said.refused(), before + 1, "{line}");
    }
}

#[test]
fn what_a_menu_has_is_picked_by_its_number() {
    let (mut model, mut said) = (model(&["lounge"]), Said::default());
    take(&mut model, &mut said, "/open lounge");
    take(&mut model, &mut said, "/do conversation");
    window::read(&mut model, &mut said);
    assert_eq!(take(&mut model, &mut said, "/pick 99"), []);
    window::read(&mut model, &mut said);

    assert_eq!(take(&mut model, &mut said, "/pick 1"), []);
    window::read(&mut model, &mut said);
    let sent = take(&mut model, &mut said, "/pick 1");

    assert!(
        matches!(&sent[..], [Effect::Ask(Wish::Prefs(prefs))] if prefs.muted_until.is_some()),
        "{sent:?}"
    );
}
