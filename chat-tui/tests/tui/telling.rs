//! What is told while nobody looks, and drafts that are kept.

use crate::kit::*;
use chat_core::*;
use chat_tui::{Effect, Msg, config::Notify, model::Connection};

fn told(screen: &mut Screen) -> Vec<String> {
    let effects = std::mem::take(&mut screen.effects);
    let told = effects.into_iter().filter_map(|effect| match effect {
        Effect::Notify(text) => Some(text),
        _ => None,
    });
    told.collect()
}

fn away() -> Screen {
    let mut screen = Screen::with_two((80, 24));
    screen.tell(Msg::Focus(false));
    screen
}

#[test]
fn what_is_said_is_told_only_while_nobody_looks() {
    let mut screen = away();
    screen.hear(1, BO, "are you\nthere");
    assert_eq!(told(&mut screen), ["bo in lounge: are you there"]);

    screen.tell(Msg::Focus(true));
    screen.hear(1, BO, "again");

    assert_eq!(told(&mut screen), [""; 0]);
}

#[test]
fn what_was_there_before_and_what_one_said_oneself_is_not_told() {
    let mut screen = away();
    assert_eq!(told(&mut screen), [""; 0]);
    screen.hear(1, ME, "from my phone");
    assert_eq!(told(&mut screen), [""; 0]);
}

#[test]
fn what_is_muted_or_not_wanted_tells_nothing() {
    let mut screen = away();
    screen.model.notify = Notify::Mentions;
    screen.hear(1, BO, "among many");
    assert_eq!(told(&mut screen), [""; 0]);
    screen.hear(2, BO, "to you alone");
    assert_eq!(told(&mut screen).len(), 1);

    screen.model.notify = Notify::Nothing;
    screen.hear(2, BO, "to you alone");

    assert_eq!(told(&mut screen), [""; 0]);
}

#[test]
fn of_what_is_muted_only_the_message_that_names_the_reader_is_told() {
    let mut screen = Screen::new((80, 24));
    let said = [(BO, "hello @ana"), (BO, "and all")];
    let mut lounge = conversation(1, Some("lounge"), &[ME, BO, CY], &said, 2);
    lounge.my.mention_count = 1;
    lounge.my.prefs.muted_until = Some(screen.model.now.plus_ms(3_600_000));
    screen.sync(vec![lounge]);
    screen.tell(Msg::Focus(false));
    screen.hear(1, BO, "to nobody");
    assert_eq!(told(&mut screen), [""; 0], "an older one is unread");

    let mut naming = message(room(1), 4, BO, "come, @ana");
    naming.extras.mentions = vec![user(ME).id];
    screen.log(1, Event::MessageNew(naming));

    assert_eq!(told(&mut screen), ["bo in lounge: come, @ana"]);
}

#[test]
fn what_came_while_there_was_no_connection_is_not_told() {
    let mut screen = away();
    screen.tell(Msg::Connection(Connection::CatchingUp));
    screen.hear(1, BO, "an hour ago");
    screen.tell(Msg::Connection(Connection::Online));
    screen.look(&chat_tui::Changes::all());
    assert_eq!(told(&mut screen), [""; 0]);

    screen.hear(1, BO, "now");

    assert_eq!(told(&mut screen), ["bo in lounge: now"]);
}

#[test]
fn much_at_once_is_told_in_one_sentence() {
    let mut screen = away();
    let new = |n, title| conversation(n, Some(title), &[ME, BO], &[(BO, "hi")], 1);
    screen.sync(vec![new(3, "trip"), new(4, "garden")]);
    assert_eq!(told(&mut screen), ["something new in 2 conversations"]);
}

#[test]
fn nothing_that_acts_reaches_a_notification() {
    let mut screen = away();
    screen.hear(2, BO, "a\u{7}\u{1b}]0;stolen\u{7}\u{9c}b\u{202e}c");
    let told = told(&mut screen);
    assert_eq!(told, ["bo: a]0;stolenbc"]);
}

#[test]
fn the_window_is_named_after_what_calls() {
    let mut screen = Screen::with_two((80, 24));
    screen.hear(1, BO, "one more");
    let title = screen.effects.iter().rev().find_map(|effect| match effect {
        Effect::Title(title) => Some(title.clone()),
        _ => None,
    });
    assert_eq!(title.as_deref(), Some("(3) chat"));
}

#[test]
fn a_draft_is_kept_soon_after_it_changed_and_at_once_when_one_leaves() {
    let kept = |screen: &mut Screen| {
        let effects = std::mem::take(&mut screen.effects);
        let texts = effects.into_iter().filter_map(|effect| match effect {
            Effect::KeepDraft { text, .. } => Some(text),
            _ => None,
        });
        texts.collect::<Vec<_>>()
    };
    let mut screen = Screen::with_two((80, 24));
    screen.open("lounge");
    screen.write("half a");
    assert_eq!(kept(&mut screen), [""; 0]);
    screen.wait_ms(500);
    assert_eq!(kept(&mut screen), ["half a"]);

    screen.write(" thought");
    screen.open("bo");

    assert_eq!(kept(&mut screen), ["half a thought"]);
}

#[test]
fn however_one_leaves_the_draft_is_kept_before() {
    for end in [Msg::End, Msg::Leaving] {
        let mut screen = Screen::with_two((80, 24));
        screen.open("lounge");
        screen.write("half a thought");
        screen.effects.clear();

        screen.tell(end);

        let first = screen.effects.first();
        assert!(
            matches!(first, Some(Effect::KeepDraft { text, .. }) if text == "half a thought"),
            "{:?}",
            screen.effects
        );
    }
}

#[test]
fn what_was_begun_the_last_time_is_there_and_nothing_new_is_overwritten() {
    let mut screen = Screen::with_two((80, 24));
    screen.open("lounge");
    screen.write("new");
    screen.tell(Msg::Drafts(vec![
        (room(1), "old".to_owned()),
        (room(2), "to bo".to_owned()),
    ]));
    assert_eq!(screen.model.composer.text(), "new");

    screen.open("bo");

    assert_eq!(screen.model.composer.text(), "to bo");
}

#[test]
fn how_far_a_message_has_come_stands_beside_it() {
    let mut screen = Screen::with_two((80, 24));
    screen.open("lounge");
    let read = |who: u128| {
        Event::Read(Mark {
            user_id: user(who).id,
            read_seq: seq(2),
            delivered_seq: seq(2),
        })
    };
    screen.pass(1, read(BO));
    assert!(
        !screen.pane().join("\n").contains("✓✓"),
        "not everybody has read it"
    );

    screen.pass(1, read(CY));

    assert!(screen.pane().join("\n").contains("✓✓"), "{}", screen.text());
}
