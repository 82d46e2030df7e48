//! What can be done about a conversation, as lists to choose from and forms to fill in.

use super::form::no_prefs;
use crate::{
    Effect,
    action::Action,
    effect::{Whom, Wish},
    model::{
        Choice, Form, FormKind, Manage, Model, Pick, Picker, Popup, Purpose, Question, Summary,
        Thread,
    },
};
use chat_core::{
    ChangeConversation, ChangePrefs, ConversationId, CreateInvite, MemberRole, MessageTtl, Right,
    Timestamp, UserId, text,
};

/// An invite holds for a week.
const INVITE_S: u32 = 7 * 24 * 3_600;
/// How long a conversation is quiet, in hours.
const QUIET: &[(i64, &str)] = &[
    (1, "for an hour"),
    (8, "for eight hours"),
    (7 * 24, "for a week"),
];

/// What can be done about the open conversation.
pub(super) fn conversation(model: &mut Model) {
    let (Some(thread), Some(row)) = (&model.thread, model.open_row()) else {
        return join(model);
    };
    let title = format!("About {}", thread.title);
    let choices = choices(thread, row);
    model.popup = Some(Popup::Pick(Picker::new(Purpose::Command, title, choices)));
}

/// Words that people look for.
fn words(what: Manage) -> &'static str {
    match what {
        Manage::Mute(_) => "mute silence quiet notifications",
        Manage::PinToTop(_) => "pin favourite favorite top",
        Manage::Archive(_) => "archive hide away",
        Manage::Nickname => "nick nickname rename name call",
        Manage::Rename => "rename title topic description about",
        Manage::Members => "who people members list",
        Manage::Add => "add invite members people",
        Manage::Remove => "remove kick members",
        Manage::Roles => "role admin owner moderator",
        Manage::Timer => "disappearing timer expire",
        Manage::Block => "block ignore",
        Manage::Invite => "invite link code share",
        Manage::Leave => "leave quit exit part",
    }
}

/// The same, as what there is to choose.
pub(super) fn choices(thread: &Thread, row: &Summary) -> Vec<Choice> {
    let id = thread.id;
    let mut choices = Vec::new();
    let mut put = |label: &str, what| {
        let choice = Choice::plain(label, Pick::Manage(id, what));
        choices.push(choice.words(words(what)));
    };
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
    if thread.is_direct() {
        put(Action::Block.description(), Manage::Block);
    }
    if thread.may(Right::SetTimer) {
        put(Action::Timer.description(), Manage::Timer);
    }
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
            (Action::Roles.description(), Manage::Roles, Right::GiveRoles),
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
    choices
}

/// Does what was chosen about a conversation.
pub(super) fn take(model: &mut Model, id: ConversationId, what: Manage, effects: &mut Vec<Effect>) {
    let prefs = no_prefs(id);
    let wish = match what {
        Manage::Mute(true) => {
            model.popup = Some(Popup::Pick(quiet(id, model.now)));
            return;
        }
        Manage::Mute(false) => Wish::Prefs(ChangePrefs {
            muted_until: Some(Timestamp::from_ms(0)),
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
        Manage::Roles => Wish::Roles(id),
        Manage::Timer => return timer(model),
        Manage::Block => return block(model),
        Manage::Nickname | Manage::Rename | Manage::Add => return fill_in(model, id, what),
        // It is asked about first.
        Manage::Leave => return,
    };
    effects.push(Effect::Ask(wish));
}

/// How long nothing but mentions is told of.
fn quiet(id: ConversationId, now: Timestamp) -> Picker {
    let until = |label: &str, at| {
        let change = ChangePrefs {
            muted_until: Some(at),
            ..no_prefs(id)
        };
        Choice::plain(label, Pick::Ask(Wish::Prefs(change)))
    };
    let for_now = QUIET
        .iter()
        .map(|(hours, label)| until(label, now.plus_ms(hours * 3_600_000)));
    let for_ever = until("until I say otherwise", Timestamp::FOR_EVER);
    let choices = std::iter::once(for_ever).chain(for_now).collect();
    Picker::new(Purpose::Command, "Tell of nothing but mentions", choices)
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
            format!(
                "usernames with spaces between; {} completes them",
                model.keymap.key(Action::CompleteField)
            ),
            &[("whom", "")],
        ),
    };
    model.popup = Some(Popup::Form(form));
}

/// What a member may be.
const ROLES: &[(MemberRole, &str)] = &[
    (MemberRole::Member, "member"),
    (
        MemberRole::Admin,
        "admin: may take out, pin, delete and invite",
    ),
    (MemberRole::Owner, "owner: may do everything, as you"),
];

/// Asks for the members, to give one another role.
pub(super) fn roles(model: &mut Model, effects: &mut Vec<Effect>) {
    match &model.thread {
        Some(thread) if thread.may(Right::GiveRoles) && !thread.is_direct() => {
            effects.push(Effect::Ask(Wish::Roles(thread.id)));
        }
        _ => model.say(true, "only owners give roles, and in groups and channels"),
    }
}

/// What somebody is to be.
pub(super) fn role_of(id: ConversationId, user: UserId, name: &str) -> Picker {
    let choice = |(role, label): &(MemberRole, &str)| {
        let wish = Wish::Role(id, Whom::Id(user), *role);
        Choice::plain(*label, Pick::Ask(wish))
    };
    let title = format!("What is {name} to be?");
    Picker::new(Purpose::Other, title, ROLES.iter().map(choice).collect())
}

/// How long messages may stay, in seconds.
const TIMES: &[(u32, &str)] = &[
    (0, "for ever"),
    (3_600, "an hour"),
    (24 * 3_600, "a day"),
    (7 * 24 * 3_600, "a week"),
    (28 * 24 * 3_600, "four weeks"),
];

/// How long messages stay that are said from now on.
pub(super) fn timer(model: &mut Model) {
    let Some(thread) = model.thread.as_ref().filter(|t| t.may(Right::SetTimer)) else {
        return model.say(
            true,
            "who may not change this conversation sets no timer here",
        );
    };
    let now = thread.stays_s.unwrap_or(0);
    let choice = |(seconds, label): &(u32, &str)| {
        let ttl = MessageTtl::try_from(*seconds).expect("all of them are lengths that may be");
        let change = ChangeConversation {
            message_ttl_s: Some(ttl),
            ..ChangeConversation::of(thread.id)
        };
        let badge = if now == *seconds { "now" } else { "" };
        Choice::plain(*label, Pick::Ask(Wish::Timer(change))).badge(badge)
    };
    let choices = TIMES.iter().map(choice).collect();
    let title = "What is said here from now on stays";
    model.popup = Some(Popup::Pick(Picker::new(Purpose::Other, title, choices)));
}

/// Asks whether the other one is to be blocked.
pub(super) fn block(model: &mut Model) {
    let peer = model
        .open_row()
        .and_then(|row| Some((row.peer?, row.title.clone())));
    match peer {
        Some((user, name)) => model.popup = Some(Popup::Ask(Question::Block(user, name))),
        None => model.say(true, "open the conversation with who is to be blocked"),
    }
}

/// An invite to read, or to copy.
pub(super) fn invite(code: &str) -> Picker {
    let code = text::inert_line(code).into_owned();
    let choice = Choice::plain(code.clone(), Pick::Copy(code)).badge("copy");
    let title = "Invite: whoever has this can join within a week";
    Picker::new(Purpose::Other, title, vec![choice])
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

/// What a member is, where that is worth a word.
pub(super) fn role(role: MemberRole) -> &'static str {
    match role {
        MemberRole::Owner => "owner",
        MemberRole::Admin => "admin",
        MemberRole::Member => "",
        MemberRole::Unknown => "role unknown",
    }
}
