//! The commands of the line mode. What is no command is said in the open conversation.

mod listing;

use super::{say::Said, window};
use crate::{
    Effect,
    effect::{Whom, Wish},
    emoji,
    model::{EntryState, Item, Key, Model, People, Summary, Thread, people},
    update,
};
use chat_core::{
    AddReaction, ConversationId, History, InviteCode, MemberRole, MessageBody, MessageId,
    RemoveReaction, Seq,
};

const HELP: &str = "\
Write a line to say it in the open conversation. Commands:
/list               your conversations, unread ones first
/open NAME          open one: its name, how a word of it begins, or its number in /list
/unread             open the next unread one
/older              older messages
/missing            messages that are missing between those that were told
/who                who is in it
/reply N TEXT       answer message N
/edit N TEXT        give your message N another text
/delete N           delete message N for everyone
/react N EMOJI      put an emoji under message N
/unreact N EMOJI    take your emoji back
/save N             save the files of message N
/retry, /discard    send again what failed in the open conversation, or throw it away
/search WORDS       look for messages everywhere
/file PATH          send a file
/new NAMES # TITLE  begin a conversation; with >> TITLE it is a channel, where only admins write
/add NAMES          bring people into the open one
/remove NAME        take somebody out of it
/role NAME ROLE     make somebody a member, an admin or an owner of it
/block NAME         let somebody write to you no more; /unblock NAME lets them in again
/join CODE          join by an invite
/do NAME            anything else, by its name: conversation, account, pins, sessions, blocked, timer
/on N NAME          anything else with message N: pin, forward, report, details, mark-unread
/pick N             choose from the list that was told last
/yes, /no           answer the question that was asked last
/answer TEXT        fill in the line that was asked for last
/say TEXT           say a line that begins with /; or begin it with //
/paste              say all lines until one with only a dot, as one message
/quit               leave";

/// Takes a line, and says what is to be done.
pub(super) fn take(model: &mut Model, said: &mut Said, line: &str) -> Vec<Effect> {
    let done = match &mut said.pasted {
        Some(_) if line.trim_end() == "." => {
            let lines = said.pasted.take().unwrap_or_default();
            here(model, "say", lines.join("\n").trim_end())
        }
        Some(lines) => {
            lines.push(line.trim_end_matches('\r').to_owned());
            Ok(Vec::new())
        }
        None => command(model, said, line.trim_end()),
    };
    match done {
        Ok(effects) => effects,
        Err(why) => {
            said.refuse(&why);
            Vec::new()
        }
    }
}

fn command(model: &mut Model, said: &mut Said, line: &str) -> Result<Vec<Effect>, String> {
    let (word, rest) = match line.strip_prefix('/') {
        // Two of them say a line that begins with one.
        Some(said) if said.starts_with('/') => ("say", said),
        Some(command) => command.split_once(' ').unwrap_or((command, "")),
        None if line.is_empty() => return Ok(Vec::new()),
        None => ("say", line),
    };
    let rest = rest.trim();
    if !matches!(word, "pick" | "yes" | "no" | "answer") {
        // Whoever goes on with something else answers no more.
        said.window = None;
        model.popup = None;
    }
    match word {
        "help" => said.line(HELP),
        "quit" => return Ok(vec![Effect::Quit]),
        "paste" => {
            open(model)?;
            said.pasted = Some(Vec::new());
            said.line("every line until one with only a dot is part of one message");
        }
        "list" => listing::list(model, said),
        "who" => return listing::who(model, said),
        "older" => return older(model, said),
        "open" => {
            let found = named(model, said, rest);
            if found.is_err() {
                leave(model, said);
            }
            return Ok(update::open(model, found?));
        }
        "unread" => {
            let next = model.list.iter().find(|row| row.calls());
            let Some(id) = next.map(|row| row.id) else {
                leave(model, said);
                return Err("nothing is unread: what you write next is for nobody".to_owned());
            };
            return Ok(update::open(model, id));
        }
        "search" => {
            let typed = rest.to_owned();
            return Ok(update::search(model, typed));
        }
        "join" => {
            leave(model, said);
            let code = InviteCode::parse(rest).map_err(|rule| format!("the code {rule}"))?;
            return Ok(vec![Effect::Ask(Wish::Join(code))]);
        }
        "new" => {
            leave(model, said);
            return begin(rest);
        }
        word => return other(model, said, word, rest),
    }
    Ok(Vec::new())
}

/// Begins a conversation.
fn begin(rest: &str) -> Result<Vec<Effect>, String> {
    let People {
        usernames,
        title,
        is_channel,
    } = people(rest)?;
    Ok(vec![Effect::Create {
        usernames,
        title,
        is_channel,
    }])
}

/// Leaves the open conversation: what is written next was not meant for it.
fn leave(model: &mut Model, said: &mut Said) {
    model.thread = None;
    said.close();
}

/// What is done with messages, with people, and with what was told.
fn other(
    model: &mut Model,
    said: &mut Said,
    word: &str,
    rest: &str,
) -> Result<Vec<Effect>, String> {
    match word {
        "say" | "reply" | "edit" | "delete" | "react" | "unreact" | "file" => {
            here(model, word, rest)
        }
        "save" | "retry" | "discard" | "missing" => again(model, word, rest),
        "add" | "remove" | "role" | "block" | "unblock" => somebody(model, word, rest),
        "pick" | "yes" | "no" | "answer" => window::answer(model, said, word, rest),
        "do" => window::act(model, rest, None),
        "on" => {
            let (number, name) = rest.split_once(' ').unwrap_or((rest, ""));
            let (seq, _) = message(model, number)?;
            window::act(model, name.trim(), Some(seq))
        }
        _ => Err(format!("there is no command /{word}; /help lists them")),
    }
}

/// What is done in the open conversation.
fn here(model: &Model, word: &str, rest: &str) -> Result<Vec<Effect>, String> {
    let conversation = open(model)?;
    let body = |text: &str| MessageBody::parse(text).map_err(|rule| format!("the message {rule}"));
    let numbered = || {
        let (number, text) = rest.split_once(' ').unwrap_or((rest, ""));
        message(model, number).map(|(_, id)| (id, text.trim()))
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
            let emoji = emoji::parse(emoji)?;
            Effect::React(conversation, AddReaction::new(message_id, emoji))
        }
        "unreact" => {
            let (message_id, emoji) = numbered()?;
            let emoji = emoji::parse(emoji)?;
            Effect::Unreact(conversation, RemoveReaction::new(message_id, emoji))
        }
        _ => Effect::SendFile {
            conversation,
            path: rest.to_owned(),
            caption: None,
            reply_to: None,
        },
    }])
}

/// What is done once more: with files, with what failed, with what is missing.
fn again(model: &Model, word: &str, rest: &str) -> Result<Vec<Effect>, String> {
    let conversation = open(model)?;
    let entries = || model.thread.iter().flat_map(Thread::entries);
    let effects: Vec<_> = match word {
        "save" => {
            let (seq, _) = message(model, rest)?;
            let entry = entries().find(|entry| entry.seq() == Some(seq));
            let files = entry
                .into_iter()
                .flat_map(|entry| &entry.extras().attachments);
            files.map(|file| Effect::Save(file.clone())).collect()
        }
        "missing" => {
            let items = model.thread.iter().flat_map(|thread| &thread.items);
            let hole = items.filter_map(|item| match item {
                Item::Gap(through, _) => Some(*through),
                _ => None,
            });
            let asked = |after| History {
                conversation_id: conversation,
                before: None,
                after: Some(after),
                around: None,
                limit: None,
            };
            hole.take(1)
                .map(|after| Effect::Load(asked(after)))
                .collect()
        }
        _ => {
            let failed = entries().filter_map(|entry| match (&entry.state, &entry.key) {
                (EntryState::Failed(_), Key::Echo(id)) => Some(id.clone()),
                _ => None,
            });
            let effect = |client_id| match word {
                "retry" => Effect::Retry {
                    conversation,
                    client_id,
                },
                _ => Effect::Discard {
                    conversation,
                    client_id,
                },
            };
            failed.map(effect).collect()
        }
    };
    match effects.is_empty() {
        true => Err(format!("there is nothing here to {word}")),
        false => Ok(effects),
    }
}

/// What is done with people, by their usernames.
fn somebody(model: &Model, word: &str, rest: &str) -> Result<Vec<Effect>, String> {
    let name = |typed: &str| typed.trim_start_matches('@').to_lowercase();
    if rest.is_empty() {
        return Err(format!("whom? write /{word} and a username"));
    }
    Ok(vec![Effect::Ask(match word {
        "add" => Wish::AddMembers(open(model)?, people(rest)?.usernames),
        "remove" => Wish::RemoveNamed(open(model)?, name(rest)),
        "role" => {
            let (who, role) = rest.split_once(' ').unwrap_or((rest, ""));
            let role = match role.trim() {
                "member" => MemberRole::Member,
                "admin" => MemberRole::Admin,
                "owner" => MemberRole::Owner,
                _ => return Err("write member, admin or owner behind the username".to_owned()),
            };
            Wish::Role(open(model)?, Whom::Name(name(who)), role)
        }
        _ => Wish::Block(Whom::Name(name(rest)), word == "block"),
    })])
}

fn open(model: &Model) -> Result<ConversationId, String> {
    let thread = model.thread.as_ref();
    thread.map(|thread| thread.id).ok_or_else(|| {
        "open a conversation first: /list names them, /open NAME opens one".to_owned()
    })
}

fn message(model: &Model, number: &str) -> Result<(Seq, MessageId), String> {
    let seq = number
        .parse::<u64>()
        .ok()
        .and_then(|number| Seq::try_from(number).ok());
    let mut entries = model.thread.iter().flat_map(Thread::entries);
    let entry = entries.find(|entry| seq.is_some() && entry.seq() == seq);
    let known = entry.and_then(|entry| Some((entry.seq()?, entry.id()?)));
    known.ok_or_else(|| {
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
