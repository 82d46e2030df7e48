//! The commands that list: conversations, and who is in the open one. They change nothing.

use crate::{Effect, effect::Wish, model::Model, plain::say::Said};
use chat_core::PresenceState;

/// Tells of all conversations, each with a number to open it by.
pub(super) fn list(model: &Model, said: &mut Said) {
    said.listed(model.list.iter().map(|row| row.id).collect());
    for (row, nth) in model.list.iter().zip(1..) {
        let mut about = vec![format!("{nth}. {}", row.title)];
        match (row.unread, row.mentions) {
            (0, _) => {}
            (unread, 0) => about.push(format!("{unread} unread")),
            (unread, named) => about.push(format!("{unread} unread, {named} name you")),
        }
        if row.presence == Some(PresenceState::Online) {
            about.push("online".to_owned());
        }
        if row.muted {
            about.push("muted".to_owned());
        }
        said.line(&about.join(", "));
    }
}

/// Who is in it: of many, the server is asked.
pub(super) fn who(model: &Model, said: &Said) -> Result<Vec<Effect>, String> {
    let id = super::open(model)?;
    if model.thread.as_ref().is_some_and(|t| !t.knows_everybody()) {
        return Ok(vec![Effect::Ask(Wish::Members(id, false))]);
    }
    let me = model.account.as_ref().map(|account| account.me);
    for person in model.thread.iter().flat_map(|thread| &thread.members) {
        let presence = match person.presence {
            // One's own presence is not told; whoever asks is here.
            _ if Some(person.id) == me => "online",
            PresenceState::Online => "online",
            PresenceState::Away => "away",
            _ => "offline",
        };
        said.line(&format!(
            "{} (@{}), {presence}",
            person.name, person.username
        ));
    }
    Ok(Vec::new())
}
