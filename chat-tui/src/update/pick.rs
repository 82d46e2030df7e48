//! Choosing from a list: what there is to choose, and what is done with what was chosen.

mod searching;

use super::{account, jump, manage, palette, select};
use crate::{
    Effect,
    effect::Wish,
    model::{Choice, Manage, Mark, Model, Pick, Picker, Popup, Purpose, Question},
    when,
};
use chat_core::{
    AddReaction, ConversationId, Emoji, ForwardMessage, Member, Message, MessageId, RemoveReaction,
    User, text,
};
pub(super) use searching::{ask_what_is_typed, found, not_found, search, search_for, typed};

/// Every conversation, to go to: those that call first.
pub(super) fn switch(model: &Model) -> Picker {
    Picker::new(
        Purpose::Switch,
        "Jump to",
        conversations(model, Pick::Conversation),
    )
}

/// Every conversation, to say something again in.
pub(super) fn forward(model: &Model, message: MessageId) -> Picker {
    let choices = conversations(model, |id| Pick::Forward(message, id));
    Picker::new(Purpose::Other, "Forward to", choices)
}

fn conversations(model: &Model, pick: impl Fn(ConversationId) -> Pick) -> Vec<Choice> {
    let mut rows: Vec<_> = model.list.iter().collect();
    rows.sort_by_key(|row| !row.calls());
    let choice = |row: &&crate::model::Summary| {
        let badge = match (row.mentions, row.unread) {
            (0, 0) => String::new(),
            (0, unread) => format!("{unread}"),
            (named, unread) => format!("@{named} {unread}"),
        };
        let choice = Choice::plain(row.title.clone(), pick(row.id));
        Choice {
            mark: row.mark(),
            ..choice.badge(badge)
        }
    };
    rows.iter().map(choice).collect()
}

/// Brings the list up to date while it is open.
pub(super) fn refresh(model: &mut Model) {
    let is_switch =
        matches!(&model.popup, Some(Popup::Pick(picker)) if picker.purpose == Purpose::Switch);
    if is_switch {
        let choices = conversations(model, Pick::Conversation);
        if let Some(Popup::Pick(picker)) = &mut model.popup {
            // What is lit stays lit, wherever it moves.
            let lit = picker.chosen().map(|choice| choice.pick.clone());
            picker.choices = choices;
            let matches = picker.matches();
            let last = matches.len().saturating_sub(1);
            let at = matches
                .iter()
                .position(|choice| Some(&choice.pick) == lit.as_ref());
            picker.selected = at.unwrap_or(picker.selected.min(last));
        }
    }
}

/// The pinned messages.
pub(super) fn pinned(model: &Model, messages: &[Message]) -> Picker {
    let mut picker = Picker::new(Purpose::Other, "Pinned messages", places(model, messages));
    "nothing is pinned here".clone_into(&mut picker.nothing);
    picker
}

fn places(model: &Model, messages: &[Message]) -> Vec<Choice> {
    let place = |message: &Message| {
        let row = model
            .list
            .iter()
            .find(|row| row.id == message.conversation_id);
        let is_mine = model
            .account
            .as_ref()
            .is_some_and(|me| me.me == message.sender.id);
        let who = match is_mine {
            true => "you".to_owned(),
            false => crate::model::person_name(&message.sender),
        };
        let day = when::day(message.created_at, &model.zone);
        let today = when::day(model.now, &model.zone);
        let at = match day == today {
            true => when::clock(message.created_at, &model.zone),
            false => when::divider(day, today),
        };
        let said = crate::model::said(message);
        let title = row.map_or("", |row| row.title.as_str());
        Choice::plain(
            format!("{who}: {said}"),
            Pick::Place(message.conversation_id, message.seq),
        )
        .detail(title)
        .badge(at)
    };
    messages.iter().map(place).collect()
}

/// All members, to talk to one or to take one out.
pub(super) fn members(id: ConversationId, members: &[Member], remove: bool) -> Picker {
    let pick = |user: &User, name: &str| match remove {
        true => Pick::Remove(id, user.id, name.to_owned()),
        false => Pick::Talk(user.username.clone()),
    };
    let title = if remove { "Take out whom?" } else { "Members" };
    let mut picker = people(title, members, pick);
    if remove && members.is_empty() {
        "nobody but you is in it".clone_into(&mut picker.nothing);
    }
    picker
}

/// Members, to give one another role.
pub(super) fn roles(id: ConversationId, members: &[Member]) -> Picker {
    let pick = |user: &User, name: &str| Pick::RoleOf(id, user.id, name.to_owned());
    people("Whose role?", members, pick)
}

fn people(title: &str, members: &[Member], pick: impl Fn(&User, &str) -> Pick) -> Picker {
    let choice = |member: &Member| {
        let user = &member.user;
        let name = crate::model::person_name(user);
        let pick = pick(user, &name);
        let choice = Choice::plain(name, pick)
            .detail(format!("@{}", text::inert_line(&user.username)))
            .badge(manage::role(member.role));
        let presence = user.presence.unwrap_or(chat_core::PresenceState::Offline);
        Choice {
            mark: Mark::Person(presence),
            ..choice
        }
    };
    Picker::new(Purpose::Other, title, members.iter().map(choice).collect())
}

/// The accounts of this machine.
pub(super) fn accounts(model: &Model, accounts: &[(String, String)]) -> Picker {
    let now = model.account.as_ref();
    let choice = |(server, username): &(String, String)| {
        let is_here =
            now.is_some_and(|account| account.username == *username && account.address == *server);
        Choice::plain(
            text::inert_line(username),
            Pick::Account(server.clone(), username.clone()),
        )
        .detail(text::inert_line(server))
        .badge(if is_here { "here" } else { "" })
    };
    let mut choices: Vec<_> = accounts.iter().map(choice).collect();
    choices.push(Choice::plain(
        "sign in to another account",
        Pick::AddAccount,
    ));
    Picker::new(Purpose::Other, "Accounts", choices)
}

/// Does what was chosen.
pub(super) fn take(model: &mut Model, effects: &mut Vec<Effect>) {
    if searching::is_behind(model) {
        return;
    }
    let Some(Popup::Pick(picker)) = &model.popup else {
        return;
    };
    let Some(pick) = picker.chosen().map(|choice| choice.pick.clone()) else {
        return;
    };
    let at = (picker.filter.clone(), picker.selected);
    // A search that goes on stays.
    model.popup.take_if(|_| !matches!(pick, Pick::Further(_)));
    match pick {
        Pick::Further(further) => searching::go_on(model, further, effects),
        Pick::Conversation(id) => {
            jump::open(model, id, effects);
            model.list_switched &= model.is_wide();
        }
        Pick::Talk(username) => effects.push(Effect::Create {
            usernames: vec![username],
            title: None,
            is_channel: false,
        }),
        Pick::Place(id, seq) => jump::to(model, id, seq, effects),
        Pick::Do(action) => palette::take(model, action, effects),
        Pick::React(message, emoji) => react(model, message, &emoji, effects),
        Pick::Forward(message_id, to) => effects.push(Effect::Ask(Wish::Forward(ForwardMessage {
            message_id,
            conversation_ids: vec![to],
            client_id: None,
        }))),
        Pick::Link(url) => effects.push(Effect::OpenLink(url)),
        Pick::File(file) => effects.push(Effect::Save(file)),
        Pick::Picture(file) => select::look(model, file, effects),
        Pick::Manage(id, Manage::Leave) => model.popup = Some(Popup::Ask(Question::Leave(id))),
        Pick::Manage(id, what) => manage::take(model, id, what, effects),
        Pick::Remove(conversation, user, name) => {
            model.popup = Some(Popup::Ask(Question::Remove {
                conversation,
                user,
                name,
            }));
        }
        Pick::RoleOf(id, user, name) => {
            model.popup = Some(Popup::Pick(manage::role_of(id, user, &name)));
        }
        Pick::Ask(wish) => effects.push(Effect::Ask(wish)),
        Pick::Question(question) => model.popup = Some(Popup::Ask(question)),
        Pick::Copy(text) => {
            model.say(false, "copied");
            effects.push(Effect::Copy(text));
        }
        Pick::Settings(change) => {
            account::set(model, &change, at);
            effects.push(Effect::Ask(Wish::Settings(change)));
        }
        Pick::Account(server, username) => effects.push(Effect::SwitchAccount { server, username }),
        Pick::AddAccount => account::add_account(model),
        Pick::Profile => account::profile(model),
        Pick::ShowSettings => account::settings(model),
    }
}

/// Puts an emoji under a message, or takes it back where the reader has put it there.
pub(super) fn react(
    model: &mut Model,
    message_id: MessageId,
    emoji: &str,
    effects: &mut Vec<Effect>,
) {
    let (Some(thread), Some(account)) = (&model.thread, &model.account) else {
        return;
    };
    let entry = thread
        .entries()
        .find(|entry| entry.id() == Some(message_id));
    let is_there = entry.is_some_and(|entry| entry.has_from(account.me, emoji));
    let here = thread.id;
    let emoji = match Emoji::parse(emoji) {
        Ok(emoji) => emoji,
        Err(rule) => return model.say(true, format!("the reaction {rule}")),
    };
    effects.push(match is_there {
        true => Effect::Unreact(here, RemoveReaction::new(message_id, emoji)),
        false => Effect::React(here, AddReaction::new(message_id, emoji)),
    });
}
