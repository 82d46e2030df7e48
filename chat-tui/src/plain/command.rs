//! The commands of the line mode. What is no command is said in the open conversation.

use super::say::Said;
use crate::{
    Effect,
    effect::Wish,
    model::{Model, Summary, people},
    update,
};
use chat_core::{
    AddReaction, ConversationId, Emoji, InviteCode, MessageBody, MessageId, PresenceState, Seq,
};

const HELP: &str = "\
Write a line to say it in the open conversation. Commands:
/list               your conversations, unread ones first
/open NAME          open one: its name, how a word of it begins, or its number in /list
/unread             open the next unread one
/older              older messages
/who                who is in it
/reply N TEXT       answer message N
/edit N TEXT        give your message N another text
/delete N           delete message N for everyone
/react N EMOJI      put an emoji under message N
/search WORDS       look for messages everywhere
/file PATH          send a file
/new NAMES # TITLE  begin a conversation
/join CODE          join by an invite
/say TEXT           say a line that begins with /
/quit               leave";

/// Takes a line, and says what is to be done.
pub(super) fn take(model: &mut Model, said: &mut Said, line: &str) -> Vec<Effect> {
    match command(model, said, line.trim_end()) {
        Ok(effects) => effects,
        Err(why) => {
            said.refuse(&why);
            Vec::new()
        }
    }
}

fn command(model: &mut Model, said: &mut Said, line: &str) -> Result<Vec<Effect>, String> {
    let (word, rest) = match line.strip_prefix('/') {
        Some(command) => command.split_once(' ').unwrap_or((command, "")),
        None if line.is_empty() => return Ok(Vec::new()),
        None => ("say", line),
    };
    let rest = rest.trim();
    match word {
        "help" => said.line(HELP),
        "quit" => return Ok(vec![Effect::Quit]),
        "list" => list(model, said),
        "who" => who(model, said)?,
        "older" => return older(model, said),
        "open" => {
            let found = named(model, said, rest);
            if found.is_err() {
                // What is written next was meant for the other one.
                model.thread = None;
                said.close();
            }
            return Ok(update::open(model, found?));
        }
        "unread" => {
            let next = model.list.iter().find(|row| row.calls());
            let id = next.map(|row| row.id).ok_or("nothing is unread")?;
            return Ok(update::open(model, id));
        }
        "search" => {
            let typed = rest.to_owned();
            return Ok(update::search(model, typed));
        }
        "join" => {
            let code = InviteCode::parse(rest).map_err(|rule| format!("the code {rule}"))?;
            return Ok(vec![Effect::Ask(Wish::Join(code))]);
        }
        "new" => {
            let (usernames, title) = people(rest)?;
            return Ok(vec![Effect::Create { usernames, title }]);
        }
        "say" | "reply" | "edit" | "delete" | "react" | "file" => return here(model, word, rest),
        _ => return Err(format!("there is no command /{word}; /help lists them")),
    }
    Ok(Vec::new())
}

/// What is done in the open conversation.
fn here(model: &Model, word: &str, rest: &str) -> Result<Vec<Effect>, String> {
    let conversation = open(model)?;
    let body = |text: &str| MessageBody::parse(text).map_err(|rule| format!("the message {rule}"));
    let numbered = || {
        let (number, text) = rest.split_once(' ').unwrap_or((rest, ""));
        message(model, number).map(|entry| (entry, text.trim()))
    };
    Ok(vec![match word {
        "say" => Effect::Send {
            conversation,
            body: body(rest)?,
            reply_to: None,
        },
        "reply" => {
            let (answered, text) = numbered()?;
            Effect::Send {
                conversation,
                body: body(text)?,
                reply_to: Some(answered),
            }
        }
        "edit" => {
            let (message, text) = numbered()?;
            Effect::Edit {
                conversation,
                message,
                body: body(text)?,
            }
        }
        "delete" => Effect::Delete {
            conversation,
            message: numbered()?.0,
        },
        "react" => {
            let (message_id, emoji) = numbered()?;
            let emoji = Emoji::parse(emoji).map_err(|rule| format!("the reaction {rule}"))?;
            Effect::React(conversation, AddReaction { message_id, emoji })
        }
        _ => Effect::SendFile {
            conversation,
            path: rest.to_owned(),
            caption: None,
            reply_to: None,
        },
    }])
}

fn open(model: &Model) -> Result<ConversationId, String> {
    let thread = model.thread.as_ref();
    thread.map(|thread| thread.id).ok_or_else(|| {
        "open a conversation first: /list names them, /open NAME opens one".to_owned()
    })
}

fn message(model: &Model, number: &str) -> Result<MessageId, String> {
    let seq = number
        .parse::<u64>()
        .ok()
        .and_then(|number| Seq::try_from(number).ok());
    let thread = model.thread.as_ref();
    let entry = thread.and_then(|thread| {
        thread
            .entries()
            .find(|entry| seq.is_some() && entry.seq() == seq)
    });
    entry.and_then(|entry| entry.id()).ok_or_else(|| {
        format!("there is no message {number:?} here: each message begins with its number")
    })
}

/// The conversation that is meant. What is said next is said there: with a doubt, none.
fn named(model: &Model, said: &Said, name: &str) -> Result<ConversationId, String> {
    let wanted = name.to_lowercase();
    let is_whole = |row: &&Summary| row.title.to_lowercase() == wanted;
    let begins = |row: &&Summary| begins_a_word(&row.title.to_lowercase(), &wanted);
    let number = || said.numbered(name.parse().ok()?);
    let whole: Vec<_> = model.list.iter().filter(is_whole).collect();
    let found = match (whole.is_empty(), number()) {
        (false, _) => whole,
        (true, Some(id)) => return Ok(id),
        (true, None) => model.list.iter().filter(begins).collect(),
    };
    match found.as_slice() {
        [one] if !wanted.is_empty() => Ok(one.id),
        [] | [_] => Err(format!(
            "no conversation is called {name:?}; /list names them"
        )),
        several => {
            let titles: Vec<_> = several.iter().map(|row| row.title.as_str()).collect();
            Err(format!(
                "{name:?} may be one of {}: write more of it, or its number in /list",
                titles.join("; ")
            ))
        }
    }
}

fn begins_a_word(title: &str, wanted: &str) -> bool {
    let mut places = title.match_indices(wanted);
    places.any(|(at, _)| !title[..at].ends_with(char::is_alphanumeric))
}

fn list(model: &Model, said: &mut Said) {
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

fn who(model: &Model, said: &Said) -> Result<(), String> {
    open(model)?;
    for person in model.thread.iter().flat_map(|thread| &thread.members) {
        let presence = match person.presence {
            PresenceState::Online => "online",
            PresenceState::Away => "away",
            _ => "offline",
        };
        said.line(&format!(
            "{} (@{}), {presence}",
            person.name, person.username
        ));
    }
    Ok(())
}

/// Writes older messages that are here, or asks for them.
fn older(model: &Model, said: &mut Said) -> Result<Vec<Effect>, String> {
    open(model)?;
    let Some(thread) = &model.thread else {
        return Ok(Vec::new());
    };
    if said.older(thread) {
        return Ok(Vec::new());
    }
    let asked = thread.older();
    if asked.is_none() {
        said.line("that is the beginning of the conversation");
    }
    Ok(asked.map(Effect::Load).into_iter().collect())
}

#[cfg(test)]
mod tests;
