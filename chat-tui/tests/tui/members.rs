//! Groups of more members than come with them: what is said of the others, and how they are named.

use crate::kit::*;
use chat_core::*;
use chat_tui::{Effect, Msg, model::Connection};

/// A group of twelve, of whom three are told of; nothing is asked yet.
fn crowd() -> Screen {
    let mut screen = Screen::new((100, 24));
    let said = [(BO, "hello all"), (ME, "hi bo")];
    let mut crowd = conversation(1, Some("crowd"), &[ME, BO, CY], &said, 0);
    crowd.member_count = 12;
    crowd.my.role = MemberRole::Owner;
    screen.sync(vec![crowd]);
    screen.open("crowd");
    screen.effects.clear();
    screen
}

fn names(screen: &mut Screen) {
    let names = [("bo", "bo"), ("mia", "Mia"), ("dmitri", "Дмитрий")];
    let names = names.map(|(name, called)| (name.to_owned(), called.to_owned()));
    screen.tell(Msg::Names(room(1), Some(names.into())));
}

#[test]
fn that_all_have_read_is_not_said_where_not_all_are_known() {
    let mut screen = crowd();
    for who in [BO, CY] {
        let mark = Mark {
            user_id: user(who).id,
            read_seq: seq(2),
            delivered_seq: seq(2),
        };
        screen.pass(1, Event::Read(mark));
    }

    let pane = screen.pane().join("\n");

    assert!(pane.contains('✓') && !pane.contains("✓✓"), "{pane}");
}

#[test]
fn whoever_is_among_many_is_named_by_name_or_by_what_they_are_called() {
    let mut screen = crowd();
    screen.write("hi @m");
    assert!(screen.sent().contains(&Effect::ListNames(room(1))));
    screen.write("i");
    assert!(!screen.sent().contains(&Effect::ListNames(room(1))), "once");
    names(&mut screen);
    screen.press("tab");
    assert_eq!(screen.model.composer.text(), "hi @mia ");

    screen.write("@Дм");
    screen.press("tab");

    assert_eq!(screen.model.composer.text(), "hi @mia @dmitri ");
}

#[test]
fn names_that_could_not_be_asked_for_are_asked_for_with_the_next_connection() {
    let mut screen = crowd();
    screen.write("@mi");
    screen.tell(Msg::Names(room(1), None));
    screen.effects.clear();
    screen.write("a");
    assert!(!screen.sent().contains(&Effect::ListNames(room(1))));

    screen.tell(Msg::Connection(Connection::Online));

    assert!(screen.sent().contains(&Effect::ListNames(room(1))));
}

#[test]
fn everybody_is_named_by_who_may() {
    let mut screen = crowd();
    screen.write("@al");
    screen.press("tab");
    assert_eq!(screen.model.composer.text(), "@all ");

    let mut screen = Screen::with_two((100, 24));
    screen.open("bo");
    screen.write("@al");
    screen.press("tab");

    assert_eq!(screen.model.composer.text(), "@al", "of two nobody is all");
}
