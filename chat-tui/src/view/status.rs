//! The lines that say what happens: who types and what is newer, what went wrong, and always the next keys.

use super::line;
use crate::{
    action::Action,
    model::{Connection, EntryState, Model, Popup, Scroll},
    wrap,
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
    let newer = match (&thread.scroll, thread.newer(room), thread.new_above(room)) {
        (Scroll::Tail, _, 0) => String::new(),
        (Scroll::Tail, _, new) => format!("↑ {new} new: Alt+U "),
        (Scroll::At(_), 0, _) => "↓ newest: Alt+End ".to_owned(),
        (Scroll::At(_), newer, _) => format!("↓ {newer} newer: Alt+End "),
    };
    let room = usize::from(area.width).saturating_sub(wrap::width(&newer) + 1);
    let typing = match thread.typing.as_slice() {
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

pub(super) fn draw_hints(model: &Model, area: Rect, buffer: &mut Buffer) {
    hints(model, &next_actions(model), area, buffer);
}

/// The keys of some actions, as many as fit.
pub(super) fn hints(model: &Model, actions: &[Action], area: Rect, buffer: &mut Buffer) {
    let theme = model.theme;
    let mut spans = vec![Span::raw(" ")];
    let mut left = usize::from(area.width).saturating_sub(1);
    for action in actions {
        let Some(key) = model.keymap.keys(*action).next() else {
            continue;
        };
        let (key, label) = (key.to_string(), action.label());
        let takes = wrap::width(&key) + 1 + wrap::width(label) + 2;
        if takes > left {
            continue;
        }
        left -= takes;
        spans.push(Span::styled(key, theme.key()));
        spans.push(Span::styled(format!(" {label}  "), theme.faint()));
    }
    line(buffer, area, 0, Line::from(spans));
}

/// What one may want to do next, the most likely first.
fn next_actions(model: &Model) -> Vec<Action> {
    use Action as A;
    match &model.popup {
        Some(Popup::Ask(_)) => return vec![A::Yes, A::No],
        Some(Popup::Help { .. }) => return vec![A::Next, A::Previous, A::Dismiss],
        Some(Popup::New(_)) => return vec![A::Accept, A::Dismiss],
        Some(Popup::Switch(_)) => return vec![A::Accept, A::Next, A::Previous, A::Dismiss],
        None => {}
    }
    if model.list_covers() {
        return vec![
            A::Accept,
            A::Next,
            A::Previous,
            A::NewConversation,
            A::NextUnread,
            A::Help,
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
    match (
        &model.thread,
        model.composer.is_empty() || !model.may_write(),
    ) {
        (None, _) => actions.extend([
            A::NextConversation,
            A::NextUnread,
            A::QuickSwitch,
            A::NewConversation,
        ]),
        (Some(_), false) => actions.extend([A::Send, A::Newline]),
        (Some(_), true) => actions.extend([
            A::NextConversation,
            A::QuickSwitch,
            A::NextUnread,
            A::ScrollUp,
        ]),
    }
    if model.thread.is_some() {
        actions.push(A::SelectMode);
    }
    actions.extend([A::Help, A::Quit]);
    if !model.is_wide() {
        actions.push(A::ToggleList);
    }
    actions
}

fn select_actions(model: &Model, selected: &crate::model::Key) -> Vec<Action> {
    use Action as A;
    let mut actions = vec![A::SelectOlder, A::SelectNewer];
    let thread = model.thread.as_ref();
    if let Some((thread, entry)) = thread.and_then(|t| Some((t, t.entry(selected)?))) {
        match entry.state {
            EntryState::Failed(_) => actions.extend([A::RetrySelected, A::DiscardSelected]),
            EntryState::Stored { .. } if entry.mine => actions.push(A::EditSelected),
            _ => {}
        }
        if thread.may_delete(entry) {
            actions.push(A::DeleteSelected);
        }
    }
    actions.extend([A::LeaveSelect, A::Help]);
    actions
}
