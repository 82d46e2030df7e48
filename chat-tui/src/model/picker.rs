//! Something to choose from a list that gets shorter while one types.

use super::{Field, Question};
use crate::{
    action::Action,
    effect::{Further, Wish},
    fuzzy,
};
use chat_core::{
    Attachment, ChangeSettings, ConversationId, Emoji, Message, MessageId, PresenceState, Seq,
    Timestamp, UserId,
};

/// What is chosen for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// To go to a conversation: kept up to date while it is open.
    Switch,
    /// To go to a message that was found; what is typed is looked for.
    Search {
        /// Only here.
        within: Option<ConversationId>,
        /// When what was typed is to be asked for.
        due: Option<Timestamp>,
        /// What was asked for last.
        asked: String,
    },
    /// To put an emoji under this message: of those that have a name here, of which there are so many, or any other that
    /// is typed.
    React(MessageId, usize),
    /// To do something: found by its words, never by letters here and there.
    Command,
    /// Anything else.
    Other,
}

/// What was found, or more of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// The messages.
    pub messages: Vec<Message>,
    /// They are of those that are kept here; the server could not be asked.
    pub kept: bool,
    /// They come behind so many that are shown already.
    pub behind: usize,
    /// How to ask for those behind them, where there are more.
    pub further: Option<Further>,
}

/// A list to choose from.
#[derive(Debug, Clone)]
pub struct Picker {
    /// What for.
    pub purpose: Purpose,
    /// What it says at the top.
    pub title: String,
    /// What is typed.
    pub filter: Field,
    /// Which of the matches.
    pub selected: usize,
    /// Everything there is.
    pub choices: Vec<Choice>,
    /// What is said where nothing matches.
    pub nothing: String,
}

/// Something to choose. All its texts are inert.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// What stands before it.
    pub mark: Mark,
    /// What it is called.
    pub label: String,
    /// What is said of it.
    pub detail: String,
    /// What stands at its end.
    pub badge: String,
    /// Words that it is found by, too, and that are not shown.
    pub words: &'static str,
    /// What it is.
    pub pick: Pick,
}

/// What stands before a choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Nothing.
    None,
    /// A group.
    Group,
    /// A channel.
    Channel,
    /// A person.
    Person(PresenceState),
}

/// What is done with what was chosen.
#[derive(Debug, Clone, PartialEq)]
pub enum Pick {
    /// Go there.
    Conversation(ConversationId),
    /// Talk to somebody alone.
    Talk(String),
    /// Go to a message.
    Place(ConversationId, Seq),
    /// Look for what was found beyond what is shown.
    Further(Further),
    /// Do it.
    Do(Action),
    /// Put it under the message, or take it back.
    React(MessageId, String),
    /// Say the message again there.
    Forward(MessageId, ConversationId),
    /// Open it outside.
    Link(String),
    /// Save it.
    File(Attachment),
    /// Look at it.
    Picture(Attachment),
    /// Something about this conversation.
    Manage(ConversationId, Manage),
    /// Take somebody out of it.
    Remove(ConversationId, UserId, String),
    /// Give a member another role.
    RoleOf(ConversationId, UserId, String),
    /// Ask the server for it.
    Ask(Wish),
    /// Ask first.
    Question(Question),
    /// Put it onto the clipboard.
    Copy(String),
    /// Another setting.
    Settings(ChangeSettings),
    /// Be this account: the server's address, and who.
    Account(String, String),
    /// Sign in to one more account.
    AddAccount,
    /// See and change one's profile.
    Profile,
    /// See and change one's settings.
    ShowSettings,
}

/// Something about a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manage {
    /// No notifications, or again.
    Mute(bool),
    /// To the top of the list, or not.
    PinToTop(bool),
    /// Out of the way, or back.
    Archive(bool),
    /// What one calls it.
    Nickname,
    /// Title and description.
    Rename,
    /// All its members.
    Members,
    /// More members.
    Add,
    /// Somebody is to go.
    Remove,
    /// Somebody is to be something else.
    Roles,
    /// How long messages stay.
    Timer,
    /// The other one may write no more.
    Block,
    /// A code that lets others in.
    Invite,
    /// Not be a member any more.
    Leave,
}

impl Picker {
    /// A list with nothing typed yet.
    pub fn new(purpose: Purpose, title: impl Into<String>, choices: Vec<Choice>) -> Self {
        Self {
            purpose,
            title: title.into(),
            filter: Field::new(""),
            selected: 0,
            choices,
            nothing: "nothing matches".to_owned(),
        }
    }

    /// What fits what is typed: the best first, and in the list's own order where nothing is typed. What was looked for
    /// elsewhere fits already.
    pub fn matches(&self) -> Vec<&Choice> {
        let typed = self.filter.text();
        if matches!(self.purpose, Purpose::Search { .. }) || typed.trim().is_empty() {
            return self.choices.iter().collect();
        }
        let is_command = self.purpose == Purpose::Command;
        let fit = |choice: &Choice| {
            if is_command {
                return Some((false, choice.fits_as_command(typed)?));
            }
            let label = fuzzy::score(typed, &choice.label).map(|score| score * 2);
            let score = label.max(fuzzy::score(typed, &choice.detail))?;
            // Who writes a name whole means that one.
            let mut names = [&choice.label, &choice.detail].into_iter();
            Some((
                names.any(|name| name.eq_ignore_ascii_case(typed.trim())),
                score,
            ))
        };
        let mut found: Vec<_> = self
            .choices
            .iter()
            .filter_map(|choice| Some((fit(choice)?, choice)))
            .collect();
        found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        found.into_iter().map(|(_, choice)| choice).collect()
    }

    /// An emoji without a name here is offered when it is typed, or pasted.
    pub(crate) fn offer_what_is_typed(&mut self) {
        let Purpose::React(message, named) = self.purpose else {
            return;
        };
        self.choices.truncate(named);
        let typed = self.filter.text().trim().to_owned();
        let is_it =
            |choice: &Choice| matches!(&choice.pick, Pick::React(_, emoji) if *emoji == typed);
        if !self.choices.iter().any(is_it) && Emoji::parse(typed.as_str()).is_ok() {
            let pick = Pick::React(message, typed.clone());
            self.choices.push(Choice::plain(typed, pick));
        }
    }

    /// Goes up or down, and stops at the ends.
    pub(crate) fn step(&mut self, down: bool) {
        let last = self.matches().len().saturating_sub(1);
        self.selected = match down {
            true => (self.selected + 1).min(last),
            false => self.selected.saturating_sub(1).min(last),
        };
    }

    /// What is chosen now.
    pub(crate) fn chosen(&self) -> Option<&Choice> {
        self.matches().get(self.selected).copied()
    }
}

impl Manage {
    /// Whether it is an [`Action`] by itself, too.
    pub(crate) fn is_action(self) -> bool {
        matches!(self, Self::Roles | Self::Timer | Self::Block)
    }
}

impl Choice {
    /// How well it fits as something to do. Every word must be in it somewhere: its name says most, then the words that it
    /// is looked for by, then what it says of itself, then its keys.
    fn fits_as_command(&self, typed: &str) -> Option<u32> {
        let places = [
            (&*self.detail, 6),
            (self.words, 4),
            (&*self.label, 3),
            (&*self.badge, 1),
        ];
        let of_word = |word: &str| {
            let scores = places
                .iter()
                .filter_map(|(text, weight)| Some(fuzzy::words(word, text)? * weight));
            scores.max()
        };
        let is_name = self.detail.eq_ignore_ascii_case(typed.trim());
        let words = typed.split_whitespace().map(of_word);
        let all = words.sum::<Option<u32>>()?;
        Some(all + u32::from(is_name) * 10_000)
    }

    /// A choice that has nothing but a name and what it is.
    pub fn plain(label: impl Into<String>, pick: Pick) -> Self {
        Self {
            mark: Mark::None,
            label: label.into(),
            detail: String::new(),
            badge: String::new(),
            words: "",
            pick,
        }
    }

    /// Lets it be found by other words, too.
    pub(crate) fn words(mut self, words: &'static str) -> Self {
        self.words = words;
        self
    }

    /// Says something of it.
    pub(crate) fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    /// Puts something at its end.
    pub(crate) fn badge(mut self, badge: impl Into<String>) -> Self {
        self.badge = badge.into();
        self
    }
}
