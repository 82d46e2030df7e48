//! What can be done about oneself: profile, settings, password, devices, whom one has blocked.

use crate::{
    action::Action,
    effect::{Whom, Wish},
    model::{
        Choice, Field, Form, FormKind, Mark, Model, Pick, Picker, Popup, Purpose, Question,
        Reading, SignIn, person_name,
    },
    when,
};
use chat_core::{ChangeSettings, Notify, PresenceState, Session, Settings, User, Visibility, text};

/// What can be done about oneself.
pub(super) fn account(model: &mut Model) {
    let window = Picker::new(Purpose::Command, "You", choices());
    model.popup = Some(Popup::Pick(window));
}

/// The same, as what there is to choose.
pub(super) fn choices() -> Vec<Choice> {
    let does =
        |label: &str, action: Action| Choice::plain(label, Pick::Do(action)).words(action.words());
    vec![
        Choice::plain(
            "your profile: name, status, what you say of yourself",
            Pick::Profile,
        )
        .words("profile name status about bio"),
        Choice::plain("your settings: who sees what of you", Pick::ShowSettings)
            .words("settings privacy presence preferences notifications"),
        does("change your password", Action::Password),
        does("where you are signed in", Action::Sessions),
        does("whom you have blocked", Action::Blocked),
        does("join a conversation by an invite", Action::Join),
        does("your accounts on this machine", Action::Accounts),
        does(
            "set colours and keys, and do what is not here",
            Action::SetUp,
        ),
        does("sign out on this device", Action::SignOut),
    ]
}

/// What is set in a file, and what another program does.
pub(super) fn elsewhere() -> Reading {
    let lines = [
        "In ~/.config/chat/tui.toml (or below $XDG_CONFIG_HOME), read when the program starts; `chat-tui --help` has an example:",
        "  theme            terminal, light, dark, high-contrast, none",
        "  glyphs           unicode, ascii",
        "  preset           default, vim, emacs",
        "  mouse            true, false",
        "  notify           all, mentions, nothing",
        "  notify-by        terminal, bell",
        "  paste-asks-from  lines of a paste that ask first",
        "  downloads        where files are saved",
        "  [keys]           a key for anything; `chat-tui keys` lists them",
        "",
        "What is not here is done with the program chat:",
        "  chat profile --help   your picture, email address, closing the account",
        "  chat contact --help   the people you know",
        "  chat invite --help    the invites there are, and ending one",
        "  chat report --help    reported messages, for who looks after them",
    ];
    Reading {
        title: "What is set and done elsewhere".to_owned(),
        lines: lines.map(str::to_owned).into(),
        top: 0,
    }
}

/// How one is seen.
pub(super) fn profile(model: &mut Model) {
    let Some(me) = &model.me else {
        return model.say(
            true,
            "your profile is not here yet: wait for the connection",
        );
    };
    let (status, bio) = (me.status_text.clone(), me.bio.clone());
    let fields = [
        ("name", me.user.display_name.as_str()),
        ("status", status.as_deref().unwrap_or_default()),
        ("about", bio.as_deref().unwrap_or_default()),
    ];
    let hint = "everybody who is signed in on the server can see it";
    let form = Form::new(FormKind::Profile, "Your profile", hint, &fields);
    model.popup = Some(Popup::Form(form));
}

/// Who sees what of oneself: choosing one takes the next value.
pub(super) fn settings(model: &mut Model) {
    let Some(me) = &model.me else {
        return model.say(
            true,
            "your settings are not here yet: wait for the connection",
        );
    };
    let choices = settings_choices(&me.settings);
    let key = model.keymap.key(Action::Accept);
    let title = format!("Settings · {key} takes the next value");
    let picker = Picker::new(Purpose::Other, title, choices);
    model.popup = Some(Popup::Pick(picker));
}

/// Another setting: the list stays, and shows it.
pub(super) fn set(model: &mut Model, change: &ChangeSettings, (filter, selected): (Field, usize)) {
    if let Some(me) = &mut model.me {
        let now = &mut me.settings;
        now.presence = change.presence.unwrap_or(now.presence);
        now.last_seen = change.last_seen.unwrap_or(now.last_seen);
        now.read_marks = change.read_marks.unwrap_or(now.read_marks);
        now.found_by_email = change.found_by_email.unwrap_or(now.found_by_email);
        now.notify = change.notify.unwrap_or(now.notify);
        now.notify_content = change.notify_content.unwrap_or(now.notify_content);
    }
    settings(model);
    if let Some(Popup::Pick(picker)) = &mut model.popup {
        (picker.filter, picker.selected) = (filter, selected);
    }
}

fn settings_choices(known: &Settings) -> Vec<Choice> {
    let choice = |label: &str, now: &str, set: &dyn Fn(&mut ChangeSettings)| {
        let mut change = nothing();
        set(&mut change);
        Choice::plain(label, Pick::Settings(change)).badge(now)
    };
    vec![
        choice(
            "who sees whether you are here",
            seen(known.presence),
            &|set| {
                set.presence = Some(next(known.presence));
            },
        ),
        choice(
            "who sees when you were last here",
            seen(known.last_seen),
            &|set| {
                set.last_seen = Some(next(known.last_seen));
            },
        ),
        choice(
            "others see how far you have read",
            yes(known.read_marks),
            &|set| {
                set.read_marks = Some(!known.read_marks);
            },
        ),
        choice(
            "you are found by your exact email",
            yes(known.found_by_email),
            &|set| {
                set.found_by_email = Some(!known.found_by_email);
            },
        ),
        choice(
            "what other devices tell you of",
            told(known.notify),
            &|set| {
                set.notify = Some(after(known.notify));
            },
        ),
        choice(
            "what they tell shows the text",
            yes(known.notify_content),
            &|set| {
                set.notify_content = Some(!known.notify_content);
            },
        ),
    ]
}

/// Shows the form for signing in above what is there.
pub(super) fn add_account(model: &mut Model) {
    let server = model
        .account
        .as_ref()
        .map(|account| account.address.clone());
    model.sign_in = Some(SignIn::new(&server.unwrap_or_default(), ""));
}

/// Another password. What is typed is covered.
pub(super) fn password(model: &mut Model) {
    let mut form = Form::new(
        FormKind::Password,
        "Change your password",
        "you stay signed in here, and are signed out everywhere else",
        &[],
    );
    form.fields = ["old", "new", "again"]
        .map(|label| (label, Field::secret()))
        .into();
    model.popup = Some(Popup::Form(form));
}

/// Where one is signed in; choosing a device signs out there.
pub(super) fn sessions(model: &Model, sessions: &[Session]) -> Picker {
    let today = when::day(model.now, &model.zone);
    let choice = |session: &Session| {
        let name = session.device_name.as_deref().unwrap_or("a device");
        let name = text::inert_line(name).into_owned();
        let used = session.last_used_at.map(|at| when::day(at, &model.zone));
        let kind = if session.scope.is_some() {
            "token, "
        } else {
            ""
        };
        let used = used.map_or("not used yet".to_owned(), |day| {
            format!("last used {}", when::divider(day, today))
        });
        let detail = format!("{kind}{used}");
        match session.current {
            true => Choice::plain(name, Pick::Do(Action::SignOut)).badge("here"),
            false => {
                let question = Question::EndSession(session.id, name.clone());
                Choice::plain(name, Pick::Question(question)).badge("sign out")
            }
        }
        .detail(detail)
    };
    let mut choices: Vec<_> = sessions.iter().map(choice).collect();
    let others = sessions.iter().filter(|session| !session.current);
    let others: Vec<_> = others.map(|session| session.id).collect();
    if others.len() > 1 {
        let question = Question::EndOthers(others);
        choices.push(Choice::plain(
            "sign out everywhere else",
            Pick::Question(question),
        ));
    }
    Picker::new(Purpose::Other, "Where you are signed in", choices)
}

/// Whom one has blocked; choosing one lets them in again.
pub(super) fn blocked(users: &[User]) -> Picker {
    let choice = |user: &User| {
        let wish = Wish::Block(Whom::Id(user.id), false);
        let choice = Choice::plain(person_name(user), Pick::Ask(wish))
            .detail(format!("@{}", text::inert_line(&user.username)))
            .badge("let in again");
        let presence = user.presence.unwrap_or(PresenceState::Offline);
        Choice {
            mark: Mark::Person(presence),
            ..choice
        }
    };
    let choices = users.iter().map(choice).collect();
    let mut picker = Picker::new(Purpose::Other, "Whom you have blocked", choices);
    "you have blocked nobody".clone_into(&mut picker.nothing);
    picker
}

fn nothing() -> ChangeSettings {
    ChangeSettings {
        presence: None,
        last_seen: None,
        read_marks: None,
        found_by_email: None,
        notify: None,
        notify_content: None,
    }
}

fn yes(on: bool) -> &'static str {
    if on { "yes" } else { "no" }
}

/// Stands for a setting that another program has made, of which only a newer version knows.
const NEWER: &str = "something newer";

fn seen(by: Visibility) -> &'static str {
    match by {
        Visibility::Everyone => "everyone",
        Visibility::Contacts => "contacts",
        Visibility::Nobody => "nobody",
        Visibility::Unknown => NEWER,
    }
}

fn next(by: Visibility) -> Visibility {
    match by {
        Visibility::Everyone => Visibility::Contacts,
        // Of what is not known here, on to what shows least.
        Visibility::Contacts | Visibility::Unknown => Visibility::Nobody,
        Visibility::Nobody => Visibility::Everyone,
    }
}

fn told(of: Notify) -> &'static str {
    match of {
        Notify::All => "every message",
        Notify::Mentions => "mentions",
        Notify::Nothing => "nothing",
        Notify::Unknown => NEWER,
    }
}

fn after(of: Notify) -> Notify {
    match of {
        Notify::All => Notify::Mentions,
        Notify::Mentions => Notify::Nothing,
        Notify::Nothing | Notify::Unknown => Notify::All,
    }
}
