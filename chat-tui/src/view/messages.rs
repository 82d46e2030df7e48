//! The messages in view, their dividers, and what is shown in their place when there are none.

use super::line;
use crate::{
    model::{Entry, Item, Model, Older, Thread, Tone, body_indent, name_room},
    when, wrap,
};
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

pub(super) fn draw(model: &Model, area: Rect, buffer: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let Some(thread) = &model.thread else {
        return welcome(model, area, buffer);
    };
    if !thread.loaded {
        return line(
            buffer,
            area,
            0,
            Line::styled(" loading…", model.theme.faint()),
        );
    }
    let rows = thread.visible(model.room());
    // Few messages stand at the bottom, next to where one writes.
    let blank = usize::from(area.height) - rows.len().min(usize::from(area.height));
    for (at, row) in rows.iter().enumerate() {
        let y = u16::try_from(blank + at).unwrap_or(u16::MAX);
        let before = row.item.checked_sub(1).map(|item| &thread.items[item]);
        match &thread.items[row.item] {
            Item::Start => line(buffer, area, y, start(model, thread, area.width)),
            Item::Day(day, _) => {
                let today = when::day(model.now, &model.zone);
                let text = when::divider(*day, today);
                line(
                    buffer,
                    area,
                    y,
                    rule(&text, area.width, model.theme.faint()),
                );
            }
            Item::New(_) => {
                line(
                    buffer,
                    area,
                    y,
                    rule("new", area.width, model.theme.unread()),
                );
            }
            Item::Entry(entry) => {
                let follows = at > 0
                    && matches!(before, Some(Item::Entry(b)) if b.sender == entry.sender && !b.is_system());
                line(
                    buffer,
                    area,
                    y,
                    entry_line(model, entry, row.line, follows, area.width),
                );
                if model.selected.as_ref() == Some(&entry.key) {
                    let whole = Rect {
                        y: area.y + y,
                        height: 1,
                        ..area
                    };
                    buffer.set_style(whole, model.theme.selected());
                }
            }
        }
    }
}

fn welcome(model: &Model, area: Rect, buffer: &mut Buffer) {
    let theme = model.theme;
    let say = match (model.list.is_empty(), model.unread_total()) {
        (true, _) if !model.loaded => "loading…".to_owned(),
        (true, _) => "no conversations yet: Ctrl+G begins one".to_owned(),
        (false, 0) => "nothing is unread: Ctrl+N opens the newest conversation".to_owned(),
        (false, 1) => "1 unread message: Alt+A opens it".to_owned(),
        (false, unread) => format!("{unread} unread messages: Alt+A opens them"),
    };
    let room = usize::from(area.width.saturating_sub(2));
    for (row, text) in wrap::wrap(&say, room).into_iter().enumerate() {
        let row = area.height / 2 + u16::try_from(row).unwrap_or(0);
        line(
            buffer,
            area,
            row,
            Line::styled(format!(" {text}"), theme.faint()),
        );
    }
}

fn start(model: &Model, thread: &Thread, width: u16) -> Line<'static> {
    let (text, style) = match (&thread.older, thread.has_before) {
        (Older::Failed(why), true) => (
            format!("older messages failed to load: {why}"),
            model.theme.bad(),
        ),
        (_, true) => (
            "older messages are loading…".to_owned(),
            model.theme.faint(),
        ),
        (_, false) => (
            "beginning of the conversation".to_owned(),
            model.theme.faint(),
        ),
    };
    Line::styled(wrap::fit(&format!(" {text}"), usize::from(width)), style)
}

fn rule(text: &str, width: u16, style: Style) -> Line<'static> {
    let text = format!(" {text} ");
    let rest = usize::from(width).saturating_sub(wrap::width(&text));
    let left = "─".repeat(rest / 2);
    let right = "─".repeat(rest - rest / 2);
    Line::styled(format!("{left}{text}{right}"), style)
}

/// One line of a message: its time and sender before the first, the same room before the others.
fn entry_line(model: &Model, entry: &Entry, at: usize, follows: bool, width: u16) -> Line<'static> {
    let theme = model.theme;
    let mut spans = match at {
        0 => head(model, entry, follows, width).to_vec(),
        _ => vec![Span::raw(" ".repeat(usize::from(body_indent(width))))],
    };
    let wrapped = entry.wrapped(width);
    for (tone, text) in wrapped.lines.get(at).into_iter().flatten() {
        let style = match tone {
            Tone::Plain => theme.plain(),
            Tone::Faint => theme.faint(),
            Tone::Mention => theme.unread(),
            Tone::Bad => theme.bad(),
        };
        spans.push(Span::styled(text.clone(), style));
    }
    Line::from(spans)
}

/// When it was said, and by whom.
fn head(model: &Model, entry: &Entry, follows: bool, width: u16) -> [Span<'static>; 2] {
    let theme = model.theme;
    let (name, style) = match () {
        () if entry.is_system() => ("*", theme.faint()),
        () if follows => ("", theme.plain()),
        () if entry.mine => ("you", theme.strong()),
        () => (entry.name.as_str(), theme.person(entry.sender)),
    };
    let clock_style = match entry.names_me {
        true => theme.unread(),
        false => theme.faint(),
    };
    let room = usize::from(name_room(width));
    [
        Span::styled(entry.clock.clone(), clock_style),
        Span::styled(format!(" {}  ", wrap::pad(name, room)), style),
    ]
}
