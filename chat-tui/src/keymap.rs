//! Which key does what, and where: a preset, changed by what somebody chose. What two choices want of one key, and a key
//! that could not be written any more, is reported and not silently decided.

mod chord;
mod preset;

pub use chord::Chord;
pub use preset::Preset;

use crate::action::Action;
use crossterm::event::KeyEvent;
use std::collections::BTreeMap;

/// Where a key is pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Context {
    /// Everywhere.
    Always,
    /// While chatting, whether writing or acting on messages.
    Chat,
    /// While writing.
    Compose,
    /// While acting on messages.
    Select,
    /// In a window above the chat, and in the form for signing in.
    Popup,
    /// In a window to fill in.
    Form,
    /// Within what is written, wherever that is: heard where nothing else has the key.
    Line,
    /// In a window with something to read, such as the help.
    Reading,
    /// At a question.
    Confirm,
    /// In the form for signing in.
    SignIn,
}

impl Context {
    /// Every context, in the order the help shows them.
    pub const ALL: &'static [Self] = &[
        Self::Compose,
        Self::Chat,
        Self::Select,
        Self::Popup,
        Self::Form,
        Self::Line,
        Self::Reading,
        Self::Confirm,
        Self::SignIn,
        Self::Always,
    ];

    /// What the help calls it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Always => "Everywhere",
            Self::Chat => "Conversations",
            Self::Compose => "Writing",
            Self::Select => "Messages",
            Self::Popup => "Windows and forms",
            Self::Form => "Filling in",
            Self::Line => "Within what is written",
            Self::Reading => "Something to read",
            Self::Confirm => "Questions",
            Self::SignIn => "Signing in",
        }
    }

    /// Whether one writes there, so that letters are text.
    const fn is_written_in(self) -> bool {
        !matches!(self, Self::Select | Self::Reading | Self::Confirm)
    }

    /// Where a key that somebody chose for what is done here is heard; nowhere when one writes with it. What is done
    /// everywhere may have a letter while acting on messages.
    fn of_chosen(self, chord: Chord) -> Option<Self> {
        match self {
            Self::Chat | Self::Always if chord.is_letter() => Some(Self::Select),
            _ if chord.is_letter() && self.is_written_in() => None,
            _ => Some(self),
        }
    }

    /// Whether keys of both are heard at the same time, this one's first.
    fn covers(self, other: Self) -> bool {
        match self {
            Self::Compose => matches!(other, Self::Chat | Self::Always | Self::Line),
            Self::Select => matches!(other, Self::Chat | Self::Always),
            Self::SignIn | Self::Form => matches!(other, Self::Popup | Self::Always | Self::Line),
            Self::Reading => matches!(other, Self::Popup | Self::Always),
            Self::Chat | Self::Popup => matches!(other, Self::Always | Self::Line),
            Self::Confirm => other == Self::Always,
            Self::Always => other == Self::Line,
            Self::Line => false,
        }
    }
}

/// What keys do.
#[derive(Debug, Clone)]
pub struct Keymap {
    preset: Preset,
    bindings: Vec<(Context, Chord, Action)>,
}

impl Default for Keymap {
    fn default() -> Self {
        Self::of(Preset::Default)
    }
}

impl Keymap {
    /// The keys of a preset.
    pub fn of(preset: Preset) -> Self {
        let own = Action::ALL.iter();
        let own = own.map(|action| (action.context(), *action, preset.keys(*action)));
        let beside = preset.beside_messages();
        let beside = beside.map(|(action, keys)| (Context::Select, action, keys));
        let mut bindings = Vec::new();
        for (context, action, keys) in own.chain(beside) {
            for key in keys.split_whitespace() {
                let chord = key.parse().expect("presets hold only keys that parse");
                bindings.push((context, chord, action));
            }
        }
        Self { preset, bindings }
    }

    /// The same with other keys for some actions, by their names; without any, an action has no key. What is wrong with
    /// that comes back in sentences, and is left out.
    pub fn rebound(mut self, changes: &BTreeMap<String, Vec<String>>) -> (Self, Vec<String>) {
        let mut wrong = Vec::new();
        let mut chosen: Vec<(Context, Chord, Action)> = Vec::new();
        let before: Vec<_> = self.bindings.iter().map(|(.., action)| *action).collect();
        for (name, keys) in changes {
            let Some(action) = Action::named(name) else {
                wrong.push(format!(
                    "there is no action {name:?}: `chat-tui keys` lists them"
                ));
                continue;
            };
            self.bindings.retain(|(.., known)| *known != action);
            for key in keys {
                match key.parse::<Chord>() {
                    Ok(chord) => match action.context().of_chosen(chord) {
                        Some(context) => chosen.push((context, chord, action)),
                        None => wrong.push(format!(
                            "{name}: the letter {chord} could not be written any more; add ctrl or alt"
                        )),
                    },
                    Err(why) => wrong.push(format!("{name}: {why}")),
                }
            }
        }
        for (at, (context, chord, action)) in chosen.iter().enumerate() {
            let same =
                |(place, known, _): &&(Context, Chord, Action)| known == chord && place == context;
            match chosen[..at].iter().find(same) {
                Some((.., other)) => wrong.push(format!(
                    "{chord} is chosen for {} and for {}: it does the first",
                    other.name(),
                    action.name()
                )),
                // What somebody chose takes the key from what the preset gave it to.
                None => {
                    self.bindings
                        .retain(|(place, known, _)| known != chord || place != context);
                    self.bindings.push((*context, *chord, *action));
                }
            }
        }
        wrong.extend(self.hidden(&chosen));
        wrong.extend(self.bereft(&before, changes));
        (self, wrong)
    }

    /// Actions whose only keys were chosen for others.
    fn bereft(&self, before: &[Action], changes: &BTreeMap<String, Vec<String>>) -> Vec<String> {
        let lost = Action::ALL.iter().filter(|action| {
            before.contains(action)
                && !self.preset.keys(**action).is_empty()
                && !changes.contains_key(action.name())
                && self.keys(**action).next().is_none()
        });
        lost.map(|action| {
            let name = action.name();
            format!("{name} has no key any more: it was chosen for something else")
        })
        .collect()
    }

    /// Keys of which a chosen one hides the other, whichever of the two is nearer.
    fn hidden(&self, chosen: &[(Context, Chord, Action)]) -> Vec<String> {
        let mut told = Vec::new();
        let taken = chosen
            .iter()
            .filter(|choice| self.bindings.contains(choice));
        for (context, chord, action) in taken {
            for (place, known, other) in self.bindings.iter().filter(|(_, known, _)| known == chord)
            {
                let (far, near, at) = match (place.covers(*context), context.covers(*place)) {
                    (true, _) => (action, other, place),
                    (_, true) => (other, action, context),
                    _ => continue,
                };
                let at = at.title().to_lowercase();
                let (far, near) = (far.name(), near.name());
                let what = format!("{known} for {far} is not heard in {at:?}: there it is {near}");
                if !told.contains(&what) {
                    told.push(what);
                }
            }
        }
        told
    }

    /// Which preset it began from.
    pub fn preset(&self) -> Preset {
        self.preset
    }

    /// What a key does in the first of the contexts that knows it.
    pub fn action(&self, contexts: &[Context], key: KeyEvent) -> Option<Action> {
        self.bound(contexts, Chord::of(key))
    }

    fn bound(&self, contexts: &[Context], chord: Chord) -> Option<Action> {
        contexts.iter().find_map(|context| {
            let mut here = self.bindings.iter();
            here.find(|(place, known, _)| *known == chord && place == context)
                .map(|(.., action)| *action)
        })
    }

    /// The first key of an action that does it in these contexts.
    pub(crate) fn heard(&self, contexts: &[Context], action: Action) -> Option<Chord> {
        self.all_heard(contexts, action).next()
    }

    /// All of them.
    pub(crate) fn all_heard(
        &self,
        contexts: &[Context],
        action: Action,
    ) -> impl Iterator<Item = Chord> {
        let keys = self.keys(action);
        keys.filter(move |chord| self.bound(contexts, *chord) == Some(action))
    }

    /// The keys of an action, as text. Behind one that is heard in fewer places than the others stands where.
    pub(crate) fn told(&self, action: Action) -> impl Iterator<Item = String> {
        let mine = self
            .bindings
            .iter()
            .filter(move |(.., known)| *known == action);
        mine.map(move |(place, chord, _)| match *place == action.context() {
            true => chord.to_string(),
            false => format!("{chord} ({})", place.title().to_lowercase()),
        })
    }

    /// The keys of an action, the one to show first in front.
    pub fn keys(&self, action: Action) -> impl Iterator<Item = Chord> + '_ {
        self.bindings
            .iter()
            .filter(move |(.., known)| *known == action)
            .map(|(_, chord, _)| *chord)
    }

    /// The first key of an action, as text; nothing when it has none.
    pub fn key(&self, action: Action) -> String {
        self.keys(action)
            .next()
            .map(|key| key.to_string())
            .unwrap_or_default()
    }

    /// All keys in effect, by where they work, one action a line; what is longest last, so that most fit in 80 columns.
    pub fn listing(&self) -> String {
        let mut out = String::new();
        for context in Context::ALL {
            out.push_str(&format!("# {}\n", context.title()));
            for action in Action::ALL.iter().filter(|a| a.context() == *context) {
                let keys: Vec<_> = self.told(*action).collect();
                let (name, about) = (action.name(), action.description());
                let row = format!("{name:22} {about:47} {}", keys.join("  "));
                out.push_str(row.trim_end());
                out.push('\n');
            }
        }
        out
    }
}

#[cfg(test)]
mod tests;
