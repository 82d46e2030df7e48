//! From what happened to how it is now. Pure: no clock, no terminal, no network; what is to be done outside comes back
//! as [`Effect`]s.
//!
//! [`update`] takes what the person and the world did, [`observe`] takes what the client knows. A conversation is marked
//! read when it is open, the terminal has the focus, its newest message is in view, and it was so for a second (or
//! something was written). What one walks onto in the list is only passed before one does something in it or stays longer.

mod account;
mod answer;
mod chat;
mod compose;
mod form;
mod jump;
mod keys;
mod manage;
mod msg;
mod notify;
mod observe;
mod palette;
mod pick;
mod popup;
mod select;
mod sign_in;

pub(crate) use form::no_prefs;
pub(crate) use keys::contexts;
pub use msg::Msg;
pub use observe::{Changes, observe};
pub(crate) use select::applies;

use crate::{
    Effect,
    action::Action,
    effect::Further,
    model::{Awaits, Coming, Connection, FormKind, Model, Older, Popup, SignIn},
};
use chat_core::{ConversationId, MessageId, Timestamp};
use std::collections::BTreeMap;

/// Changes the model, and says what is to be done outside of it.
pub fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    let mut effects = Vec::new();
    let was_dirty = model.dirty;
    model.dirty = true;
    let is_pressed = keys::is_pressed(&msg);
    if is_pressed {
        come_back(model);
    }
    match msg {
        Msg::Now(now) => model.dirty = was_dirty | pass_time(model, now, &mut effects),
        Msg::Key(key) => model.dirty = was_dirty | keys::key(model, key, &mut effects),
        Msg::Paste(text) => keys::paste(model, &text, &mut effects),
        Msg::Mouse(mouse) => model.dirty = was_dirty | keys::mouse(model, mouse, &mut effects),
        Msg::Resize(width, height) => resize(model, width, height),
        Msg::Focus(focused) => focus(model, focused),
        Msg::Connection(connection) => connect(model, connection),
        Msg::SignedIn(account) => {
            if model.account.is_some() {
                *model = afresh(model);
            }
            model.sign_in = None;
            model.account = Some(account);
            effects.push(Effect::Look);
        }
        Msg::Leaving => compose::keep_draft(model, &mut effects),
        Msg::End => keys::quit(model, &mut effects),
        Msg::SignInFailed(error) => sign_in::failed(model, error),
        Msg::SignedOut(why) => sign_out(model, why),
        Msg::OlderLoaded { conversation, came } => {
            answer::older_loaded(model, conversation, came);
        }
        Msg::Created(Ok(id)) => answer::created(model, id, &mut effects),
        Msg::Created(Err(error)) => form::refused(model, Some(FormKind::NewConversation), &error),
        Msg::Refused(form, error) => form::refused(model, form, &error),
        Msg::Placed {
            conversation,
            seq,
            error,
        } => jump::placed(model, (conversation, seq), error, &mut effects),
        Msg::Drafts(drafts) => compose::restore(model, drafts),
        Msg::Written(text) => compose::written(model, &text, &mut effects),
        Msg::Queue(waiting, uploads) => (model.waiting, model.uploads) = (waiting, uploads),
        Msg::Coming(coming) => announce(model, coming),
        Msg::EditFailed {
            conversation,
            message,
            text,
            error,
        } => answer::edit_failed(model, (conversation, message), &text, &error),
        msg => answer::take(model, msg),
    }
    settle(model, &mut effects);
    expect(model, is_pressed, &effects);
    popup::uncover(model);
    effects
}

/// Messages are about to be something else.
fn announce(model: &mut Model, coming: BTreeMap<MessageId, Coming>) {
    model.coming = coming;
    if let Some(thread) = &mut model.thread {
        thread.announce(&model.coming);
    }
    rehang(model);
}

/// Whether a window that was asked for is still waited for: not by who has gone on with something else.
fn expect(model: &mut Model, is_pressed: bool, effects: &[Effect]) {
    model.awaits = match model.awaits {
        _ if effects.iter().any(Effect::opens_window) => Awaits::Window,
        Awaits::Window if is_pressed => Awaits::NoMore,
        awaits => awaits,
    };
}

/// Opens a conversation, for who has no keys.
pub(crate) fn open(model: &mut Model, id: ConversationId) -> Vec<Effect> {
    let mut effects = Vec::new();
    jump::open(model, id, &mut effects);
    effects
}

/// Does something, for who has no keys. None where it cannot be done.
pub(crate) fn act(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    let mut effects = Vec::new();
    let is_done = keys::act(model, action, &mut effects);
    settle(model, &mut effects);
    is_done.then_some(effects)
}

/// Looks for messages, for who has no keys.
pub(crate) fn search(model: &mut Model, typed: String) -> Vec<Effect> {
    pick::search_for(model, &typed);
    vec![Effect::Search {
        typed,
        within: None,
        further: Further::default(),
    }]
}

/// What follows from how it is now, whatever happened.
fn settle(model: &mut Model, effects: &mut Vec<Effect>) {
    let is_here = model.is_attended();
    if model.account.is_some() && model.active_told != Some(is_here) {
        model.active_told = Some(is_here);
        effects.push(Effect::SetActive(is_here));
    }
    let room = model.room();
    let reading = model.is_reading();
    let now = model.now;
    let selected = model.selected.as_ref();
    let Some(thread) = &mut model.thread else {
        return;
    };
    if model.composer.is_naming_somebody() && thread.asks_for_names() {
        effects.push(Effect::ListNames(thread.id));
    }
    if let Some(kept) = thread.worth_keeping(selected, room) {
        effects.push(Effect::KeepOnly(thread.id, kept));
    }
    // What brought nothing is not asked again until something is different.
    if let Some(asked) = thread.missing(room)
        && thread.fruitless.as_ref() != Some(&asked)
    {
        thread.older = Older::Loading;
        thread.asked = Some(asked.clone());
        effects.push(Effect::Load(asked));
    }
    let seen = now >= thread.read_at();
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
    let due = model.next_change().is_some_and(|at| at <= now);
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

/// Something was pressed: somebody is there. Where that is all there is to tell, the first key after a while is no
/// reading yet.
fn come_back(model: &mut Model) {
    let was_away = !model.tells_focus && !model.is_attended();
    model.pressed_at = model.now;
    if let Some(thread) = model.thread.as_mut().filter(|_| was_away) {
        thread.opened_at = model.now;
    }
}

fn focus(model: &mut Model, focused: bool) {
    model.tells_focus = true;
    if model.focused == focused {
        return;
    }
    model.focused = focused;
    if let Some(thread) = &mut model.thread {
        // Passing through the window is not reading, as passing through the list is not.
        thread.opened_at = model.now;
        thread.left_unread &= !focused;
    }
}

fn connect(model: &mut Model, connection: Connection) {
    if connection == Connection::Online {
        // What was marked while there was no connection may not have arrived; it does no harm twice.
        model.marked = None;
        answer::retry_older(model);
        if let Some(thread) = &mut model.thread {
            thread.forget_asked_names();
        }
    }
    model.connection = connection;
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
    fresh.canvas = model.canvas;
    fresh.focused = model.focused;
    fresh.tells_focus = model.tells_focus;
    fresh.pressed_at = model.pressed_at;
    fresh.mouse = model.mouse;
    fresh.keymap = model.keymap.clone();
    fresh.notify = model.notify;
    fresh.paste_asks_from = model.paste_asks_from;
    fresh
}
