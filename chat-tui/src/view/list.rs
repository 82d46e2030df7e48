//! The conversations.

use super::line;
use crate::{
    model::{Mark, Model, Summary},
    wrap,
};
use chat_core::{ConversationId, PresenceState};
use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    text::{Line, Span},
};

/// The conversation that is drawn at a place on the screen.
pub fn conversation_at(model: &Model, at: Position) -> Option<ConversationId> {
    let area = model.panes().list;
    let row = usize::from(at.y.checked_sub(area.y)?);
    let listed = area.contains(at).then(|| first(model, area) + row)?;
    model.list.get(listed).map(|row| row.id)
}

/// The first row that is shown, after so many rows more: the last is not left behind.
pub(crate) fn top(model: &Model, by: isize) -> usize {
    let area = model.panes().list;
    let to = first(model, area).saturating_add_signed(by);
    to.min(farthest(model, area))
}

/// The first row that is shown: the open conversation stays in the middle where there is more than fits, until the wheel
/// goes elsewhere.
fn first(model: &Model, area: Rect) -> usize {
    let open = model.thread.as_ref().map(|thread| thread.id);
    let at = model.list.iter().position(|row| Some(row.id) == open);
    let middle = || at.unwrap_or(0).saturating_sub(usize::from(area.height) / 2);
    let first = model.list_top.unwrap_or_else(middle);
    first.min(farthest(model, area))
}

fn farthest(model: &Model, area: Rect) -> usize {
    model.list.len().saturating_sub(usize::from(area.height))
}

pub(super) fn draw(model: &Model, area: Rect, buffer: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    if model.list.is_empty() {
        let say = match model.loaded {
            true => " no conversations yet",
            false => " loading…",
        };
        return line(buffer, area, 0, Line::styled(say, model.theme.faint()));
    }
    let first = first(model, area);
    let rows = model.list.iter().skip(first).zip(0..area.height);
    for (summary, row) in rows {
        draw_row(model, summary, area, row, buffer);
    }
}

fn draw_row(model: &Model, row: &Summary, area: Rect, at: u16, buffer: &mut Buffer) {
    let theme = model.theme;
    let open = model
        .thread
        .as_ref()
        .is_some_and(|thread| thread.id == row.id);
    let draft = if !open && model.drafts.contains_key(&row.id) {
        " ✎"
    } else {
        ""
    };
    // In which colours a muted one is shown depends on the palette; the sign is always there.
    let muted = if row.muted { " ∅" } else { "" };
    let state = match row.unread {
        0 if row.typing => " …".to_owned(),
        0 if draft.is_empty() && row.pinned => format!("{muted} ↑"),
        0 => muted.to_owned(),
        1..=999 => format!("{muted}{}{}", named(row.mentions), row.unread),
        _ => format!("{muted}{}999+", named(row.mentions)),
    };
    let badge = format!("{draft}{state}");
    let room = usize::from(area.width).saturating_sub(4 + wrap::width(&badge));
    let (mark, mark_style) = mark(model, row.mark());
    let title_style = match (row.calls(), row.muted || row.archived) {
        (true, _) => theme.strong(),
        (false, true) => theme.faint(),
        (false, false) => theme.plain(),
    };
    let badge_style = match row.calls() {
        true => theme.unread(),
        false => theme.faint(),
    };
    let mut spans = vec![
        Span::styled(if open { "▌" } else { " " }, theme.key()),
        Span::styled(mark, mark_style),
        Span::raw(" "),
        Span::styled(wrap::pad(&row.title, room), title_style),
        Span::styled(badge, badge_style),
    ];
    // Where the list takes the whole width there is room for what was said last.
    if !model.is_wide() {
        let title = wrap::width(&row.title).min(room);
        let rest = room.saturating_sub(title + 2);
        spans[3] = Span::styled(wrap::fit(&row.title, room), title_style);
        let preview = format!("  {}", wrap::pad(&row.preview, rest));
        spans.insert(
            4,
            Span::styled(wrap::pad(&preview, room - title), theme.faint()),
        );
    }
    line(buffer, area, at, Line::from(spans));
    if open {
        let whole = Rect {
            y: area.y + at,
            height: 1,
            ..area
        };
        buffer.set_style(whole, theme.selected());
    }
}

/// How often the reader was named, before the unread count.
fn named(mentions: u32) -> String {
    match mentions {
        0 => " ".to_owned(),
        1..=99 => format!(" @{mentions} "),
        _ => " @99+ ".to_owned(),
    }
}

/// What stands before a conversation or a person.
pub(super) fn mark(model: &Model, mark: Mark) -> (&'static str, ratatui::style::Style) {
    match mark {
        Mark::None => ("", model.theme.plain()),
        Mark::Group => ("#", model.theme.faint()),
        Mark::Channel => ("»", model.theme.faint()),
        Mark::Person(presence) => presence_mark(model, Some(presence)),
    }
}

/// A dot that says whether somebody is here.
pub(super) fn presence_mark(
    model: &Model,
    presence: Option<PresenceState>,
) -> (&'static str, ratatui::style::Style) {
    match presence {
        Some(PresenceState::Online) => ("●", model.theme.good()),
        Some(PresenceState::Away) => ("◐", model.theme.waiting()),
        Some(PresenceState::Offline | PresenceState::Unknown) | None => ("○", model.theme.faint()),
    }
}
