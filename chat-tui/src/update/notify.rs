//! Telling of what was said while nobody looked: in the terminal's own way, and in the name of its window. What is muted
//! tells of mentions only, and what came while there was no connection tells of nothing: it shows in the list.

use crate::{
    Effect,
    config::Notify,
    model::{Connection, Model, Summary, person_name, said},
};
use chat_core::{ConversationKind, Message, State};

/// More would not fit into what a desktop shows.
const MOST_CHARS: usize = 120;

/// Tells of messages that came since it was last asked, and names the window after how many call.
pub(super) fn tell(model: &mut Model, state: &State, effects: &mut Vec<Effect>) {
    let calling: u64 = model
        .list
        .iter()
        .filter(|row| row.calls())
        .map(|row| u64::from(row.unread))
        .sum();
    let title = match calling {
        0 => "chat".to_owned(),
        count => format!("({count}) chat"),
    };
    if model.titled != title {
        model.titled.clone_from(&title);
        effects.push(Effect::Title(title));
    }
    let mut news = Vec::new();
    let is_live = model.connection == Connection::Online && !model.is_attended();
    for row in &model.list {
        let Some((newest, _)) = row.newest else {
            continue;
        };
        let told = model.told.insert(row.id, newest);
        if !is_live || told.is_some_and(|told| newest <= told) {
            continue;
        }
        let known = state.conversation(row.id);
        let last = known.and_then(|known| known.conversation().last_message.clone());
        let me = state.me();
        news.extend(
            last.filter(|last| last.counts_for(me))
                .filter(|last| wants(model.notify, row, last.mentions(me)))
                .map(|last| sentence(row, &last)),
        );
    }
    match news.len() {
        0 | 1 => effects.extend(news.pop().map(Effect::Notify)),
        // Not a bell for each.
        many => effects.push(Effect::Notify(format!(
            "something new in {many} conversations"
        ))),
    }
}

/// Whether to tell of a message. That an older one named the reader says nothing about this one.
fn wants(notify: Notify, row: &Summary, names_me: bool) -> bool {
    match notify {
        Notify::Nothing => false,
        _ if names_me => true,
        Notify::Mentions => row.kind == ConversationKind::Direct && !row.muted,
        Notify::All => !row.muted,
    }
}

/// One inert line: it goes to a terminal, and from there to a desktop.
fn sentence(row: &Summary, last: &Message) -> String {
    let who = person_name(&last.sender);
    let said = said(last);
    let whole = match row.kind {
        ConversationKind::Direct => format!("{who}: {said}"),
        _ => format!("{who} in {}: {said}", row.title),
    };
    whole.chars().take(MOST_CHARS).collect()
}
