//! Windows to look something up in come above others: what was filled in or asked below is back behind them.

use crate::kit::*;
use chat_core::*;
use chat_tui::{
    Effect, Msg,
    model::{FormKind, Popup},
};

fn form_at(title: &str) -> Screen {
    let mut screen = Screen::with_two((100, 30));
    screen.open(title);
    screen.press("ctrl+t");
    screen.write("~/map.pdf");
    screen
}

fn typed(screen: &Screen) -> &str {
    let Some(Popup::Form(form)) = &screen.model.popup else {
        panic!("{}", screen.text());
    };
    form.text(0)
}

#[test]
fn a_form_is_back_as_it_was_behind_the_help_and_the_palette() {
    let mut screen = form_at("lounge");
    for keys in [
        "f1 esc",
        "f1 f1",
        "f1 ctrl+c",
        "alt+x esc",
        "alt+x f1 alt+x esc",
    ] {
        screen.press(keys);
        assert_eq!(typed(&screen), "~/map.pdf", "{keys}");
    }
    screen.press("esc");
    assert!(screen.model.popup.is_none(), "{}", screen.text());
}

#[test]
fn a_long_paste_is_asked_for_again_behind_the_help() {
    let mut screen = Screen::with_two((100, 30));
    screen.model.paste_asks_from = 2;
    screen.open("lounge");
    screen.tell(Msg::Paste("one\ntwo\nthree".to_owned()));

    screen.press("f1 esc y");

    assert_eq!(screen.model.composer.text(), "one\ntwo\nthree");
}

#[test]
fn what_is_done_from_the_palette_is_done_above_the_form() {
    let mut screen = form_at("lounge");
    screen.press("alt+x");
    screen.write("quick-switch");
    screen.press("enter");
    assert!(screen.text().contains("Jump to"), "{}", screen.text());

    screen.press("esc");

    assert_eq!(typed(&screen), "~/map.pdf");
}

#[test]
fn a_window_that_was_asked_for_is_shown_above_the_form() {
    let mut screen = form_at("lounge");
    screen.press("alt+x");
    screen.write("pins");
    screen.press("enter");
    screen.tell(Msg::Pinned(Vec::new()));
    assert!(screen.text().contains("nothing is pinned here"));

    screen.press("esc");

    assert_eq!(typed(&screen), "~/map.pdf");
}

#[test]
fn a_form_that_waits_is_done_or_refused_below_the_help_too() {
    for is_refused in [true, false] {
        let mut screen = form_at("lounge");
        screen.press("enter f1");
        screen.tell(match is_refused {
            true => Msg::Refused(Some(FormKind::Attach(room(1))), "no such file".to_owned()),
            false => Msg::FileQueued(room(1), "map.pdf".to_owned()),
        });
        screen.press("esc");
        assert_eq!(screen.text().contains("no such file"), is_refused);
        assert_eq!(screen.model.popup.is_some(), is_refused);
    }
}

#[test]
fn a_file_goes_with_what_was_written_where_it_goes_to() {
    let mut screen = Screen::with_two((100, 30));
    screen.open("bo");
    screen.write("for cy only");
    screen.open("lounge");
    screen.tell(Msg::Paste("one\ntwo".to_owned()));
    screen.press("ctrl+t");
    screen.write("~/map.pdf");
    screen.press("alt+x");
    screen.write("previous-conv");
    screen.press("enter enter");

    let sent = screen.sent();
    let file = sent.iter().find_map(|effect| match effect {
        Effect::SendFile {
            conversation,
            caption,
            ..
        } => Some((*conversation, caption.as_ref().map(MessageBody::to_string))),
        _ => None,
    });
    assert_eq!(file, Some((room(1), Some("one\ntwo".to_owned()))));
}
