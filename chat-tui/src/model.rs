//! Everything the screen shows and every key decides on. Changed by [`update`](crate::update()) and
//! [`observe`](crate::observe), drawn by [`view`](crate::view); holds no client, no terminal and no clock.

mod coming;
mod complete;
mod composer;
mod editing;
mod entry;
mod field;
mod form;
mod picker;
mod picture;
mod popup;
mod sign_in;
mod summary;
mod thread;
mod timeline;
mod world;

pub use coming::{Coming, Under};
pub use complete::Names;
pub use composer::Composer;
pub use entry::{Entry, EntryState, Key, Tone, Wrapped, body_indent, name_room};
pub use field::Field;
pub use form::{Form, FormKind};
pub(crate) use form::{People, people};
pub use picker::{Choice, Found, Manage, Mark, Pick, Picker, Purpose};
pub(crate) use picture::scaled;
pub use picture::{Canvas, Drawing, Picture};
pub use popup::{Popup, Question, Reading};
pub use sign_in::{SignIn, SignInField};
pub(crate) use summary::said;
pub use summary::{Summary, person_name};
pub(crate) use thread::Source;
pub use thread::{Item, Older, Person, Receipt, Thread};
pub use timeline::{Anchor, Count, Room, Row, Scroll};
pub(crate) use world::Awaits;
pub use world::{Account, Connection, Notice, Upload, Visit};

use crate::{config::Notify, keymap::Keymap, layout, theme::Theme};
use chat_core::{ConversationId, Me, MessageId, Seq, Timestamp, UserId};
use jiff::tz::TimeZone;
use std::collections::{BTreeMap, BTreeSet};

/// A conversation is marked read after it was looked at for so long; passing through it does not count.
pub const READ_AFTER_MS: i64 = 1_000;
/// One that was walked onto in the list is read after so long: till then it may only be passed.
pub const STAYED_AFTER_MS: i64 = 3_000;
/// Without a key for so long nobody looks, where the terminal does not tell.
pub const AWAY_AFTER_MS: i64 = 60_000;
/// A notice stays so long.
pub const NOTICE_MS: i64 = 5_000;
/// The second Ctrl+C leaves the program when it comes within this time.
pub const QUIT_WITHIN_MS: i64 = 2_000;

/// Everything the screen shows.
#[derive(Debug)]
pub struct Model {
    /// How things look.
    pub theme: Theme,
    /// What pictures are shown on.
    pub canvas: Canvas,
    /// The reader's time zone.
    pub zone: TimeZone,
    /// What keys do.
    pub keymap: Keymap,
    /// Columns and rows.
    pub size: (u16, u16),
    /// The time, as it was last told.
    pub now: Timestamp,
    /// Whether the terminal has the focus.
    pub focused: bool,
    /// Whether the mouse is ours.
    pub mouse: bool,
    /// The form for signing in, while nobody is.
    pub sign_in: Option<SignIn>,
    /// Who is signed in.
    pub account: Option<Account>,
    /// How the connection is.
    pub connection: Connection,
    /// All conversations: unread ones first, those put away last, and among their like as everywhere.
    pub list: Vec<Summary>,
    /// Whether the list was loaded.
    pub loaded: bool,
    /// The open conversation.
    pub thread: Option<Thread>,
    /// The draft of the open conversation.
    pub composer: Composer,
    /// Drafts of the others.
    pub drafts: BTreeMap<ConversationId, Composer>,
    /// The selected message, in select mode.
    pub selected: Option<Key>,
    /// The window above the chat.
    pub popup: Option<Popup>,
    /// What it covers: the last of these is back when nothing is above it any more.
    pub(crate) below: Vec<Popup>,
    /// What just went wrong or right.
    pub notice: Option<Notice>,
    /// The first row of the list, since the wheel moved it; none while it follows the open conversation.
    pub(crate) list_top: Option<usize>,
    /// The list is switched to what it is not by default at this width.
    pub list_switched: bool,
    /// The members are shown where there is room.
    pub members_shown: bool,
    /// The user's own account; none before it was told.
    pub me: Option<Me>,
    /// The message that what is written answers, and how it begins.
    pub reply: Option<(MessageId, String)>,
    /// What is answered in the drafts of the others.
    pub(crate) replies: BTreeMap<ConversationId, (MessageId, String)>,
    /// What was said from here, newest last.
    pub said: Vec<String>,
    /// Which of these is in the draft.
    pub(crate) recalled: Option<usize>,
    /// What was being written before that.
    pub(crate) unsaid: String,
    /// How much waits to be sent.
    pub waiting: usize,
    /// Files on their way.
    pub uploads: Vec<Upload>,
    /// What messages are about to be.
    pub(crate) coming: BTreeMap<MessageId, Coming>,
    /// Where the reader was, the last place last.
    pub(crate) trail: Vec<Visit>,
    /// Where the reader came back from.
    pub(crate) ahead: Vec<Visit>,
    /// The conversation that was unread when it was opened: it keeps its place in the list until it is left.
    pub(crate) held: Option<ConversationId>,
    /// Where one was when one began to go through what is unread.
    pub(crate) unread_from: Option<ConversationId>,
    /// Whether a window was asked for, and whether one still waits for it.
    pub(crate) awaits: Awaits,
    /// When something was last pressed.
    pub(crate) pressed_at: Timestamp,
    /// Whether this terminal tells of the focus.
    pub(crate) tells_focus: bool,
    /// What the others were told last of whether one is here.
    pub(crate) active_told: Option<bool>,
    /// Of what to tell while nobody looks.
    pub notify: Notify,
    /// Pasted text of so many lines asks first.
    pub paste_asks_from: usize,
    /// Up to where was told of each conversation.
    pub(crate) told: BTreeMap<ConversationId, Seq>,
    /// The name that the terminal's window was given.
    pub(crate) titled: String,
    /// When the draft is to be kept.
    pub(crate) draft_due: Option<Timestamp>,
    /// Whether the drafts of the last time are here.
    pub(crate) drafts_restored: bool,
    /// Until then a second Ctrl+C leaves the program.
    pub quit_armed: Option<Timestamp>,
    /// Up to where the open conversation was marked read from here.
    pub(crate) marked: Option<(ConversationId, Seq)>,
    /// When the others were last told that something is being written.
    pub(crate) typing_told: Option<Timestamp>,
    /// Whose presence is watched.
    pub(crate) watched: BTreeSet<UserId>,
    /// Whether the screen is behind.
    pub dirty: bool,
}

impl Model {
    /// An empty screen.
    pub fn new(theme: Theme, zone: TimeZone, now: Timestamp) -> Self {
        Self {
            theme,
            canvas: Canvas::default(),
            zone,
            keymap: Keymap::default(),
            size: (80, 24),
            now,
            focused: true,
            mouse: true,
            sign_in: None,
            account: None,
            connection: Connection::Idle,
            list: Vec::new(),
            loaded: false,
            thread: None,
            composer: Composer::default(),
            drafts: BTreeMap::new(),
            selected: None,
            popup: None,
            below: Vec::new(),
            notice: None,
            list_top: None,
            list_switched: false,
            members_shown: true,
            me: None,
            reply: None,
            replies: BTreeMap::new(),
            said: Vec::new(),
            recalled: None,
            unsaid: String::new(),
            waiting: 0,
            uploads: Vec::new(),
            coming: BTreeMap::new(),
            trail: Vec::new(),
            ahead: Vec::new(),
            held: None,
            unread_from: None,
            awaits: Awaits::Nothing,
            pressed_at: now,
            tells_focus: false,
            active_told: None,
            notify: Notify::All,
            paste_asks_from: 0,
            told: BTreeMap::new(),
            titled: String::new(),
            draft_due: None,
            drafts_restored: false,
            quit_armed: None,
            marked: None,
            typing_told: None,
            watched: BTreeSet::new(),
            dirty: true,
        }
    }

    /// Whether there is room for the list beside the messages.
    pub fn is_wide(&self) -> bool {
        self.size.0 >= layout::LIST_FROM
    }

    /// Whether the list is shown. Where it is narrow it takes the place of the messages.
    pub fn shows_list(&self) -> bool {
        let by_default = self.is_wide() || self.thread.is_none();
        by_default != (self.list_switched && (self.is_wide() || self.thread.is_some()))
    }

    /// Whether the list hides the messages.
    pub fn list_covers(&self) -> bool {
        self.shows_list() && !self.is_wide()
    }

    /// Where everything is.
    pub fn panes(&self) -> layout::Panes {
        let members = self.members_shown
            && self
                .thread
                .as_ref()
                .is_some_and(|thread| !thread.is_direct());
        let mut wanted = layout::Wanted {
            list: self.shows_list(),
            members,
            notice: self.notice.is_some(),
            composer: 1,
        };
        let width = layout::panes(self.size, wanted).composer.width;
        if self.may_write() {
            wanted.composer = self.composer.rows(width.saturating_sub(COMPOSER_INDENT));
        }
        layout::panes(self.size, wanted)
    }

    /// Whether there is something to write into: an edit of one's own goes on where nothing new may be said.
    pub fn may_write(&self) -> bool {
        let may_send = self.thread.as_ref().is_some_and(|thread| thread.may_send);
        may_send || self.composer.editing().is_some()
    }

    /// The room that the messages have.
    pub fn room(&self) -> Room {
        let pane = self.panes().messages;
        Room {
            width: pane.width,
            height: usize::from(pane.height),
        }
    }

    /// Unread messages in all conversations.
    pub fn unread_total(&self) -> u64 {
        self.list.iter().map(|row| u64::from(row.unread)).sum()
    }

    /// Whether the newest message of the open conversation is before somebody's eyes.
    pub fn is_reading(&self) -> bool {
        let at_newest = |thread: &Thread| thread.loaded && thread.scroll == Scroll::Tail;
        self.is_attended()
            && self.popup.is_none()
            && self.sign_in.is_none()
            && !self.list_covers()
            && !layout::is_too_small(self.size)
            && self.thread.as_ref().is_some_and(at_newest)
    }

    /// Whether somebody is likely to see the screen. Where the terminal does not tell of the focus, nobody is there after
    /// a while without a key.
    pub(crate) fn is_attended(&self) -> bool {
        match self.tells_focus {
            true => self.focused,
            false => self.now.since_ms(self.pressed_at) < AWAY_AFTER_MS,
        }
    }

    /// When something is to be done by the passing of time alone. At that moment [`Msg::Now`](crate::Msg::Now) is due.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        // The others are told; here nothing looks different by it.
        let is_told_here = !self.tells_focus && self.active_told == Some(true);
        let away = is_told_here.then(|| self.pressed_at.plus_ms(AWAY_AFTER_MS));
        self.next_change().into_iter().chain(away).min()
    }

    /// When something looks different by the passing of time alone.
    pub(crate) fn next_change(&self) -> Option<Timestamp> {
        let countdown = match self.connection {
            Connection::Waiting { until, .. } if until > self.now => {
                let left = until.since_ms(self.now);
                Some(self.now.plus_ms((left - 1) % 1_000 + 1))
            }
            _ => None,
        };
        let reading = self.thread.as_ref().filter(|_| self.is_reading());
        let read = reading
            .filter(|thread| thread.unread > 0 && self.marked != thread.newest_place())
            .map(Thread::read_at);
        [
            countdown,
            read.filter(|at| *at > self.now),
            self.notice.as_ref().map(|notice| notice.until),
            self.quit_armed,
            self.draft_due,
            self.search_due(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// When what was typed into a search is to be asked for.
    fn search_due(&self) -> Option<Timestamp> {
        match &self.popup {
            Some(Popup::Pick(Picker {
                purpose: Purpose::Search { due, .. },
                ..
            })) => *due,
            _ => None,
        }
    }

    /// The names that a draft may have in it here.
    pub(crate) fn names(&self) -> Names {
        let people = self.thread.iter().flat_map(Thread::mentionable);
        Names {
            people: people.collect(),
            conversations: self.list.iter().map(|row| row.title.clone()).collect(),
        }
    }

    /// The open conversation's row in the list.
    pub fn open_row(&self) -> Option<&Summary> {
        let open = self.thread.as_ref()?.id;
        self.list.iter().find(|row| row.id == open)
    }

    /// Says something in the line above the hints.
    pub(crate) fn say(&mut self, bad: bool, text: impl AsRef<str>) {
        self.notice = Some(Notice {
            text: chat_core::text::inert_line(text.as_ref()).into_owned(),
            bad,
            until: self.now.plus_ms(NOTICE_MS),
        });
    }
}

/// The mark before the first line of the draft takes so many columns.
pub const COMPOSER_INDENT: u16 = 2;
