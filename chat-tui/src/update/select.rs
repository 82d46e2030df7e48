//! Acting on messages: walking over them, and everything that can be done to one.

use super::{answer::retry_older, chat, form, jump, pick};
use crate::{
    Effect,
    action::Action,
    effect::Wish,
    emoji,
    model::{Choice, Entry, EntryState, Item, Key, Model, Pick, Picker, Popup, Purpose, Question},
};
use chat_core::{Attachment, ConversationId, MarkUnread, MessageId, Right, Seq, text};
use std::rc::Rc;

/// Does what a key is for. False when it is no key of this mode.
pub(super) fn act(model: &mut Model, action: Action, effects: &mut Vec<Effect>) -> bool {
    match action {
        Action::SelectOlder => step(model, -1),
        Action::SelectNewer => step(model, 1),
        Action::SelectOldest => step(model, isize::MIN),
        Action::SelectNewest => step(model, isize::MAX),
        Action::LeaveSelect => model.selected = None,
        Action::ScrollUp => step(model, -page(model)),
        Action::ScrollDown => step(model, page(model)),
        Action::Menu => menu(model),
        action if VERBS.contains(&action) => {
            let Some((entry, here)) = selected(model) else {
                return true;
            };
            if let Err(why) = applies(model, action, &entry) {
                model.say(true, why);
            } else if !unsent(model, action, &entry, here, effects) {
                perform(model, action, &entry, here, effects);
            }
        }
        _ => return false,
    }
    true
}

/// Everything that can be done to a message, the most wanted first.
pub(crate) const VERBS: &[Action] = &[
    Action::Reply,
    Action::React,
    Action::Edit,
    Action::Copy,
    Action::Forward,
    Action::Open,
    Action::View,
    Action::Replies,
    Action::Pin,
    Action::MarkUnread,
    Action::Details,
    Action::Report,
    Action::BlockSender,
    Action::Retry,
    Action::Discard,
    Action::Delete,
];

/// Whether something can be done to a message; else, why not.
pub(crate) fn applies(model: &Model, action: Action, entry: &Entry) -> Result<(), &'static str> {
    let Some(thread) = &model.thread else {
        return Err("nothing is open");
    };
    let stored = entry.id().is_some();
    let failed = matches!(entry.state, EntryState::Failed(_));
    let unsent = failed || entry.state == EntryState::Pending;
    if entry.is_going() && action != Action::Details {
        return Err("it is about to be deleted");
    }
    let (holds, why) = match action {
        Action::Reply => (
            stored && thread.may_send,
            "only stored messages can be answered, by who may write here",
        ),
        Action::React => (
            stored && thread.may(Right::React),
            "only stored messages can have reactions",
        ),
        Action::Edit => (
            stored && entry.mine,
            "only stored messages of your own can be edited",
        ),
        Action::Delete => (
            thread.may_delete(entry) || unsent,
            "only your own messages can be deleted here",
        ),
        Action::Pin => (
            stored && thread.may(Right::Pin),
            "only admins pin messages here",
        ),
        Action::Retry => (failed, "only failed messages can be sent again"),
        Action::Discard => (
            unsent,
            "only messages that are not sent can be thrown away; others are deleted",
        ),
        Action::Copy => (!entry.shown_text().is_empty(), "there is no text in it"),
        Action::Open => (
            !openable(entry).is_empty(),
            "there is no link and no file in it",
        ),
        Action::View => (picture(entry).is_some(), "there is no picture in it"),
        Action::Report | Action::BlockSender => (
            stored && !entry.mine,
            "only what others said can be reported, and who said it blocked",
        ),
        Action::MarkUnread => (
            entry.seq().is_some() && !entry.mine,
            "only what others said can be unread",
        ),
        _ => (stored, "only a stored message has that"),
    };
    if holds { Ok(()) } else { Err(why) }
}

/// What concerns a message that the server has not got.
fn unsent(
    model: &mut Model,
    action: Action,
    entry: &Entry,
    conversation: ConversationId,
    effects: &mut Vec<Effect>,
) -> bool {
    let Key::Echo(client_id) = &entry.key else {
        return false;
    };
    let client_id = client_id.clone();
    match action {
        Action::Retry => effects.push(Effect::Retry {
            conversation,
            client_id,
        }),
        // Nothing brings it back.
        Action::Discard | Action::Delete => {
            let question = Question::Discard(conversation, client_id);
            model.popup = Some(Popup::Ask(question));
        }
        _ => return false,
    }
    true
}

fn perform(
    model: &mut Model,
    action: Action,
    entry: &Rc<Entry>,
    here: ConversationId,
    effects: &mut Vec<Effect>,
) {
    if action == Action::Copy {
        model.say(false, "copied");
        return effects.push(Effect::Copy(entry.shown_text().into_owned()));
    }
    if let (Action::MarkUnread, Some(seq)) = (action, entry.seq()) {
        return mark_unread(model, here, seq, effects);
    }
    let Some(id) = entry.id() else {
        return;
    };
    match action {
        Action::Reply => reply(model, id, entry),
        Action::React => model.popup = Some(Popup::Pick(reactions(model, id, entry))),
        Action::Edit => chat::begin_edit(model, &entry.key, id, entry.stored_text()),
        Action::Delete => model.popup = Some(Popup::Ask(Question::Delete(id))),
        Action::Forward => model.popup = Some(Popup::Pick(pick::forward(model, id))),
        Action::Pin => {
            let on = !entry.is_pinned();
            effects.push(Effect::Ask(Wish::Pin(here, id, on)));
        }
        Action::Open => open(model, entry, effects),
        Action::View => {
            if let Some(file) = picture(entry) {
                look(model, file.clone(), effects);
            }
        }
        Action::Replies => replies(model, id, here, effects),
        Action::Report => model.popup = Some(Popup::Form(form::report(id))),
        Action::BlockSender => {
            let question = Question::Block(entry.sender, entry.name.clone());
            model.popup = Some(Popup::Ask(question));
        }
        Action::Details => effects.push(Effect::Ask(Wish::Details(id))),
        _ => {}
    }
}

/// Fetches a picture; without colours there would be nothing to see in it.
pub(super) fn look(model: &mut Model, file: Attachment, effects: &mut Vec<Effect>) {
    match model.theme.has_colour() || model.canvas.is_graphic() {
        true => effects.push(Effect::Picture(file)),
        false => {
            let key = model.keymap.key(Action::Open);
            model.say(true, format!("a picture needs colours: {key} saves it"));
        }
    }
}

fn reply(model: &mut Model, id: MessageId, entry: &Entry) {
    let said = match entry.extras().attachments.first() {
        Some(file) if entry.shown_text().is_empty() => {
            text::inert_line(&file.file_name).into_owned()
        }
        _ => text::excerpt(&entry.shown_text()),
    };
    let name = if entry.mine {
        "yourself"
    } else {
        entry.name.as_str()
    };
    if model.composer.editing().is_some() {
        model.composer.clear();
    }
    model.reply = Some((id, format!("{name}: {said}")));
    model.selected = None;
}

/// Everything from here on is unread again, and stays so until somebody comes back to it.
fn mark_unread(model: &mut Model, here: ConversationId, seq: Seq, effects: &mut Vec<Effect>) {
    let unread = MarkUnread {
        conversation_id: here,
        seq,
    };
    effects.push(Effect::Ask(Wish::Unread(unread)));
    if let Some(thread) = &mut model.thread {
        thread.left_unread = true;
        thread.new_after = Some(seq.before());
    }
    model.selected = None;
}

fn reactions(model: &Model, id: MessageId, entry: &Entry) -> Picker {
    let me = model.account.as_ref().map(|account| account.me);
    let under = entry.reactions();
    let there = under.iter().map(|under| {
        let emoji = &under.emoji;
        let name = emoji::ALL
            .iter()
            .find(|(_, e)| e == emoji)
            .map_or("", |(name, _)| name);
        let mine = me.is_some_and(|me| entry.has_from(me, emoji));
        let said = match (mine, under.count) {
            (true, _) => "take it back",
            (false, 0) => "put it back",
            (false, _) => "me too",
        };
        Choice::plain(format!("{emoji}  {name}"), Pick::React(id, emoji.clone())).badge(said)
    });
    let is_there = |emoji: &str| under.iter().any(|under| under.emoji == emoji);
    let others = emoji::ALL
        .iter()
        .filter(|(_, emoji)| !is_there(emoji))
        .map(|(name, emoji)| {
            Choice::plain(
                format!("{emoji}  {name}"),
                Pick::React(id, (*emoji).to_owned()),
            )
        });
    let choices: Vec<_> = there.chain(others).collect();
    let purpose = Purpose::React(id, choices.len());
    Picker::new(purpose, "React with", choices)
}

fn openable(entry: &Entry) -> Vec<Choice> {
    let links = entry.links();
    let links = links.into_iter().map(|link| {
        Choice::plain(text::inert_line(&link).into_owned(), Pick::Link(link)).badge("open")
    });
    let files = entry.extras().attachments.iter().flat_map(|file| {
        let name = text::inert_line(&file.file_name).into_owned();
        let save = Choice::plain(name.clone(), Pick::File(file.clone())).badge("save");
        let look = is_picture(file)
            .then(|| Choice::plain(name, Pick::Picture(file.clone())).badge("look"));
        std::iter::once(save).chain(look)
    });
    links.chain(files).collect()
}

fn is_picture(file: &Attachment) -> bool {
    file.has_thumbnail || file.mime_type.starts_with("image/")
}

fn picture(entry: &Entry) -> Option<&Attachment> {
    entry
        .extras()
        .attachments
        .iter()
        .find(|file| is_picture(file))
}

fn open(model: &mut Model, entry: &Entry, effects: &mut Vec<Effect>) {
    let choices = openable(entry);
    model.popup = Some(Popup::Pick(Picker::new(
        Purpose::Other,
        "Open",
        choices.clone(),
    )));
    if choices.len() == 1 {
        pick::take(model, effects);
    }
}

fn replies(model: &mut Model, id: MessageId, here: ConversationId, effects: &mut Vec<Effect>) {
    let Some(thread) = &model.thread else { return };
    let found = thread.replies(id);
    // What it answers may not be here, but it is known where that is.
    let above = thread.entries().find(|entry| entry.id() == Some(id));
    let above = above.and_then(|entry| entry.extras().reply_to.as_ref());
    let is_missing = |id| found.iter().all(|entry| entry.id() != Some(id));
    if let Some(reply) = above.filter(|reply| is_missing(reply.id)) {
        let seq = reply.seq;
        return jump::to(model, here, seq, effects);
    }
    if found.len() < 2 {
        let why = "it answers nothing, and nothing that is loaded answers it";
        return model.say(false, why);
    }
    let choice = |entry: &&Rc<Entry>| {
        let seq = entry.seq()?;
        let label = format!("{}: {}", entry.name, text::inert_line(&entry.text));
        Some(Choice::plain(label, Pick::Place(here, seq)).badge(entry.clock.clone()))
    };
    let choices = found.iter().filter_map(choice).collect();
    let title = "Replies, of what is loaded";
    model.popup = Some(Popup::Pick(Picker::new(Purpose::Other, title, choices)));
}

/// Everything that can be done to the selected message.
fn menu(model: &mut Model) {
    let Some((entry, _)) = selected(model) else {
        return;
    };
    let can = VERBS
        .iter()
        .filter(|action| applies(model, **action, &entry).is_ok());
    let choices = can
        .map(|action| {
            Choice::plain(action.description(), Pick::Do(*action)).badge(model.keymap.key(*action))
        })
        .collect();
    model.popup = Some(Popup::Pick(Picker::new(
        Purpose::Other,
        "This message",
        choices,
    )));
}

fn page(model: &Model) -> isize {
    let room = model.room();
    let seen = model.thread.as_ref().map(|t| t.visible_entries(room).len());
    isize::try_from(seen.unwrap_or(1).saturating_sub(1).max(1)).unwrap_or(1)
}

fn step(model: &mut Model, by: isize) {
    let room = model.room();
    retry_older(model);
    let (Some(thread), Some(selected)) = (&mut model.thread, &model.selected) else {
        return;
    };
    let Some(at) = thread.place(selected) else {
        return;
    };
    let is_end = matches!(by, isize::MIN | isize::MAX);
    let (older, newer) = (&thread.items[..at], &thread.items[at + 1..]);
    let way: &mut dyn Iterator<Item = &Item> = match by < 0 {
        true => &mut older.iter().rev(),
        false => &mut newer.iter(),
    };
    // A hole is not stepped over: what is in it is on its way.
    let way = way.take_while(|item| is_end || !matches!(item, Item::Gap(..)));
    let entries = way.filter_map(Item::entry).take(by.unsigned_abs());
    let key = entries.last().map_or(selected, |entry| &entry.key).clone();
    thread.reveal(&key, room);
    model.selected = Some(key);
}

fn selected(model: &Model) -> Option<(Rc<Entry>, ConversationId)> {
    let thread = model.thread.as_ref()?;
    let entry = thread.entry(model.selected.as_ref()?)?;
    Some((entry.clone(), thread.id))
}
