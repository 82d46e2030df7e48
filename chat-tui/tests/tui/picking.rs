//! Lists and forms: the palette, managing a conversation, one's profile and settings.

use crate::kit::*;
use chat_core::*;
use chat_tui::{Effect, Msg, effect::Wish, keymap::Keymap, model::FormKind};

fn lounge() -> Screen {
    let mut screen = Screen::with_two((100, 30));
    screen.open("lounge");
    screen.effects.clear();
    screen
}

fn me() -> Me {
    Me {
        user: user(ME),
        bio: None,
        status_text: None,
        email: None,
        email_verified: false,
        settings: Settings::default(),
        role: UserRole::User,
        created_at: at(1),
    }
}

fn pick(screen: &mut Screen, keys: &str, typed: &str) {
    screen.press(keys);
    screen.write(typed);
    screen.press("enter");
}

#[test]
fn the_palette_finds_what_can_be_done_and_does_it() {
    let mut screen = lounge();
    pick(&mut screen, "alt+x", "hide the members");
    assert!(!screen.model.members_shown, "{}", screen.text());

    screen.press("alt+x");
    screen.write("alt");
    assert!(
        screen.text().contains("Alt+"),
        "keys stand beside what they do"
    );
}

#[test]
fn a_conversation_is_muted_from_its_menu() {
    let mut screen = lounge();
    pick(&mut screen, "alt+c", "mute");
    screen.press("enter");
    let sent = screen.sent();
    assert!(
        matches!(&sent[..], [Effect::Ask(Wish::Prefs(prefs))] if prefs.muted_until.is_some_and(|until| until > screen.model.now)),
        "{sent:?}"
    );
}

#[test]
fn what_only_admins_may_is_offered_to_admins() {
    let mut screen = lounge();
    screen.press("alt+c");
    assert!(!screen.text().contains("invite"));
    let mut owned = conversation(3, Some("owned"), &[ME, BO], &[(BO, "x")], 0);
    owned.my.role = MemberRole::Owner;
    screen.press("esc");
    screen.sync(vec![owned]);
    screen.open("owned");

    pick(&mut screen, "alt+c", "make an invite");

    assert!(matches!(
        &screen.sent()[..],
        [.., Effect::Ask(Wish::Invite(_))]
    ));
}

#[test]
fn leaving_is_asked_about_first() {
    let mut screen = lounge();
    pick(&mut screen, "alt+c", "leave");
    assert!(screen.text().contains("Leave this conversation?"));
    assert_eq!(screen.sent(), []);

    screen.press("y");

    let leave = LeaveConversation {
        conversation_id: room(1),
    };
    assert_eq!(screen.sent(), [Effect::Ask(Wish::Leave(leave))]);
}

#[test]
fn a_form_says_what_is_wrong_and_stays() {
    let mut screen = lounge();
    pick(&mut screen, "alt+i", "not a code!");
    assert!(
        screen.text().contains("must be the code of an invite"),
        "{}",
        screen.text()
    );

    screen.press("ctrl+u");
    screen.write("https://chat.example/join/abc-1");
    screen.press("enter");
    let join = Wish::Join(InviteCode::parse("abc-1").unwrap());
    assert_eq!(screen.sent(), [Effect::Ask(join)]);
    let why = "there is no such invite".to_owned();
    screen.tell(Msg::Refused(Some(FormKind::Join), why));

    assert!(screen.text().contains("there is no such invite"));
}

#[test]
fn settings_are_changed_one_after_the_other() {
    let mut screen = lounge();
    screen.model.me = Some(me());
    screen.press("f9");
    screen.write("settings");
    screen.press("enter");
    let before = screen.text();
    screen.press("enter");
    assert!(screen.text().contains("Settings ·") && screen.text() != before);
    screen.press("down enter");
    let sent = screen.sent();
    assert!(
        matches!(&sent[..], [Effect::Ask(Wish::Settings(_)), Effect::Ask(Wish::Settings(next))] if next.last_seen.is_some()),
        "{sent:?}"
    );
}

#[test]
fn tab_completes_a_path_and_a_name_and_else_goes_on() {
    let mut screen = lounge();
    screen.press("ctrl+t");
    screen.write("~/no");
    screen.press("tab");
    assert_eq!(screen.sent(), [Effect::CompletePath("~/no".to_owned())]);
    let option = |name: &str| (format!("~/{name}"), name.to_owned());
    let two = vec![option("notes.txt"), option("noth")];
    screen.tell(Msg::Completed("~/no".to_owned(), two));
    assert!(screen.text().contains("~/not"), "{}", screen.text());
    assert!(
        screen.text().contains("notes.txt  noth"),
        "{}",
        screen.text()
    );
    screen.tell(Msg::Completed(
        "~/not".to_owned(),
        vec![option("notes.txt")],
    ));
    assert!(screen.text().contains("~/notes.txt"), "{}", screen.text());

    screen.press("esc ctrl+g");
    screen.write("cy be");
    screen.press("tab");
    assert_eq!(screen.sent(), [Effect::CompletePerson("be".to_owned())]);
    let ben = ("ben".to_owned(), "Ben Ray".to_owned());
    screen.tell(Msg::Completed("be".to_owned(), vec![ben]));
    assert!(screen.text().contains("cy ben"), "{}", screen.text());
}

#[test]
fn a_file_takes_what_was_written_along() {
    let mut screen = lounge();
    screen.write("the map");
    pick(&mut screen, "ctrl+t", "~/map.pdf");
    let file = Effect::SendFile {
        conversation: room(1),
        path: "~/map.pdf".to_owned(),
        caption: Some(MessageBody::parse("the map").unwrap()),
        reply_to: None,
    };
    assert!(screen.sent().contains(&file));

    screen.tell(Msg::FileQueued(room(1), "map.pdf".to_owned()));

    assert!(screen.model.popup.is_none() && screen.model.composer.is_empty());
}

#[test]
fn an_account_is_added_without_leaving_the_one_that_is_there() {
    let mut screen = lounge();
    screen.tell(Msg::Accounts(vec![(
        "https://chat.test/".to_owned(),
        "ana".to_owned(),
    )]));
    assert!(screen.text().contains("ana"));
    screen.press("down enter");
    assert!(screen.text().contains("chat · sign in"));

    screen.press("esc");

    assert!(screen.text().contains("hi bo"), "{}", screen.text());
}

#[test]
fn names_conversations_and_emoji_are_completed() {
    for (typed, keys, becomes) in [
        ("hi @c", "tab", "hi @cy "),
        ("see #lou", "tab", "see #lounge "),
        ("go :rocke", "tab", "go 🚀 "),
        ("@b", "tab enter", ""),
        ("nothing", "tab", "nothing"),
    ] {
        let mut screen = lounge();
        screen.write(typed);
        screen.press(keys);
        assert_eq!(screen.model.composer.text(), becomes, "{typed}");
    }
}

#[test]
fn what_was_completed_before_a_new_line_stays_as_it_is() {
    let mut screen = lounge();
    screen.write("@b");
    screen.press("tab ctrl+j tab");
    assert_eq!(screen.model.composer.text(), "@bo \n");
}

#[test]
fn what_may_be_meant_stands_above_the_draft() {
    let mut screen = lounge();
    screen.write("hi @b");
    assert!(screen.text().contains("Tab: @bo"), "{}", screen.text());
}

#[test]
fn what_was_said_before_comes_back_and_gives_way_again() {
    let mut screen = lounge();
    for text in ["first", "second"] {
        screen.write(text);
        screen.press("enter");
    }
    screen.press("ctrl+up ctrl+up");
    assert_eq!(screen.model.composer.text(), "first");
    screen.press("ctrl+down ctrl+down");
    assert_eq!(screen.model.composer.text(), "");

    screen.write("being written");
    screen.press("ctrl+up ctrl+down");
    assert_eq!(screen.model.composer.text(), "being written");
}

#[test]
fn what_is_lit_in_the_switcher_stays_lit_while_the_list_moves() {
    let mut screen = Screen::with_two((80, 24));
    screen.press("ctrl+k down");
    let lit = screen.model.list[1].title.clone();
    assert_eq!(lit, "lounge");
    screen.hear(1, BO, "to the top");
    screen.press("enter");
    assert_eq!(screen.model.thread.as_ref().unwrap().title, lit);
}

#[test]
fn a_search_that_failed_says_so_and_can_be_tried_again() {
    let mut screen = lounge();
    let asks = |screen: &Screen| {
        let searches = screen.effects.iter();
        searches
            .filter(|effect| matches!(effect, Effect::Search { .. }))
            .count()
    };
    screen.press("ctrl+f");
    screen.write("oak");
    screen.wait_ms(1_000);
    assert_eq!(asks(&screen), 1);
    let (typed, why) = ("oak".to_owned(), "failed to search: busy".to_owned());
    screen.tell(Msg::NotFound { typed, why });
    assert!(screen.text().contains("failed to search: busy"));
    assert!(!screen.text().contains("searching"), "{}", screen.text());

    screen.press("backspace");
    screen.write("k");
    screen.wait_ms(1_000);

    assert_eq!(asks(&screen), 2);
}

#[test]
fn a_very_long_paste_asks_first() {
    let mut screen = lounge();
    screen.model.paste_asks_from = 5;
    screen.tell(Msg::Paste("1\n2\n3\n4\n5\n".to_owned()));
    assert!(screen.text().contains("5 lines: 1"));
    screen.press("n");
    assert!(screen.model.composer.is_empty());

    screen.tell(Msg::Paste("1\n2\n3\n4\n5\n".to_owned()));
    screen.press("y");

    assert_eq!(screen.model.composer.text(), "1\n2\n3\n4\n5\n");
}

#[test]
fn in_the_manner_of_vim_letters_are_commands_until_i() {
    let mut screen = Screen::with_two((100, 30));
    screen.model.keymap = chat_tui::keymap::Keymap::of(chat_tui::keymap::Preset::Vim);
    screen.press("J J");
    let open = screen.model.thread.as_ref().map(|thread| thread.id);
    assert_eq!(open, Some(room(1)));
    assert!(screen.model.selected.is_some(), "it begins with messages");

    screen.press("i");
    screen.write("Jj");

    assert_eq!(screen.model.composer.text(), "Jj");
}

#[test]
fn what_another_thing_came_to_changes_nothing_in_a_form_that_waits() {
    let mut screen = lounge();
    screen.press("ctrl+g");
    screen.write("bo cy");
    screen.press("enter");
    let busy = screen.text();
    assert_eq!(screen.sent().len(), 1);

    let why = || "only admins pin messages here".to_owned();
    screen.tell(Msg::Refused(None, why()));
    screen.tell(Msg::Refused(Some(FormKind::Profile), why()));
    screen.tell(Msg::Done(Some(FormKind::Profile), "changed".to_owned()));
    screen.wait_ms(10_000);
    screen.press("enter");

    assert_eq!(screen.text(), busy);
    assert_eq!(screen.sent(), [], "it is not begun twice");
}

#[test]
fn the_key_that_completes_in_a_form_is_another_where_somebody_says_so() {
    let mut screen = lounge();
    let chosen = [("complete-field".to_owned(), vec!["f12".to_owned()])];
    let (keymap, wrong) = Keymap::default().rebound(&chosen.into());
    assert_eq!(wrong, [""; 0]);
    screen.model.keymap = keymap;
    screen.press("ctrl+t");
    screen.write("no");
    assert!(screen.text().contains("F12 complete"), "{}", screen.text());

    screen.press("f12");
    assert_eq!(screen.sent(), [Effect::CompletePath("no".to_owned())]);
    screen.press("tab");
    screen.write("said");

    assert_eq!(screen.sent(), []);
    assert!(screen.text().contains("say      said"), "{}", screen.text());
}

#[test]
fn ones_profile_is_filled_in_and_changed() {
    let mut screen = lounge();
    screen.model.me = Some(me());
    screen.press("f9");
    screen.write("your profile");
    screen.press("enter ctrl+u");
    screen.write("Ana B.");
    screen.press("tab");
    screen.write("at lunch");
    screen.press("enter");

    let change = ChangeMe {
        display_name: Some(DisplayName::parse("Ana B.").unwrap()),
        status_text: Some(StatusText::parse("at lunch").unwrap()),
        bio: Some(Bio::parse("").unwrap()),
        ..ChangeMe::nothing()
    };
    assert_eq!(screen.sent(), [Effect::Ask(Wish::Profile(change))]);
    screen.tell(Msg::Done(
        Some(FormKind::Profile),
        "your profile is changed".to_owned(),
    ));
    assert!(screen.model.popup.is_none());
}

#[test]
fn who_knows_emacs_finds_its_keys() {
    let mut screen = lounge();
    screen.model.keymap = Keymap::of(chat_tui::keymap::Preset::Emacs);
    screen.write("one two");
    screen.press("ctrl+a ctrl+k ctrl+y ctrl+y alt+b ctrl+k");
    assert_eq!(screen.model.composer.text(), "one twoone ");
    screen.press("ctrl+/");
    assert_eq!(screen.model.composer.text(), "one twoone two");
    screen.press("ctrl+g p");
    assert!(screen.model.selected.is_some(), "acting on messages");
    screen.press("ctrl+g alt+g");
    assert!(screen.text().contains("Jump to"), "{}", screen.text());
    screen.press("ctrl+n ctrl+g alt+up");

    assert_eq!(screen.model.thread.as_ref().unwrap().id, room(2));
}
