//! What can be done about a conversation and about oneself, as lists to choose from.

use super::form::no_prefs;
use crate::{
    Effect,
    action::Action,
    effect::Wish,
    model::{Choice, Form, FormKind, Manage, Model, Pick, Picker, Popup, Purpose, SignIn},
};
use chat_core::{
    ChangePrefs, ChangeSettings, ConversationId, CreateInvite, MemberRole, Notify, Right, Settings,
    Timestamp, Visibility,
};

/// An invite holds for a week.
const INVITE_S: u32 = 7 * 24 * 3_600;
/// Muted means until somebody says otherwise: the year 9999.
const FOR_EVER: i64 = 253_402_300_799_000;

/// What can be done about the open conversation.
pub(super) fn conversation(model: &mut Model) {
    let (Some(thread), Some(row)) = (&model.thread, model.open_row()) else {
        return join(model);
    };
    let id = thread.id;
    let mut choices = Vec::new();
    let mut put = |label: &str, what| choices.push(Choice::plain(label, Pick::Manage(id, what)));
    match row.muted {
        true => put("unmute: tell of what is said here", Manage::Mute(false)),
        false => put("mute: tell of nothing but mentions", Manage::Mute(true)),
    }
    match row.pinned {
        true => put(
            "let it go from the top of the list",
            Manage::PinToTop(false),
        ),
        false => put("keep it at the top of the list", Manage::PinToTop(true)),
    }
    match row.archived {
        true => put("bring it back into the list", Manage::Archive(false)),
        false => put("put it away, below all others", Manage::Archive(true)),
    }
    put("call it something else, for yourself", Manage::Nickname);
    if !thread.is_direct() {
        put("show all members", Manage::Members);
        for (label, what, right) in [
            ("add members", Manage::Add, Right::AddMembers),
            (
                "make an invite that others can join by",
                Manage::Invite,
                Right::AddMembers,
            ),
            ("take a member out", Manage::Remove, Right::RemoveMembers),
            (
                "change title and description",
                Manage::Rename,
                Right::ChangeInfo,
            ),
        ] {
            if thread.may(right) {
                put(label, what);
            }
        }
        put("leave it", Manage::Leave);
    }
    let title = format!("About {}", thread.title);
    model.popup = Some(Popup::Pick(Picker::new(Purpose::Other, title, choices)));
}

/// Does what was chosen about a conversation.
pub(super) fn take(model: &mut Model, id: ConversationId, what: Manage, effects: &mut Vec<Effect>) {
    let prefs = no_prefs(id);
    let wish = match what {
        Manage::Mute(on) => Wish::Prefs(ChangePrefs {
            muted_until: Some(Timestamp::from_ms(if on { FOR_EVER } else { 0 })),
            ..prefs
        }),
        Manage::PinToTop(on) => Wish::Prefs(ChangePrefs {
            pinned: Some(on),
            ..prefs
        }),
        Manage::Archive(on) => Wish::Prefs(ChangePrefs {
            archived: Some(on),
            ..prefs
        }),
        Manage::Members => Wish::Members(id, false),
        Manage::Remove => Wish::Members(id, true),
        Manage::Invite => Wish::Invite(CreateInvite {
            conversation_id: id,
            expires_in_s: Some(INVITE_S),
            max_uses: None,
        }),
        Manage::Nickname | Manage::Rename | Manage::Add => return fill_in(model, id, what),
        // It is asked about first.
        Manage::Leave => return,
    };
    effects.push(Effect::Ask(wish));
}

fn fill_in(model: &mut Model, id: ConversationId, what: Manage) {
    let Some(thread) = &model.thread else { return };
    let form = match what {
        Manage::Nickname => Form::new(
            FormKind::Nickname(id),
            "Call it",
            "only you see it, on all your devices; empty gives it its own name back",
            &[("name", &thread.title)],
        ),
        Manage::Rename => Form::new(
            FormKind::Rename(id),
            "Title and description",
            "everybody in it sees them",
            &[("title", &thread.title), ("about", &thread.about)],
        ),
        _ => Form::new(
            FormKind::AddMembers(id),
            "Add members",
            "usernames with spaces between",
            &[("whom", "")],
        ),
    };
    model.popup = Some(Popup::Form(form));
}

/// A code to join by.
pub(super) fn join(model: &mut Model) {
    model.popup = Some(Popup::Form(Form::new(
        FormKind::Join,
        "Join by an invite",
        "the code that somebody gave you, or the address with it",
        &[("code", "")],
    )));
}

/// Asks for what is pinned.
pub(super) fn pins(model: &mut Model, effects: &mut Vec<Effect>) {
    match &model.thread {
        Some(thread) => effects.push(Effect::Ask(Wish::Pins(thread.id))),
        None => model.say(false, "open a conversation first"),
    }
}

/// What can be done about oneself.
pub(super) fn account(model: &mut Model) {
    let choices = vec![
        Choice::plain(
            "your profile: name, status, what you say of yourself",
            Pick::Profile,
        ),
        Choice::plain("your settings: who sees what of you", Pick::ShowSettings),
        Choice::plain("join a conversation by an invite", Pick::Do(Action::Join)),
        Choice::plain("your accounts on this machine", Pick::Do(Action::Accounts)),
        Choice::plain("sign out on this device", Pick::Do(Action::SignOut)),
    ];
    model.popup = Some(Popup::Pick(Picker::new(Purpose::Other, "You", choices)));
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
    let picker = Picker::new(
        Purpose::Other,
        "Settings · Enter takes the next value",
        choices,
    );
    model.popup = Some(Popup::Pick(picker));
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

/// What a member is, where that is worth a word.
pub(super) fn role(role: MemberRole) -> &'static str {
    match role {
        MemberRole::Owner => "owner",
        MemberRole::Admin => "admin",
        MemberRole::Member => "",
    }
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

fn seen(by: Visibility) -> &'static str {
    match by {
        Visibility::Everyone => "everyone",
        Visibility::Contacts => "contacts",
        Visibility::Nobody => "nobody",
    }
}

fn next(by: Visibility) -> Visibility {
    match by {
        Visibility::Everyone => Visibility::Contacts,
        Visibility::Contacts => Visibility::Nobody,
        Visibility::Nobody => Visibility::Everyone,
    }
}

fn told(of: Notify) -> &'static str {
    match of {
        Notify::All => "every message",
        Notify::Mentions => "mentions",
        Notify::Nothing => "nothing",
    }
}

fn after(of: Notify) -> Notify {
    match of {
        Notify::All => Notify::Mentions,
        Notify::Mentions => Notify::Nothing,
        Notify::Nothing => Notify::All,
    }
}
