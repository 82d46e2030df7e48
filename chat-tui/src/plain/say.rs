//! What the line mode writes: each message once, as one who cannot see the screen would want it read.

use crate::model::{Connection, Entry, EntryState, Key, Model, Older, Thread};
use chat_core::{ConversationId, Seq};
use std::{collections::BTreeMap, io::Write};

/// Messages that are written when a conversation is opened.
const AT_FIRST: usize = 15;

/// What was written already.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// The newest message that was written of each conversation that was opened.
    told: BTreeMap<ConversationId, Seq>,
    /// The oldest one.
    from: BTreeMap<ConversationId, Seq>,
    /// Older ones are to be written as soon as they are here.
    wants_older: bool,
    /// Sends that were said to have failed.
    failed: Vec<Key>,
    /// The unread counts that were told.
    unread: BTreeMap<ConversationId, u32>,
    connection: Option<&'static str>,
    open: Option<ConversationId>,
    has_begun: bool,
    /// The list as it was last told: numbers count in it.
    listed: Vec<ConversationId>,
    refused: usize,
}

impl Said {
    /// Writes a line. Whoever reads may be gone; then nobody misses it.
    pub(super) fn line(&self, text: &str) {
        let mut out = std::io::stdout().lock();
        for part in chat_core::text::inert(text).lines() {
            writeln!(out, "{part}").ok();
        }
        out.flush().ok();
    }

    /// Writes why something was not done.
    pub(super) fn refuse(&mut self, why: &str) {
        self.refused += 1;
        self.line(why);
    }

    /// How much was not done.
    pub(super) fn refused(&self) -> usize {
        self.refused
    }

    /// Nothing is open any more.
    pub(super) fn close(&mut self) {
        self.open = None;
    }

    /// Keeps the order in which the list was told.
    pub(super) fn listed(&mut self, list: Vec<ConversationId>) {
        self.listed = list;
    }

    /// What has this number in the list as it was last told.
    pub(super) fn numbered(&self, number: usize) -> Option<ConversationId> {
        self.listed.get(number.checked_sub(1)?).copied()
    }

    /// Writes what is new since it was last asked.
    pub(super) fn tell(&mut self, model: &mut Model) {
        if let Some(notice) = model.notice.take() {
            match notice.bad {
                true => self.refuse(&notice.text),
                false => self.line(&notice.text),
            }
        }
        self.tell_connection(&model.connection);
        self.tell_thread(model);
        self.tell_others(model);
    }

    fn tell_connection(&mut self, connection: &Connection) {
        let now = match connection {
            Connection::Online => "online",
            Connection::Waiting { .. } => "offline, trying again by itself",
            Connection::Stopped { .. } => "disconnected",
            _ => return,
        };
        if self.connection != Some(now) {
            self.connection = Some(now);
            self.line(&format!("* {now}"));
        }
    }

    fn tell_thread(&mut self, model: &Model) {
        let Some(thread) = model.thread.as_ref().filter(|thread| thread.loaded) else {
            return;
        };
        let id = thread.id;
        if self.open != Some(id) {
            self.open = Some(id);
            self.line(&format!("* {}", thread.title));
        }
        let told = self.told.get(&id).copied();
        // What was said before is on its way, and is to be read first.
        if told.is_none() && thread.older == Older::Loading {
            return;
        }
        let new: Vec<_> = thread
            .entries()
            .filter(|entry| {
                entry
                    .seq()
                    .is_some_and(|seq| told.is_none_or(|told| seq > told))
            })
            .collect();
        let skipped = match told {
            None => new.len().saturating_sub(AT_FIRST),
            Some(_) => 0,
        };
        for entry in &new[skipped..] {
            self.line(&sentence(entry));
        }
        if let Some(first) = new.get(skipped).and_then(|entry| entry.seq()) {
            self.from.entry(id).or_insert(first);
        }
        let newest = thread.newest().or(told).unwrap_or(Seq::ZERO);
        self.told.insert(id, newest);
        if self.wants_older {
            self.older(thread);
        }
        for entry in thread.entries() {
            if let EntryState::Failed(why) = &entry.state
                && !self.failed.contains(&entry.key)
            {
                self.failed.push(entry.key.clone());
                self.refuse(&format!("* not sent: {}: {why}", entry.text));
            }
        }
    }

    /// Writes messages before those that were written. False when none are here: they are written when they come.
    pub(super) fn older(&mut self, thread: &Thread) -> bool {
        let from = self.from.get(&thread.id).copied();
        let older: Vec<_> = thread
            .entries()
            .filter(|entry| entry.seq() < from && entry.seq().is_some())
            .collect();
        let older = &older[older.len().saturating_sub(AT_FIRST)..];
        self.wants_older = older.is_empty();
        for entry in older {
            self.line(&sentence(entry));
        }
        if let Some(first) = older.first().and_then(|entry| entry.seq()) {
            self.from.insert(thread.id, first);
        }
        !self.wants_older
    }

    /// Says where else something is unread now; not what was so at the beginning, message by message.
    fn tell_others(&mut self, model: &Model) {
        if !model.loaded {
            return;
        }
        for row in &model.list {
            let before = self.unread.insert(row.id, row.unread).unwrap_or(0);
            let is_open = self.open == Some(row.id);
            let wants = !row.muted || row.mentions > 0;
            if row.unread > before && !is_open && wants && self.has_begun {
                self.line(&format!(
                    "* {} unread in {}: {}",
                    row.unread, row.title, row.preview
                ));
            }
        }
        if !self.has_begun {
            self.has_begun = true;
            let unread = model.unread_total();
            let count = model.list.len();
            self.line(&format!(
                "* {count} conversations, {unread} unread messages; /list names them"
            ));
        }
    }
}

/// A message as it is read aloud: who, when it is not said by itself, and what.
pub(super) fn sentence(entry: &Entry) -> String {
    let number = entry
        .seq()
        .map(|seq| format!("[{seq}] "))
        .unwrap_or_default();
    let files: Vec<_> = entry
        .extras
        .attachments
        .iter()
        .map(|file| format!("file {}", file.file_name))
        .collect();
    let said = match entry.state {
        EntryState::Deleted => "message deleted".to_owned(),
        _ if files.is_empty() => entry.text.clone(),
        _ if entry.text.is_empty() => files.join(", "),
        _ => format!("{} ({})", entry.text, files.join(", ")),
    };
    let who = match (entry.is_system(), entry.mine) {
        (true, _) => "*".to_owned(),
        (false, true) => "you:".to_owned(),
        (false, false) => format!("{}:", entry.name),
    };
    let edited = match entry.state {
        EntryState::Stored { edited: true, .. } => " (edited)",
        _ => "",
    };
    format!("{number}{} {who} {said}{edited}", entry.clock)
}
