//! People and devices: blocking, roles, reports, the password, where one is signed in.

use crate::kit::*;
use chat_core::*;
use chat_tui::{
    Effect, Msg,
    effect::{Whom, Wish},
    model::FormKind,
};

fn lounge() -> Screen {
    let mut screen = Screen::with_two((100, 30));
    screen.open("lounge");
    screen.effects.clear();
    screen
}

fn with_bo() -> Screen {
    let mut screen = lounge();
    screen.open("bo");
    screen.effects.clear();
    screen
}

fn pick(screen: &mut Screen, keys: &str, typed: &str) {
    screen.press(keys);
    screen.write(typed);
    screen.press("enter");
}

/// Does something from the palette.
fn command(screen: &mut Screen, name: &str) {
    pick(screen, "alt+x", name);
}

fn member(user: User, role: MemberRole) -> Member {
    Member {
        user,
        role,
        joined_at: at(1),
        read_seq: Seq::ZERO,
        delivered_seq: Seq::ZERO,
    }
}

fn session(n: u128, name: &str, current: bool) -> Session {
    Session {
        id: SessionId::new(uuid::Uuid::from_u128(n)),
        device_name: Some(name.to_owned()),
        created_at: at(1),
        last_used_at: Some(at(1)),
        current,
        scope: None,
        expires_at: None,
    }
}

#[test]
fn who_said_something_is_blocked_after_a_question() {
    let mut screen = with_bo();
    screen.press("esc B");
    assert!(
        screen.text().contains("Block this person?"),
        "{}",
        screen.text()
    );
    assert_eq!(screen.sent(), []);

    screen.press("y");

    let block = Wish::Block(Whom::Id(user(BO).id), true);
    assert_eq!(screen.sent(), [Effect::Ask(block)]);
}

#[test]
fn the_other_one_of_two_is_blocked_from_the_menu_and_let_in_again_from_the_list() {
    let mut screen = with_bo();
    pick(&mut screen, "alt+c", "write to you no more");
    screen.press("y");
    let wish = |on| Effect::Ask(Wish::Block(Whom::Id(user(BO).id), on));
    assert_eq!(screen.sent(), [wish(true)]);

    command(&mut screen, "blocked");
    assert_eq!(screen.sent(), [Effect::Ask(Wish::Blocked)]);
    screen.tell(Msg::Blocked(vec![user(BO)]));
    assert!(screen.text().contains("let in again"), "{}", screen.text());
    screen.press("enter");

    assert_eq!(screen.sent(), [wish(false)]);
}

#[test]
fn a_message_is_reported_with_a_reason() {
    let mut screen = with_bo();
    screen.press("esc !");
    screen.press("enter");
    assert!(
        screen.text().contains("what you write must be"),
        "{}",
        screen.text()
    );
    screen.write("spam");
    screen.press("enter");

    let report = ReportMessage {
        message_id: message_id(2),
        reason: Reason::parse("spam").unwrap(),
    };
    assert_eq!(screen.sent(), [Effect::Ask(Wish::Report(report))]);
    let form = FormKind::Report(message_id(2));
    screen.tell(Msg::Done(Some(form), "reported".to_owned()));
    assert!(screen.model.popup.is_none());
}

#[test]
fn only_owners_give_roles() {
    let mut screen = lounge();
    command(&mut screen, "roles");
    assert_eq!(screen.sent(), [], "a member asks for nothing");
    screen.press("esc");

    let mut owned = conversation(3, Some("owned"), &[ME, BO], &[(BO, "x")], 0);
    owned.my.role = MemberRole::Owner;
    screen.sync(vec![owned]);
    screen.open("owned");
    screen.effects.clear();
    command(&mut screen, "roles");
    assert_eq!(screen.sent(), [Effect::Ask(Wish::Roles(room(3)))]);
    screen.tell(Msg::Roles(
        room(3),
        vec![member(user(BO), MemberRole::Member)],
    ));
    screen.press("enter");
    screen.write("admin");
    screen.press("enter");

    let role = Wish::Role(room(3), Whom::Id(user(BO).id), MemberRole::Admin);
    assert_eq!(screen.sent(), [Effect::Ask(role)]);
}

#[test]
fn the_timer_says_how_it_is_and_is_set() {
    let mut screen = lounge();
    let mut owned = conversation(3, Some("owned"), &[ME, BO], &[(BO, "x")], 0);
    owned.my.role = MemberRole::Owner;
    owned.message_ttl_s = Some(24 * 3_600);
    screen.sync(vec![owned]);
    screen.open("owned");
    screen.effects.clear();
    command(&mut screen, "timer");
    let shown = screen.text();
    let day = shown.lines().find(|line| line.contains("a day")).unwrap();
    assert!(day.contains("now"), "{shown}");
    screen.write("a week");
    screen.press("enter");

    let change = ChangeConversation {
        message_ttl_s: Some(MessageTtl::try_from(7 * 24 * 3_600).unwrap()),
        ..ChangeConversation::of(room(3))
    };
    assert_eq!(screen.sent(), [Effect::Ask(Wish::Timer(change))]);
}

#[test]
fn the_password_is_changed_unseen_and_typed_twice() {
    let mut screen = lounge();
    command(&mut screen, "password");
    screen.write("old secret");
    screen.press("tab");
    screen.write("a new secret");
    screen.press("tab");
    screen.write("another one");
    screen.press("enter");
    let shown = screen.text();
    assert!(shown.contains("not the same both times"), "{shown}");
    assert!(!shown.contains("secret"), "{shown}");
    assert_eq!(screen.sent(), []);

    screen.press("ctrl+u");
    screen.write("a new secret");
    screen.press("enter");

    let change = ChangePassword {
        current_password: Secret::new("old secret"),
        new_password: NewPassword::try_from("a new secret".to_owned()).unwrap(),
    };
    assert_eq!(screen.sent(), [Effect::Ask(Wish::Password(change))]);
}

#[test]
fn devices_are_listed_and_signed_out_after_a_question() {
    let mut screen = lounge();
    command(&mut screen, "sessions");
    assert_eq!(screen.sent(), [Effect::Ask(Wish::Sessions)]);
    let sessions = vec![
        session(1, "terminal", true),
        session(2, "phone\u{202e}", false),
        session(3, "tablet", false),
    ];
    screen.tell(Msg::Sessions(sessions.clone()));
    let shown = screen.text();
    assert!(shown.contains("here") && shown.contains("phone"), "{shown}");
    pick(&mut screen, "down", "");
    assert!(screen.text().contains("Sign out there?"));
    screen.press("y");
    let end = |ids: &[usize]| {
        let ids = ids.iter().map(|nth| sessions[*nth].id).collect();
        Effect::Ask(Wish::EndSessions(ids))
    };
    assert_eq!(screen.sent(), [end(&[1])]);

    screen.tell(Msg::Sessions(sessions.clone()));
    pick(&mut screen, "down", "everywhere else");
    screen.press("y");

    assert_eq!(screen.sent(), [end(&[1, 2])]);
}
