//! The form.

use crate::kit::*;
use chat_core::Secret;
use chat_tui::{
    Effect, Model, Msg,
    model::{Canvas, Drawing, SignIn},
    theme::Theme,
    update, view,
};
use jiff::tz::TimeZone;
use ratatui::{Terminal, backend::TestBackend};

fn form() -> Model {
    let now = chat_core::Timestamp::from_ms(0);
    let mut model = Model::new(Theme::new(true), TimeZone::UTC, now);
    model.sign_in = Some(SignIn::new("https://chat.test", ""));
    model
}

fn press(model: &mut Model, keys: &str) -> Vec<Effect> {
    let keys = keys.split(' ').map(key_event);
    keys.flat_map(|key| update(model, Msg::Key(key))).collect()
}

fn drawn(model: &Model) -> String {
    let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
    terminal.draw(|frame| view::view(model, frame)).unwrap();
    terminal.backend().to_string()
}

#[test]
fn enter_goes_on_until_all_is_filled_and_then_signs_in_once() {
    let mut model = form();
    assert_eq!(
        press(&mut model, "a n n enter h u n t enter enter"),
        [Effect::SignIn {
            server: "https://chat.test".into(),
            name: "ann".into(),
            password: Secret::new("hunt"),
        }]
    );
    assert!(drawn(&model).contains("asking the server…"));
}

#[test]
fn what_is_missing_is_said_and_a_refused_password_is_not_written_on() {
    let mut model = form();
    press(&mut model, "enter");
    assert!(
        drawn(&model).contains("type your name"),
        "{}",
        drawn(&model)
    );
    press(&mut model, "a n n enter p w enter");
    update(
        &mut model,
        Msg::SignInFailed("wrong name or password".into()),
    );

    let sent = press(&mut model, "h u n t enter");

    let again = Effect::SignIn {
        server: "https://chat.test".into(),
        name: "ann".into(),
        password: Secret::new("hunt"),
    };
    assert_eq!(sent, [again]);
}

#[test]
fn whoever_makes_an_account_is_told_the_way_back() {
    let mut model = form();
    press(&mut model, "f2");
    assert!(
        drawn(&model).contains("F2 sign in instead"),
        "{}",
        drawn(&model)
    );
    press(&mut model, "f1");
    assert!(drawn(&model).contains("Esc close"), "{}", drawn(&model));
}

#[test]
fn the_password_is_never_on_the_screen() {
    let mut model = form();
    press(&mut model, "a enter");
    update(&mut model, Msg::Paste("correct horse\n".into()));

    let screen = drawn(&model);

    assert!(!screen.contains("correct"));
    assert!(screen.contains(&"•".repeat("correct horse".len())));
}

#[test]
fn a_refusal_is_told_and_one_may_try_again() {
    let mut model = form();
    press(&mut model, "a n n enter p w enter");
    update(
        &mut model,
        Msg::SignInFailed("wrong name or \u{1b}[31mpassword".into()),
    );
    assert!(drawn(&model).contains("wrong name or [31mpassword"));

    assert_eq!(press(&mut model, "2 enter").len(), 1);
}

#[test]
fn an_account_can_be_made_from_here() {
    let mut model = form();
    press(&mut model, "f2 a n n enter a @ b . c enter");
    assert!(drawn(&model).contains("make an account"));
    let effects = press(&mut model, "s e c r e t enter");
    assert!(
        matches!(&effects[..], [Effect::Register { name, email, .. }] if name == "ann" && email == "a@b.c")
    );
}

#[test]
fn signing_out_asks_first_and_leaves_nothing_on_the_screen() {
    let mut screen = Screen::with_two((80, 24));
    screen.open("lounge");
    screen.press("f10");
    assert!(screen.text().contains("Sign out?"));
    screen.press("y");
    assert_eq!(screen.sent(), [Effect::SignOut]);

    screen.tell(Msg::SignedOut(Some("the session has ended".into())));

    let text = screen.text();
    assert!(!text.contains("lounge"), "{text}");
    assert!(text.contains("the session has ended"));
    assert!(text.contains("https://chat.test/"));
}

#[test]
fn when_another_account_cannot_be_had_the_one_that_is_there_goes_on() {
    let mut screen = Screen::with_two((80, 24));
    screen.open("lounge");
    screen.tell(Msg::SignInFailed("no answer".into()));
    assert!(screen.model.sign_in.is_none());
    assert!(screen.text().contains("no answer"), "{}", screen.text());
}

#[test]
fn whoever_signs_out_or_is_another_keeps_what_the_terminal_can_show() {
    let mut screen = Screen::with_two((80, 24));
    let canvas = Canvas {
        drawing: Drawing::Kitty,
        cell: (9, 18),
    };
    screen.model.canvas = canvas;
    let account = screen.model.account.clone().unwrap();
    screen.tell(Msg::SignedIn(account));
    assert_eq!(screen.model.canvas, canvas);

    screen.tell(Msg::SignedOut(None));

    assert_eq!(screen.model.canvas, canvas);
}
