//! Whole screens, at the sizes that matter.

use crate::kit::*;
use chat_core::*;
use chat_tui::{Msg, theme::Theme};
use ratatui::{
    Terminal,
    backend::TestBackend,
    style::{Color, Modifier},
};

/// A group with everything in it that a message can be.
pub(crate) fn busy(size: (u16, u16)) -> Screen {
    let mut screen = Screen::with_two(size);
    screen.press("ctrl+k down enter");
    screen.hear(1, BO, "nice, tagging now; the notes are in the usual place, please look at them once more before noon");
    screen.hear(1, ME, "on it");
    let (id, now) = (message_id(4), screen.model.now);
    screen.log(
        1,
        Event::MessageEdited(MessageEdited {
            id,
            content: "on it, tomorrow".into(),
            edited_at: now,
            mentions: Vec::new(),
        }),
    );
    screen.hear(1, CY, "漢字かな交じり文 👩\u{200d}🚀 wide");
    screen.hear(1, CY, "oops");
    let deleted_by = Some(user(CY).id);
    screen.log(
        1,
        Event::MessageDeleted(MessageDeleted {
            id: message_id(7),
            deleted_at: now,
            deleted_by,
        }),
    );
    screen.state.echo(Echo {
        client_id: ClientId::try_from("e1".to_owned()).unwrap(),
        conversation_id: room(1),
        content: "sending".into(),
        created_at: now,
        reply_to: None,
        status: EchoStatus::Pending,
    });
    screen.state.echo(Echo {
        client_id: ClientId::try_from("e2".to_owned()).unwrap(),
        conversation_id: room(1),
        content: "sent too often".into(),
        created_at: now,
        reply_to: None,
        status: EchoStatus::Failed {
            code: Code::Refused,
            detail: "not in this house".into(),
        },
    });
    let typing = Typing {
        user_id: user(BO).id,
        username: "bo".into(),
        is_typing: true,
    };
    screen.pass(1, Event::Typing(typing));
    screen.write("a draft");
    screen
}

#[test]
fn wide() {
    insta::assert_snapshot!(busy((120, 40)).text());
}

#[test]
fn classic() {
    insta::assert_snapshot!(busy((80, 24)).text());
}

#[test]
fn narrow() {
    insta::assert_snapshot!(busy((50, 15)).text());
}

#[test]
fn welcome() {
    insta::assert_snapshot!(Screen::with_two((80, 24)).text());
}

#[test]
fn help() {
    let mut screen = Screen::with_two((80, 24));
    screen.press("f1");
    insta::assert_snapshot!(screen.text());
}

#[test]
fn too_small_says_so() {
    let mut screen = busy((120, 40));
    screen.tell(Msg::Resize(60, 4));
    assert!(
        screen
            .text()
            .starts_with("terminal too small: 20x5 is needed")
    );
    screen.tell(Msg::Resize(19, 10));
    assert!(screen.text().starts_with("terminal too small"));
    screen.tell(Msg::Resize(1, 1));
    screen.text();
    screen.tell(Msg::Resize(20, 5));
    assert!(screen.text().contains("a draft"));
}

#[test]
fn every_size_can_be_drawn_in_every_mode() {
    for keys in [
        "f4", "f1", "ctrl+k", "ctrl+g", "esc", "esc k k", "pageup", "esc a", "f9", "alt+x",
    ] {
        let mut screen = busy((120, 40));
        screen.press("ctrl+c");
        screen.press(keys);
        for width in (18..130).step_by(4) {
            for height in [1, 4, 5, 6, 8, 9, 10, 11, 13, 24, 50] {
                screen.tell(Msg::Resize(width, height));
                screen.text();
            }
        }
    }
}

#[test]
fn hostile_text_neither_acts_nor_leaks_out_of_its_place() {
    let evil = "a\u{1b}]52;c;aGk=\u{7}\u{1b}[2Jb\u{202e}dlrow\u{2066}\u{9b}31m\tq\r\n\u{85}end";
    let mut screen = Screen::new((100, 20));
    let mut group = conversation(
        1,
        Some("x\u{1b}[2J\ny\u{202e}z"),
        &[ME, BO],
        &[(BO, evil)],
        1,
    );
    group.description = Some("about\u{1b}c\nyou".into());
    group.members[1].user.display_name = "b\u{1b}[7mo\n\u{202e}x".into();
    if let Some(last) = &mut group.last_message {
        last.sender.display_name = "b\u{1b}[7mo\n\u{202e}x".into();
    }
    screen.sync(vec![group]);
    screen.press("ctrl+n ctrl+k");
    screen.press("esc esc d");

    let buffer = screen.buffer();

    for cell in buffer.content() {
        let bad = cell.symbol().chars().find(|c| {
            c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
        });
        assert_eq!(bad, None, "{:?}", cell.symbol());
    }
    screen.press("n");
    let text = screen.text();
    assert!(text.contains("a]52;c;aGk=[2Jbdlrow31m    q"), "{text}");
    assert!(text.contains("# x[2J yz — aboutc you"), "{text}");
}

#[test]
fn without_colour_there_is_none_and_the_selection_still_shows() {
    let mut screen = busy((120, 40));
    screen.model.theme = Theme::new(false);
    screen.press("ctrl+c esc");

    let buffer = screen.buffer();

    let coloured = buffer
        .content()
        .iter()
        .find(|cell| cell.fg != Color::Reset || cell.bg != Color::Reset);
    assert_eq!(coloured, None);
    let reversed = buffer
        .content()
        .iter()
        .filter(|cell| cell.modifier.contains(Modifier::REVERSED));
    assert!(
        reversed.count() > 80,
        "the open conversation and the selected message"
    );
    let bold = buffer
        .content()
        .iter()
        .any(|cell| cell.modifier.contains(Modifier::BOLD));
    assert!(bold);
}

#[test]
fn with_colour_nothing_sets_a_background() {
    let buffer = busy((120, 40)).buffer();
    assert!(buffer.content().iter().all(|cell| cell.bg == Color::Reset));
    assert!(buffer.content().iter().any(|cell| cell.fg != Color::Reset));
}

#[test]
fn a_terminal_that_shrank_before_the_model_heard_of_it_draws_nothing_and_goes_on() {
    let screen = busy((120, 40));
    for size in [(50, 15), (200, 60), (40, 10), (1, 1)] {
        let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).unwrap();

        terminal
            .draw(|frame| chat_tui::view::view(&screen.model, frame))
            .unwrap();
    }
}
