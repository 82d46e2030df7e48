//! The lines that say what happens: who types and what is newer, what went wrong, and always the next keys.

use super::line;
use crate::{
    action::Action,
    model::{
        Connection, Entry, EntryState, Form, Item, Model, Popup, Scroll, Summary, Thread, Upload,
    },
    update::{applies, contexts},
    when, wrap,
};
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

pub(super) fn draw_typing(model: &Model, area: Rect, buffer: &mut Buffer) {
    let Some(thread) = model.thread.as_ref().filter(|_| !area.is_empty()) else {
        return;
    };
    let theme = model.theme;
    let room = model.room();
    let key = |action| model.keymap.key(action);
    let newer = match (&thread.scroll, thread.newer(room), thread.new_above(room)) {
        (Scroll::Tail, _, None) => String::new(),
        (Scroll::Tail, _, Some(new)) => format!("↑ {new} new: {} ", key(Action::ScrollToNew)),
        (Scroll::At(_), newer, _) if newer.known == 0 && newer.is_all => {
            format!("↓ newest: {} ", key(Action::ScrollToNewest))
        }
        (Scroll::At(_), newer, _) => format!("↓ {newer} newer: {} ", key(Action::ScrollToNewest)),
    };
    let newer = match day_in_view(model, thread) {
        Some(day) if wrap::width(&day) + wrap::width(&newer) + 4 < area.width.into() => {
            format!("{day} · {newer}")
        }
        _ => newer,
    };
    let room = usize::from(area.width).saturating_sub(wrap::width(&newer) + 1);
    let upload = model
        .uploads
        .iter()
        .find(|upload| upload.conversation == thread.id);
    let typing = match thread.typing.as_slice() {
        _ if upload.is_some() => upload.map(sending).unwrap_or_default(),
        [] => String::new(),
        [one] => format!(" {one} is typing…"),
        [one, two] => format!(" {one} and {two} are typing…"),
        [one, rest @ ..] => format!(" {one} and {} others are typing…", rest.len()),
    };
    let spans = vec![
        Span::styled(wrap::pad(&typing, room), theme.faint()),
        Span::raw(" "),
        Span::styled(newer, theme.unread()),
    ];
    line(buffer, area, 0, Line::from(spans));
}

/// The day of the first message in view, where one has scrolled away from the newest and no divider says it.
fn day_in_view(model: &Model, thread: &Thread) -> Option<String> {
    let room = model.room();
    let first = thread.visible(room).first()?.item;
    let is_said = matches!(thread.items[first], Item::Day(..) | Item::Start);
    if thread.scroll == Scroll::Tail || is_said {
        return None;
    }
    let entry = thread.visible_entries(room).into_iter().next()?;
    let today = when::day(model.now, &model.zone);
    Some(when::divider(entry.day, today))
}

fn sending(upload: &Upload) -> String {
    match upload.progress {
        Some((sent, total)) if total > 0 => {
            format!(
                " sending {}: {} %",
                upload.name,
                sent.saturating_mul(100) / total
            )
        }
        _ => format!(" {} waits to be sent", upload.name),
    }
}

pub(super) fn draw_notice(model: &Model, area: Rect, buffer: &mut Buffer) {
    if let Some(notice) = model.notice.as_ref().filter(|_| !area.is_empty()) {
        let style = match notice.bad {
            true => model.theme.bad(),
            false => model.theme.strong(),
        };
        let text = wrap::fit(&format!(" {}", notice.text), usize::from(area.width));
        line(buffer, area, 0, Line::styled(text, style));
    }
}

/// Columns between two hints.
const BETWEEN: usize = 2;

pub(super) fn draw_hints(model: &Model, area: Rect, buffer: &mut Buffer) {
    hints(model, &next_actions(model), area, buffer);
}

/// The keys of some actions, as many as fit.
pub(super) fn hints(model: &Model, actions: &[Action], area: Rect, buffer: &mut Buffer) {
    let theme = model.theme;
    let mut spans = vec![Span::raw(" ")];
    let mut left = usize::from(area.width).saturating_sub(1);
    // The way to all others is never what there is no room for.
    let takes = |action: Action| {
        let key = model.keymap.heard(contexts(model), action)?.to_string();
        Some(wrap::width(&key) + 1 + wrap::width(label(model, action)))
    };
    let mut kept = match actions.contains(&Action::Help) {
        true => takes(Action::Help).map_or(0, |takes| takes + BETWEEN),
        false => 0,
    };
    for action in actions {
        if *action == Action::Help {
            kept = 0;
        }
        // A key that something nearer has would be a lie.
        let Some(key) = model.keymap.heard(contexts(model), *action) else {
            continue;
        };
        let (key, label) = (key.to_string(), label(model, *action));
        let takes = wrap::width(&key) + 1 + wrap::width(label);
        if takes + kept > left {
            continue;
        }
        left = left.saturating_sub(takes + BETWEEN);
        spans.push(Span::styled(key, theme.key()));
        spans.push(Span::styled(format!(" {label}  "), theme.faint()));
    }
    line(buffer, area, 0, Line::from(spans));
}

/// What a key is called as it is now.
fn label(model: &Model, action: Action) -> &'static str {
    let is_chat = model.popup.is_none() && model.sign_in.is_none();
    let is_writing = is_chat && model.selected.is_none();
    let is_waited_for = model.popup.is_none() && model.sign_in.as_ref().is_some_and(|f| f.busy);
    let makes_account = model.sign_in.as_ref().is_some_and(|form| form.register);
    match action {
        Action::Send if is_writing && model.composer.editing().is_some() => "save",
        Action::SelectMode if is_writing && model.composer.editing().is_some() => "cancel",
        Action::SelectMode if is_writing && model.reply.is_some() => "no answer",
        Action::Dismiss if is_waited_for => "cancel",
        Action::ToggleRegister if makes_account => "sign in instead",
        action => action.label(),
    }
}

/// What one may want to do next, the most likely first.
fn next_actions(model: &Model) -> Vec<Action> {
    use Action as A;
    match &model.popup {
        Some(Popup::Ask(_)) => return vec![A::Yes, A::No],
        Some(Popup::Help { .. } | Popup::Read(_)) => {
            return vec![A::Next, A::Previous, A::ReadOn, A::Dismiss];
        }
        Some(Popup::Picture(_)) => return vec![A::Dismiss],
        Some(Popup::Form(form)) => return form_actions(form),
        Some(Popup::Pick(_)) => return vec![A::Accept, A::Next, A::Previous, A::Dismiss],
        None => {}
    }
    if model.list_covers() {
        return vec![
            A::Accept,
            A::Next,
            A::Previous,
            A::Help,
            A::NextUnread,
            A::NewConversation,
            A::Quit,
        ];
    }
    if let Some(selected) = &model.selected {
        return select_actions(model, selected);
    }
    let mut actions = Vec::new();
    if matches!(
        model.connection,
        Connection::Waiting { .. } | Connection::Stopped { .. }
    ) {
        actions.push(A::Reconnect);
    }
    let is_begun = model.composer.editing().is_some() || model.reply.is_some();
    let is_writing = model.may_write() && (!model.composer.is_empty() || is_begun);
    match (&model.thread, is_writing) {
        (Some(_), true) => actions.extend([A::Send, A::SelectMode, A::Help, A::Newline, A::Attach]),
        (open, _) => {
            // What calls comes first; what is always the same comes where there is room.
            let calls = model.list.iter().any(Summary::calls);
            actions.extend(calls.then_some(A::NextUnread));
            actions.extend([A::QuickSwitch, A::NextConversation]);
            actions.push(if open.is_some() {
                A::SelectMode
            } else {
                A::NewConversation
            });
            actions.extend([A::Help, A::Palette]);
        }
    }
    actions.push(A::Quit);
    if !model.is_wide() {
        actions.push(A::ToggleList);
    }
    actions.extend(model.thread.is_some().then_some(A::SearchHere));
    actions
}

fn form_actions(form: &Form) -> Vec<Action> {
    if form.busy {
        // The server is asked, and nothing can be written meanwhile.
        return vec![Action::Dismiss, Action::Help];
    }
    let mut actions = vec![Action::Accept];
    actions.extend(form.completable().map(|_| Action::CompleteField));
    if form.fields.len() > 1 {
        actions.extend([Action::Next, Action::Previous]);
    }
    actions.push(Action::Dismiss);
    actions
}

fn select_actions(model: &Model, selected: &crate::model::Key) -> Vec<Action> {
    use Action as A;
    let entry = model
        .thread
        .as_ref()
        .and_then(|thread| thread.entry(selected));
    let is_unsent =
        |entry: &Entry| matches!(entry.state, EntryState::Failed(_) | EntryState::Pending);
    let wanted: &[A] = match entry.is_some_and(|entry| is_unsent(entry)) {
        true => &[A::Retry, A::Discard, A::Copy],
        false => &[
            A::Reply,
            A::React,
            A::Edit,
            A::View,
            A::Open,
            A::Delete,
            A::Copy,
        ],
    };
    let can = |action: &A| entry.is_some_and(|entry| applies(model, *action, entry).is_ok());
    let mut actions: Vec<_> = wanted.iter().copied().filter(can).collect();
    // Where there is little room, the way to everything else and the way back come before the rest.
    let others = actions.split_off(actions.len().min(2));
    actions.extend([A::Menu, A::LeaveSelect]);
    actions.extend(others);
    actions.extend([A::Help, A::SelectOlder, A::SelectNewer]);
    actions
}
