//! A person at a screen: presses keys, and what the server would say is put into the state by hand.

mod made;
mod styled;

pub(crate) use made::*;

use chat_core::*;
use chat_tui::{
    Changes, Effect, Model, Msg,
    model::{Account, Connection},
    observe,
    theme::Theme,
    update, view,
};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::tz::TimeZone;
use ratatui::{Terminal, backend::TestBackend, buffer::Buffer};
use std::collections::BTreeSet;

pub(crate) struct Screen {
    pub(crate) model: Model,
    pub(crate) state: State,
    pub(crate) effects: Vec<Effect>,
    stored: Vec<Message>,
}

impl Screen {
    /// Signed in and online, at a terminal of this size.
    pub(crate) fn new(size: (u16, u16)) -> Self {
        let now = Timestamp::from_ms(NOON);
        let mut model = Model::new(Theme::new(true), TimeZone::UTC, now);
        model.size = size;
        let mut screen = Self {
            model,
            state: State::new(user(ME).id),
            effects: Vec::new(),
            stored: Vec::new(),
        };
        screen.tell(Msg::SignedIn(Account {
            me: user(ME).id,
            username: "ana".to_owned(),
            server: "chat.test".to_owned(),
            address: "https://chat.test/".to_owned(),
        }));
        screen.tell(Msg::Connection(Connection::Online));
        screen.sync(Vec::new());
        screen.effects.clear();
        screen
    }

    /// With two conversations: `lounge` (a group, newest) and one with bo, of which two messages are unread.
    pub(crate) fn with_two(size: (u16, u16)) -> Self {
        let mut screen = Self::new(size);
        screen.sync(vec![
            conversation(
                1,
                Some("lounge"),
                &[ME, BO, CY],
                &[(BO, "hello all"), (ME, "hi bo")],
                0,
            ),
            conversation(
                2,
                None,
                &[ME, BO],
                &[(BO, "are you there"), (BO, "hello?")],
                2,
            ),
        ]);
        screen
    }

    /// With one group of `count` messages, of which the newest is here and the others can be fetched; opened.
    pub(crate) fn with_history(size: (u16, u16), count: u64) -> Self {
        let mut screen = Self::new(size);
        let texts: Vec<_> = (1..=count).map(|n| format!("message {n}")).collect();
        let said: Vec<_> = texts.iter().map(|text| (BO, text.as_str())).collect();
        screen.stored = (1..=count)
            .map(|n| message(room(1), n, BO, &texts[n as usize - 1]))
            .collect();
        screen.sync(vec![conversation(1, Some("lounge"), &[ME, BO], &said, 0)]);
        screen.press("ctrl+n");
        screen
    }

    /// What the server says to a sync, with these new conversations.
    pub(crate) fn sync(&mut self, new: Vec<Conversation>) {
        self.state.apply_sync(Synced {
            inbox: InboxEvents {
                epoch: Epoch::new(1),
                from: Seq::ZERO,
                to: Seq::ZERO,
                events: Vec::new(),
            },
            conversations: Vec::new(),
            reset: Vec::new(),
            gone: Vec::new(),
            users: Vec::new(),
            new,
            own: None,
            more: false,
            server_time: self.model.now,
        });
        self.look(&Changes::all());
    }

    pub(crate) fn look(&mut self, changes: &Changes) {
        let effects = observe(&mut self.model, &self.state, changes);
        self.after(effects);
    }

    pub(crate) fn tell(&mut self, msg: Msg) {
        let effects = update(&mut self.model, msg);
        self.after(effects);
    }

    fn after(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Look => self.look(&Changes::all()),
                Effect::KeepOnly(here, stretches) => {
                    if self.state.keep_only(here, &stretches) != Applied::Ignored {
                        self.look(&Changes::one(here));
                    }
                }
                effect => self.effects.push(effect),
            }
        }
    }

    /// Keys, by their names in the keymap, with spaces between.
    pub(crate) fn press(&mut self, keys: &str) {
        for key in keys.split(' ') {
            self.tell(Msg::Key(key_event(key)));
        }
    }

    pub(crate) fn write(&mut self, text: &str) {
        for c in text.chars() {
            self.tell(Msg::Key(KeyEvent::new(
                KeyCode::Char(c),
                KeyModifiers::NONE,
            )));
        }
    }

    pub(crate) fn wait_ms(&mut self, ms: i64) {
        let now = self.model.now.plus_ms(ms);
        self.tell(Msg::Now(now));
    }

    /// Somebody says something in `lounge` or wherever.
    pub(crate) fn hear(&mut self, n: u128, by: u128, text: &str) {
        let here = room(n);
        let known = self.state.conversation(here).unwrap().conversation();
        let place = known.last_seq.get() + 1;
        self.log(n, Event::MessageNew(message(here, place, by, text)));
    }

    /// The next event of a conversation's log.
    pub(crate) fn log(&mut self, n: u128, event: Event) {
        let here = room(n);
        let place = self
            .state
            .conversation(here)
            .unwrap()
            .conversation()
            .last_seq
            .next();
        let envelope = Envelope {
            conversation_id: Some(here),
            place: Place::Log(place),
            at: Some(at(place.get())),
            event,
        };
        assert_eq!(
            self.state.apply(envelope, self.model.now),
            Applied::Changed(Some(here))
        );
        self.look(&Changes::one(here));
    }

    /// An event that is not kept.
    pub(crate) fn pass(&mut self, n: u128, event: Event) {
        let here = room(n);
        self.state
            .apply(Envelope::passing(Some(here), event), self.model.now);
        self.look(&Changes {
            presence: true,
            ..Changes::one(here)
        });
    }

    /// Answers every request for older messages, `count` at a time, as long as there are any.
    pub(crate) fn load(&mut self, count: u32) -> usize {
        let mut loads = 0;
        while let Some(at) = self
            .effects
            .iter()
            .position(|e| matches!(e, Effect::Load(_)))
        {
            let Effect::Load(asked) = self.effects.remove(at) else {
                unreachable!()
            };
            loads += 1;
            let conversation = asked.conversation_id;
            self.answer_history(asked, count as usize);
            self.tell(Msg::OlderLoaded {
                conversation,
                came: Ok(true),
            });
        }
        loads
    }

    /// What the server says to such a question.
    pub(crate) fn answer_history(&mut self, asked: History, count: usize) {
        let all = &self.stored;
        let place = |seq: Seq| all.iter().position(|m| m.seq >= seq).unwrap_or(all.len());
        let (from, to) = match (asked.before, asked.after, asked.around) {
            (Some(before), ..) => (place(before).saturating_sub(count), place(before)),
            (_, Some(after), _) => (place(after.next()), place(after.next()) + count),
            (_, _, Some(around)) => {
                let middle = place(around);
                (middle.saturating_sub(count / 2), middle + count / 2)
            }
            _ => (all.len().saturating_sub(count), all.len()),
        };
        let to = to.min(all.len());
        let page = MessagePage {
            items: all[from..to].to_vec(),
            has_before: from > 0,
            has_after: to < all.len(),
        };
        let here = asked.conversation_id;
        self.state.apply_page(&asked, page);
        self.look(&Changes::one(here));
    }

    /// Opens a conversation by its title, or by who it is with.
    pub(crate) fn open(&mut self, title: &str) {
        self.press("ctrl+k");
        self.write(title);
        self.press("enter");
    }

    pub(crate) fn buffer(&self) -> Buffer {
        let (width, height) = self.model.size;
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal
            .draw(|frame| view::view(&self.model, frame))
            .unwrap();
        terminal.backend().buffer().clone()
    }

    /// The screen as text, without spaces at the ends of lines.
    pub(crate) fn text(&self) -> String {
        lines(&self.buffer()).join("\n")
    }

    /// The screen as text, with the styles of its lines below them.
    pub(crate) fn styled(&self) -> String {
        let buffer = self.buffer();
        styled::styled(&buffer, &lines(&buffer))
    }

    /// The texts of messages in view: what stands in the messages' pane, line by line.
    pub(crate) fn pane(&self) -> Vec<String> {
        let pane = self.model.panes().messages;
        let buffer = self.buffer();
        (pane.top()..pane.bottom())
            .map(|y| row(&buffer, pane.left(), pane.right(), y))
            .collect()
    }

    pub(crate) fn sent(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
            .into_iter()
            .filter(|effect| !is_housekeeping(effect))
            .collect()
    }
}

/// What no test asks about unless it is its subject.
fn is_housekeeping(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::Load(_)
            | Effect::WatchPresence(_)
            | Effect::SetActive(_)
            | Effect::Title(_)
            | Effect::KeepDraft { .. }
    )
}

pub(crate) fn key_event(name: &str) -> KeyEvent {
    let (modifiers, key) = match name.rsplit_once('+') {
        Some((modifiers, key)) if !key.is_empty() => (modifiers, key),
        _ => ("", name),
    };
    let mut flags = KeyModifiers::NONE;
    let words: BTreeSet<_> = modifiers.split('+').collect();
    for (word, flag) in [
        ("ctrl", KeyModifiers::CONTROL),
        ("alt", KeyModifiers::ALT),
        ("shift", KeyModifiers::SHIFT),
    ] {
        if words.contains(word) {
            flags |= flag;
        }
    }
    let code = match key {
        "enter" => KeyCode::Enter,
        "esc" => KeyCode::Esc,
        "tab" => KeyCode::Tab,
        "up" => KeyCode::Up,
        "down" => KeyCode::Down,
        "pageup" => KeyCode::PageUp,
        "pagedown" => KeyCode::PageDown,
        "end" => KeyCode::End,
        "home" => KeyCode::Home,
        "backspace" => KeyCode::Backspace,
        one if one.chars().count() == 1 => KeyCode::Char(one.chars().next().unwrap()),
        "left" => KeyCode::Left,
        "right" => KeyCode::Right,
        "space" => KeyCode::Char(' '),
        "delete" => KeyCode::Delete,
        function => KeyCode::F(function.trim_start_matches('f').parse().unwrap()),
    };
    KeyEvent::new(code, flags)
}

fn lines(buffer: &Buffer) -> Vec<String> {
    (buffer.area.top()..buffer.area.bottom())
        .map(|y| row(buffer, buffer.area.left(), buffer.area.right(), y))
        .collect()
}

/// A row as it is seen: a wide character covers the cell behind it.
fn row(buffer: &Buffer, from: u16, to: u16, y: u16) -> String {
    let mut text = String::new();
    let mut covered = 0;
    for x in from..to {
        if covered > 0 {
            covered -= 1;
            continue;
        }
        let symbol = buffer[(x, y)].symbol();
        covered = ratatui::buffer::CellWidth::cell_width(symbol).saturating_sub(1);
        text.push_str(symbol);
    }
    text.trim_end().to_owned()
}
