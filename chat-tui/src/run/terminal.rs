//! What the loop does with the terminal besides drawing: takes what it says, and lets other programs have it.

use super::{Run, outside};
use crate::{Effect, Msg, config::NotifyBy, feed::now};
use anyhow::Context;
use crossterm::event::Event;
use std::sync::atomic::Ordering;

impl Run {
    /// Takes what the terminal says; at its end, the program ends.
    pub(super) fn take_event(
        &mut self,
        event: Option<std::io::Result<Event>>,
    ) -> anyhow::Result<()> {
        let Some(event) = event else {
            return self.take(Msg::End);
        };
        match event.context("failed to read from the terminal")? {
            Event::Key(key) => self.take(Msg::Key(key)),
            Event::Paste(text) => self.take(Msg::Paste(text)),
            Event::Resize(width, height) => self.take(Msg::Resize(width, height)),
            Event::FocusGained => self.take(Msg::Focus(true)),
            Event::FocusLost => self.take(Msg::Focus(false)),
            Event::Mouse(mouse) => self.take(Msg::Mouse(mouse)),
        }
    }

    /// Does what is the terminal's to do; the rest is the client's. What a terminal does not take is told where that helps.
    pub(super) fn perform(&mut self, effect: Effect) {
        let said = match effect {
            Effect::Copy(text) => self.copy(&text).err(),
            Effect::Notify(text) => {
                let shown = match self.notify_by {
                    NotifyBy::Terminal => outside::notification(&text),
                    NotifyBy::Bell => "\u{7}".to_owned(),
                };
                self.screen.write(&shown).err().map(|e| e.to_string())
            }
            Effect::Title(title) => self.screen.title(&title).err().map(|e| e.to_string()),
            Effect::OpenLink(url) => self.open_link(&url),
            effect => {
                self.performer.perform(effect);
                None
            }
        };
        if let Some(said) = said {
            self.tell(Msg::Failed(said));
        }
    }

    fn open_link(&mut self, url: &str) -> Option<String> {
        if outside::open_link(url) {
            return None;
        }
        match self.copy(url) {
            Ok(()) => Some("there is no browser here: the address is on the clipboard".to_owned()),
            Err(_) => Some("there is no browser here".to_owned()),
        }
    }

    fn copy(&mut self, text: &str) -> Result<(), String> {
        // Another program may take part in it.
        tokio::task::block_in_place(|| outside::copy(text, |sequence| self.screen.write(sequence)))
    }

    /// Goes to the background, and comes back.
    pub(super) fn suspend(&mut self) -> anyhow::Result<()> {
        self.screen.suspend(self.model.mouse)?;
        self.resize()
    }

    /// Lets the draft be written in an editor. The client goes on meanwhile, and nothing that is typed is lost to us.
    pub(super) fn edit_outside(&mut self, text: &str) -> anyhow::Result<()> {
        let Some(conversation) = self.model.thread.as_ref().map(|thread| thread.id) else {
            return Ok(());
        };
        let draft = match self.sessions.write_draft(conversation, text) {
            Ok(draft) => draft,
            Err(error) => {
                return self.take(Msg::Failed(format!("the draft cannot be written: {error}")));
            }
        };
        let paused = self.keys.pause();
        self.screen.leave();
        self.away.store(true, Ordering::SeqCst);
        let written = tokio::task::block_in_place(|| outside::edit(draft.path()));
        self.away.store(false, Ordering::SeqCst);
        drop(paused);
        // Ctrl+C in the editor was for the editor.
        self.was_away = true;
        self.screen.come_back(self.model.mouse)?;
        self.resize()?;
        // However long it was open: what is said of it holds from now on.
        self.take(Msg::Now(now()))?;
        let error = match written {
            Ok(text) => {
                draft.take_away();
                return self.take(Msg::Written(text));
            }
            Err(error) => error,
        };
        if matches!(draft.written(), Ok(None)) {
            draft.take_away();
            return self.take(Msg::Failed(error.to_string()));
        }
        let path = draft.leave();
        let kept = format!("{error}; what was written is in {}", path.display());
        self.take(Msg::Failed(kept))
    }
}
