//! From what happened to how it is now. Pure: no clock, no terminal, no network; what is to be done outside comes back
//! as [`Effect`]s.
//!
//! [`update`] takes what the person and the world did, [`observe`] takes what the client knows. A conversation is marked
//! read when it is open, the terminal has the focus, its newest message is in view, and it was so for a second (or
//! something was written): walking through the list with Ctrl+N leaves unread what one only passes.

mod chat;
mod compose;
mod form;
mod jump;
mod keys;
mod manage;
mod notify;
mod observe;
mod pick;
mod popup;
mod select;
mod sign_in;

pub(crate) use keys::contexts;
pub use observe::{Changes, observe};
pub(crate) use select::applies;

use crate::{
    Effect,
    model::{
        Account, Connection, FormKind, Model, Older, Picture, Popup, READ_AFTER_MS, Reading,
        SignIn, Upload,
    },
};
use chat_core::{ConversationId, Member, Message, MessageId, Seq, Timestamp};
use crossterm::event::{KeyEvent, MouseEvent};

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Msg {
    /// It is this late.
    Now(Timestamp),
    /// A key was pressed.
    Key(KeyEvent),
    /// Text was pasted.
    Paste(String),
    /// The terminal has another size: columns, rows.
    Resize(u16, u16),
    /// The terminal got or lost the focus.
    Focus(bool),
    /// The mouse did something.
    Mouse(MouseEvent),
    /// The connection is another.
    Connection(Connection),
    /// Signed in.
    SignedIn(Account),
    /// The sign-in, or making the account, did not work.
    SignInFailed(String),
    /// Nobody is signed in any more; why, if it was not asked for.
    SignedOut(Option<String>),
    /// Missing messages came, or did not.
    OlderLoaded {
        /// Where.
        conversation: ConversationId,
        /// Whether there was something new among them; why they did not come.
        came: Result<bool, String>,
    },
    /// The messages around a place are known, or cannot be.
    Placed {
        /// Where.
        conversation: ConversationId,
        /// The place.
        seq: Seq,
        /// Why not.
        error: Option<String>,
    },
    /// Messages were found.
    Found {
        /// What was typed.
        typed: String,
        /// They are all that is kept here; the server could not be asked.
        kept: bool,
        /// The messages.
        messages: Vec<Message>,
    },
    /// They could not be looked for.
    NotFound {
        /// What was typed.
        typed: String,
        /// Why.
        why: String,
    },
    /// The pinned messages of a conversation.
    Pinned(Vec<Message>),
    /// All members of a conversation, to read or to take one out.
    Members(ConversationId, Vec<Member>, bool),
    /// The accounts that are signed in on this machine: the server's address, and who.
    Accounts(Vec<(String, String)>),
    /// Something to read came.
    Read(Reading),
    /// A picture came.
    Picture(Picture),
    /// Something was done.
    Done(String),
    /// Something is to be said.
    Told(String),
    /// What a form asked for was refused.
    Refused(String),
    /// The draft as it was written in the editor.
    Written(String),
    /// What was begun to be written the last time.
    Drafts(Vec<(ConversationId, String)>),
    /// How much waits to be sent, and how far files are.
    Queue(usize, Vec<Upload>),
    /// A conversation was begun, or not.
    Created(Result<ConversationId, String>),
    /// An edit was refused.
    EditFailed {
        /// Where.
        conversation: ConversationId,
        /// Which message.
        message: MessageId,
        /// The text that it did not get.
        text: String,
        /// Why.
        error: String,
    },
    /// The account is about to be left for another.
    Leaving,
    /// The program is about to end, and nobody is asked.
    End,
    /// Something else did not work.
    Failed(String),
}

/// Changes the model, and says what is to be done outside of it.
pub fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    let mut effects = Vec::new();
    let was_dirty = model.dirty;
    model.dirty = true;
    match msg {
        Msg::Now(now) => model.dirty = was_dirty | pass_time(model, now, &mut effects),
        Msg::Key(key) => model.dirty = was_dirty | keys::key(model, key, &mut effects),
        Msg::Paste(text) => keys::paste(model, &text, &mut effects),
        Msg::Mouse(mouse) => model.dirty = was_dirty | keys::mouse(model, mouse, &mut effects),
        Msg::Resize(width, height) => resize(model, width, height),
        Msg::Focus(focused) => focus(model, focused, &mut effects),
        Msg::Connection(connection) => connect(model, connection),
        Msg::SignedIn(account) => {
            if model.account.is_some() {
                *model = afresh(model);
            }
            model.sign_in = None;
            model.account = Some(account);
            effects.extend([Effect::SetActive(model.focused), Effect::Look]);
        }
        Msg::Leaving => compose::keep_draft(model, &mut effects),
        Msg::End => keys::quit(model, &mut effects),
        Msg::SignInFailed(error) => sign_in::failed(model, error),
        Msg::SignedOut(why) => sign_out(model, why),
        Msg::OlderLoaded { conversation, came } => older_loaded(model, conversation, came),
        Msg::Created(Ok(id)) => {
            model.popup = None;
            jump::open(model, id, &mut effects);
        }
        Msg::Created(Err(error)) | Msg::Refused(error) => form::refused(model, &error),
        Msg::Placed {
            conversation,
            seq,
            error,
        } => jump::placed(model, conversation, seq, error),
        Msg::Drafts(drafts) => compose::restore(model, drafts),
        Msg::Written(text) => compose::written(model, &text, &mut effects),
        Msg::Queue(waiting, uploads) => (model.waiting, model.uploads) = (waiting, uploads),
        Msg::EditFailed {
            conversation,
            message,
            text,
            error,
        } => edit_failed(model, (conversation, message), &text, &error),
        msg => answer(model, msg),
    }
    settle(model, &mut effects);
    effects
}

/// Opens a conversation, for who has no keys.
pub(crate) fn open(model: &mut Model, id: ConversationId) -> Vec<Effect> {
    let mut effects = Vec::new();
    jump::open(model, id, &mut effects);
    effects
}

/// Looks for messages, for who has no keys.
pub(crate) fn search(model: &mut Model, typed: String) -> Vec<Effect> {
    pick::search_for(model, &typed);
    vec![Effect::Search {
        typed,
        within: None,
    }]
}

/// Shows what was asked for.
fn answer(model: &mut Model, msg: Msg) {
    match msg {
        Msg::Found {
            typed,
            kept,
            messages,
        } => pick::found(model, &typed, kept, &messages),
        Msg::NotFound { typed, why } => pick::not_found(model, &typed, &why),
        Msg::Pinned(messages) => pick::pinned(model, &messages),
        Msg::Members(id, members, remove) => pick::members(model, id, &members, remove),
        Msg::Accounts(accounts) => pick::accounts(model, &accounts),
        Msg::Read(reading) => model.popup = Some(Popup::Read(reading)),
        Msg::Picture(picture) => model.popup = Some(Popup::Picture(picture)),
        Msg::Done(said) => {
            if let Some(Popup::Form(form)) = &model.popup
                && form.busy
            {
                // What was written has gone with the file.
                if matches!(form.kind, FormKind::Attach(_)) {
                    model.reply = None;
                    if model.composer.editing().is_none() {
                        model.composer.wipe();
                        model.draft_due = Some(model.now);
                    }
                }
                model.popup = None;
            }
            model.say(false, said);
        }
        Msg::Told(said) => model.say(false, said),
        Msg::Failed(error) => model.say(true, error),
        // The others were taken before.
        _ => {}
    }
}

/// An edit was refused.
fn edit_failed(
    model: &mut Model,
    (here, message): (ConversationId, MessageId),
    text: &str,
    error: &str,
) {
    model.say(true, format!("failed to edit: {error}"));
    give_back(model, here, message, text);
}

/// A refused edit: its text is put back where it was written, unless something else is being edited there by now.
fn give_back(model: &mut Model, conversation: ConversationId, message: MessageId, text: &str) {
    let is_open = model
        .thread
        .as_ref()
        .is_some_and(|thread| thread.id == conversation);
    let composer = match is_open {
        true => &mut model.composer,
        false => model.drafts.entry(conversation).or_default(),
    };
    if composer.editing().is_none() {
        composer.edit(message, text);
    }
}

/// What follows from how it is now, whatever happened.
fn settle(model: &mut Model, effects: &mut Vec<Effect>) {
    let room = model.room();
    let reading = model.is_reading();
    let now = model.now;
    let Some(thread) = &mut model.thread else {
        return;
    };
    // What brought nothing is not asked again until something is different.
    if let Some(asked) = thread.missing(room)
        && thread.fruitless.as_ref() != Some(&asked)
    {
        thread.older = Older::Loading;
        thread.asked = Some(asked.clone());
        effects.push(Effect::Load(asked));
    }
    let seen = now.since_ms(thread.opened_at) >= READ_AFTER_MS;
    let place = thread.newest_place();
    if let Some((conversation, seq)) = place
        && reading
        && seen
        && thread.unread > 0
        && !thread.left_unread
        && model.marked != place
    {
        model.marked = place;
        effects.push(Effect::MarkRead { conversation, seq });
    }
}

/// True when something on the screen is different by it.
fn pass_time(model: &mut Model, now: Timestamp, effects: &mut Vec<Effect>) -> bool {
    let due = model.next_deadline().is_some_and(|at| at <= now);
    model.now = now;
    if model
        .notice
        .as_ref()
        .is_some_and(|notice| notice.until <= now)
    {
        model.notice = None;
    }
    if model.quit_armed.is_some_and(|until| until <= now) {
        model.quit_armed = None;
    }
    if model.draft_due.is_some_and(|at| at <= now) {
        compose::keep_draft(model, effects);
    }
    pick::ask_what_is_typed(model, effects);
    due
}

fn resize(model: &mut Model, width: u16, height: u16) {
    let was_wide = model.is_wide();
    model.size = (width, height);
    if model.is_wide() != was_wide {
        model.list_switched = false;
    }
    rehang(model);
}

/// Lets the view hang anew after its room or its content changed, so that none of the room stays empty.
fn rehang(model: &mut Model) {
    let room = model.room();
    if let Some(thread) = &mut model.thread {
        thread.scroll_by(0, room);
    }
}

fn focus(model: &mut Model, focused: bool, effects: &mut Vec<Effect>) {
    if model.focused == focused {
        return;
    }
    model.focused = focused;
    if let Some(thread) = &mut model.thread {
        // Passing through the window is not reading, as passing through the list is not.
        thread.opened_at = model.now;
        thread.left_unread &= !focused;
    }
    if model.account.is_some() {
        effects.push(Effect::SetActive(focused));
    }
}

fn connect(model: &mut Model, connection: Connection) {
    if connection == Connection::Online {
        // What was marked while there was no connection may not have arrived; it does no harm twice.
        model.marked = None;
        retry_older(model);
    }
    model.connection = connection;
}

/// Lets older messages be asked for again after it did not work, or brought nothing.
fn retry_older(model: &mut Model) {
    if let Some(thread) = &mut model.thread {
        thread.fruitless = None;
        if matches!(thread.older, Older::Failed(_)) {
            thread.older = Older::Idle;
        }
    }
}

fn older_loaded(model: &mut Model, conversation: ConversationId, came: Result<bool, String>) {
    if let Some(thread) = model.thread.as_mut().filter(|t| t.id == conversation) {
        let asked = thread.asked.take();
        thread.older = match came {
            Ok(true) => Older::Idle,
            Ok(false) => {
                thread.fruitless = asked;
                Older::Idle
            }
            Err(error) => Older::Failed(chat_core::text::inert_line(&error).into_owned()),
        };
    }
}

fn sign_out(model: &mut Model, why: Option<String>) {
    let account = model.account.take();
    let (server, name) = account
        .map(|account| (account.address, account.username))
        .unwrap_or_default();
    let mut fresh = afresh(model);
    let mut form = SignIn::new(&server, &name);
    form.error = why.map(|why| chat_core::text::inert_line(&why).into_owned());
    fresh.sign_in = Some(form);
    fresh.popup = model
        .popup
        .take()
        .filter(|popup| matches!(popup, Popup::Help { .. }));
    *model = fresh;
}

/// An empty screen with what has nothing to do with who is signed in.
fn afresh(model: &Model) -> Model {
    let mut fresh = Model::new(model.theme, model.zone.clone(), model.now);
    fresh.size = model.size;
    fresh.focused = model.focused;
    fresh.mouse = model.mouse;
    fresh.keymap = model.keymap.clone();
    fresh.notify = model.notify;
    fresh.paste_asks_from = model.paste_asks_from;
    fresh
}
