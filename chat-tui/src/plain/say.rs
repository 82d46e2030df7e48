//! What the line mode writes: each message once, as one who cannot see the screen would want it read.

mod coming;

use crate::model::{Connection, Entry, EntryState, Item, Key, Model, Older, Popup, Thread};
use chat_core::{ConversationId, Seq, text};
use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    io::{ErrorKind, Write},
};

/// Messages that are written when a conversation is opened.
const AT_FIRST: usize = 15;

/// What was written already.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// The lines of one message that are being pasted.
    pub(super) pasted: Option<Vec<String>>,
    /// What is told and not written yet.
    lines: RefCell<Vec<String>>,
    /// The messages that were written of each conversation that was opened, as they were then.
    told: BTreeMap<ConversationId, BTreeMap<Seq, Shown>>,
    /// The holes that were told of, by the place that they begin behind.
    holes: BTreeSet<(ConversationId, Seq)>,
    /// The window that was told last, until it is answered.
    pub(super) window: Option<Popup>,
    /// Older ones are to be written as soon as they are here.
    wants_older: bool,
    /// Sends that were said to have failed.
    failed: Vec<Key>,
    /// Sends that were said to wait.
    waiting: Vec<Key>,
    /// What messages were said to be about to become.
    coming: BTreeMap<(ConversationId, Seq), String>,
    /// The unread counts that were told.
    unread: BTreeMap<ConversationId, u32>,
    connection: Option<&'static str>,
    open: Option<ConversationId>,
    has_begun: bool,
    /// The list as it was last told: numbers count in it.
    listed: Vec<ConversationId>,
    refused: usize,
    /// Why what was told could not be written.
    unwritten: Option<std::io::Error>,
}

impl Drop for Said {
    fn drop(&mut self) {
        self.write();
    }
}

/// What of a message may be another later.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Shown {
    text: String,
    is_deleted: bool,
    reactions: String,
}

impl Shown {
    fn of(entry: &Entry) -> Self {
        Self {
            text: entry.text.clone(),
            is_deleted: entry.state == EntryState::Deleted,
            reactions: reactions(entry),
        }
    }

    fn still_shows(&self, entry: &Entry) -> bool {
        self.text == entry.text
            && self.is_deleted == (entry.state == EntryState::Deleted)
            && self.reactions == reactions(entry)
    }
}

impl Said {
    /// Tells a line. It is written with all that is told at the same time.
    pub(super) fn line(&self, text: &str) {
        let inert = text::inert(text);
        let mut told = self.lines.borrow_mut();
        told.extend(inert.lines().map(str::to_owned));
    }

    /// Writes what was told. Whoever reads may be gone; then nobody misses it.
    pub(super) fn write(&mut self) {
        let mut out = std::io::stdout().lock();
        let mut lines = self.lines.take().into_iter();
        let written = lines.try_for_each(|line| writeln!(out, "{line}"));
        if let Err(error) = written.and_then(|()| out.flush())
            && error.kind() != ErrorKind::BrokenPipe
        {
            self.unwritten.get_or_insert(error);
        }
    }

    /// Why not all that was told could be written, where somebody would have read it.
    pub(super) fn unwritten(&mut self) -> Option<std::io::Error> {
        self.unwritten.take()
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

    /// Writes what went right or wrong.
    pub(super) fn tell_notice(&mut self, model: &mut Model) {
        if let Some(notice) = model.notice.take() {
            match notice.bad {
                true => self.refuse(&notice.text),
                false => self.line(&notice.text),
            }
        }
    }

    /// Writes what is new since it was last asked.
    pub(super) fn tell(&mut self, model: &mut Model) {
        self.tell_notice(model);
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
        // What was said before is on its way, and is to be read first.
        let is_first = !self.told.contains_key(&id);
        if is_first && thread.older == Older::Loading {
            return;
        }
        match is_first {
            true => self.tell_first(thread),
            false => self.tell_news(thread),
        }
        if self.wants_older {
            self.older(thread);
        }
        self.tell_coming(thread, &model.connection);
        for entry in thread.entries() {
            if let EntryState::Failed(why) = &entry.state
                && !self.failed.contains(&entry.key)
            {
                self.failed.push(entry.key.clone());
                self.refuse(&format!("* not sent: {}: {why}", indented(&entry.text)));
            }
        }
    }

    /// Writes the newest messages of a conversation that was opened.
    fn tell_first(&mut self, thread: &Thread) {
        let stored: Vec<_> = thread
            .entries()
            .filter(|entry| entry.seq().is_some())
            .collect();
        self.told.entry(thread.id).or_default();
        for entry in &stored[stored.len().saturating_sub(AT_FIRST)..] {
            self.tell_entry(thread.id, entry);
        }
    }

    /// Writes what came since, what was changed since, and where something is missing.
    fn tell_news(&mut self, thread: &Thread) {
        // Taken out meanwhile: a long one is not copied for each that comes.
        let mut told = self.told.remove(&thread.id).unwrap_or_default();
        let from = told.keys().next().copied().unwrap_or(Seq::ZERO);
        let newest = told.keys().next_back().copied().unwrap_or(Seq::ZERO);
        let mut is_between = false;
        for item in &thread.items {
            match item {
                Item::Gap(through, _)
                    if *through >= from && self.holes.insert((thread.id, *through)) =>
                {
                    self.line("* messages are missing here: /missing fetches them");
                }
                Item::Entry(entry) => {
                    let Some(seq) = entry.seq().filter(|seq| *seq >= from) else {
                        continue;
                    };
                    match told.get(&seq) {
                        Some(shown) if shown.still_shows(entry) => continue,
                        Some(shown) => self.tell_change(seq, entry, shown),
                        None => {
                            if seq < newest && !std::mem::replace(&mut is_between, true) {
                                self.line("* what was missing:");
                            }
                            self.line(&sentence(entry));
                        }
                    }
                    told.insert(seq, Shown::of(entry));
                }
                _ => {}
            }
        }
        self.told.insert(thread.id, told);
    }

    fn tell_entry(&mut self, id: ConversationId, entry: &Entry) {
        self.line(&sentence(entry));
        if let Some(seq) = entry.seq() {
            self.told
                .entry(id)
                .or_default()
                .insert(seq, Shown::of(entry));
        }
    }

    /// Writes what became of a message that was written.
    fn tell_change(&self, seq: Seq, entry: &Entry, before: &Shown) {
        let now = Shown::of(entry);
        if now.is_deleted && !before.is_deleted {
            self.line(&format!("* [{seq}] was deleted"));
        } else if now.text != before.text {
            self.line(&format!(
                "* [{seq}] is another now: {}",
                indented(&now.text)
            ));
        }
        if now.reactions != before.reactions && !now.is_deleted {
            let what = match now.reactions.is_empty() {
                true => "no reactions any more",
                false => now.reactions.as_str(),
            };
            self.line(&format!("* [{seq}] {what}"));
        }
    }

    /// Writes messages before those that were written. False when none are here: they are written when they come.
    pub(super) fn older(&mut self, thread: &Thread) -> bool {
        let told = self.told.get(&thread.id);
        let from = told.and_then(|told| told.keys().next().copied());
        let older: Vec<_> = thread
            .entries()
            .filter(|entry| entry.seq() < from && entry.seq().is_some())
            .collect();
        let older = &older[older.len().saturating_sub(AT_FIRST)..];
        self.wants_older = older.is_empty();
        for entry in older {
            self.tell_entry(thread.id, entry);
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
            let conversations = if count == 1 { "" } else { "s" };
            let messages = if unread == 1 { "" } else { "s" };
            self.line(&format!(
                "* {count} conversation{conversations}, {unread} unread message{messages}; /list names them"
            ));
        }
    }
}

/// The emoji under a message, and how many put each there.
fn reactions(entry: &Entry) -> String {
    let known = entry.extras().reactions.iter();
    let each: Vec<_> = known
        .map(|known| format!("{} {}", text::inert_line(&known.emoji), known.count))
        .collect();
    each.join(" ")
}

/// A text of several lines, of which only the first begins where messages begin: no message passes for two.
pub(super) fn indented(text: &str) -> String {
    text.replace('\n', "\n    ")
}

/// A message as it is read aloud: who, when it is not said by itself, what, and what belongs to it.
pub(super) fn sentence(entry: &Entry) -> String {
    let number = entry
        .seq()
        .map(|seq| format!("[{seq}] "))
        .unwrap_or_default();
    let files = entry.extras().attachments.iter();
    let files: Vec<_> = files
        .map(|file| format!("file {}", file.file_name))
        .collect();
    let said = match entry.state {
        EntryState::Deleted => "message deleted".to_owned(),
        _ if files.is_empty() => indented(&entry.text),
        _ if entry.text.is_empty() => files.join(", "),
        _ => format!("{} ({})", indented(&entry.text), files.join(", ")),
    };
    let who = match (entry.is_system(), entry.mine) {
        (true, _) => "*".to_owned(),
        (false, true) => "you".to_owned(),
        (false, false) => entry.name.clone(),
    };
    let who = match entry.quote() {
        Some(quote) => format!("{who}, answering {quote:?}:"),
        None if entry.is_system() => who,
        None => format!("{who}:"),
    };
    let mut about = Vec::new();
    if matches!(entry.state, EntryState::Stored { edited: true, .. }) {
        about.push("edited".to_owned());
    }
    if entry.is_pinned() {
        about.push("pinned".to_owned());
    }
    about.extend(Some(reactions(entry)).filter(|reactions| !reactions.is_empty()));
    let about = match about.is_empty() {
        true => String::new(),
        false => format!(" ({})", about.join(", ")),
    };
    format!("{number}{} {who} {said}{about}", entry.clock)
}

#[cfg(test)]
mod tests;
