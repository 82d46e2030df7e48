//! All keys, by where they work, and what the signs mean; and how far one can go on in what there is to read.

use super::{line, window};
use crate::{
    action::Action,
    keymap::Context,
    model::{Model, Popup, Reading},
    wrap,
};
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

/// Columns of the window, where there is room.
const WIDTH: u16 = 74;
/// Columns for the keys; fewer on a narrow screen.
const KEYS: usize = 20;
const FEW_KEYS: usize = 14;
/// Narrower than this, the keys have fewer columns.
const NARROW: u16 = 64;

/// The signs beside conversations, people and messages.
const SIGNS: &[(&str, &str)] = &[
    ("● ◐ ○", "somebody is here, away, not here"),
    ("# »", "a group; a channel, where few write and all read"),
    ("@2 5", "of five unread messages two name you"),
    ("✎", "something that you have begun to write there"),
    ("∅ ↑", "it is muted; it is kept at the top"),
    ("✓ ✓✓", "others have your message; all have read it"),
    ("◷ ✗", "it waits to be sent; it was not sent"),
    ("12+", "so many that are here, and more that are not"),
];

/// The last row that can be the first one in a window with something to read.
pub(crate) fn farthest(model: &Model) -> u16 {
    let rows = match &model.popup {
        Some(Popup::Help { .. }) => lines(model).len(),
        Some(Popup::Read(reading)) => reading_lines(reading, model.size.0).len(),
        _ => 0,
    };
    // The frame, and what stays free around it.
    let seen = usize::from(model.size.1.saturating_sub(4));
    u16::try_from(rows.saturating_sub(seen)).unwrap_or(u16::MAX)
}

/// Columns of a window with something to read, where there is room.
pub(super) fn reading_width(columns: u16) -> u16 {
    70.min(columns.saturating_sub(2))
}

/// The rows of something to read on a screen of so many columns.
pub(super) fn reading_lines(reading: &Reading, columns: u16) -> Vec<String> {
    let room = usize::from(reading_width(columns).saturating_sub(4));
    let lines = reading.lines.iter();
    lines.flat_map(|text| wrap::wrap(text, room)).collect()
}

pub(super) fn draw(model: &Model, top: u16, area: Rect, buffer: &mut Buffer) {
    let theme = model.theme;
    let lines = lines(model);
    let height = u16::try_from(lines.len())
        .unwrap_or(u16::MAX)
        .saturating_add(2);
    let closes = format!("{} closes", model.keymap.key(Action::Dismiss));
    let key = |action| model.keymap.key(action);
    let title = match model.size.0 < NARROW {
        true => format!("Keys · {closes}"),
        false => {
            let (up, down) = (key(Action::Previous), key(Action::Next));
            format!("Keys · {up} {down} scroll · {closes}")
        }
    };
    let inside = window(theme, &title, (WIDTH, height), area, buffer);
    let most = lines.len().saturating_sub(usize::from(inside.height));
    let first = usize::from(top).min(most);
    for (text, row) in lines.into_iter().skip(first).zip(0..inside.height) {
        line(buffer, inside, row, text);
    }
}

/// The keys of an action in as many rows as they take; the way to what has none.
fn keys(model: &Model, action: Action, room: usize) -> Vec<String> {
    let mut rows = vec![String::new()];
    for key in model.keymap.told(action) {
        let last = rows.len() - 1;
        match wrap::width(&rows[last]) + 1 + wrap::width(&key) {
            _ if rows[last].is_empty() => rows[last] = key,
            width if width <= room => rows[last] = format!("{} {key}", rows[last]),
            _ => rows.push(key),
        }
    }
    // The palette has nothing of what moves a cursor.
    if rows[0].is_empty() && action.context() != Context::Line {
        rows[0] = format!("{} {}", model.keymap.key(Action::Palette), action.name());
    }
    rows
}

fn lines(model: &Model) -> Vec<Line<'static>> {
    let theme = model.theme;
    let wide = match model.size.0 < NARROW {
        true => FEW_KEYS,
        false => KEYS,
    };
    let whole = usize::from(WIDTH.min(model.size.0.saturating_sub(2)));
    let room = whole.saturating_sub(wide + 7).max(1);
    let mut lines = Vec::new();
    let put = |lines: &mut Vec<_>, left: &[String], about: &str| {
        let about = wrap::wrap(about, room);
        for row in 0..left.len().max(about.len()) {
            let of = |texts: &[String]| texts.get(row).cloned().unwrap_or_default();
            let left = wrap::pad(&of(left), wide);
            lines.push(Line::from(vec![
                Span::styled(format!("  {left} "), theme.key()),
                Span::raw(of(&about)),
            ]));
        }
    };
    for context in Context::ALL {
        lines.push(Line::styled(context.title(), theme.strong()));
        let actions = Action::ALL.iter().copied();
        for action in actions.filter(|action| action.context() == *context) {
            let keys = keys(model, action, wide);
            put(&mut lines, &keys, action.description());
        }
        lines.push(Line::default());
    }
    lines.push(Line::styled("Signs", theme.strong()));
    for (sign, about) in SIGNS {
        put(&mut lines, &[(*sign).to_owned()], about);
    }
    lines
}
