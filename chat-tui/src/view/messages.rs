//! The messages in view, their dividers, and what is shown in their place when there are none.

use super::line;
use crate::{
    action::Action,
    model::{Entry, Item, Key, Model, Older, Receipt, Thread, Tone, body_indent, name_room},
    when, wrap,
};
use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::Style,
    text::{Line, Span},
};

/// The message that is drawn at a place on the screen.
pub fn message_at(model: &Model, at: Position) -> Option<Key> {
    let area = model.panes().messages;
    let thread = model.thread.as_ref()?;
    let rows = thread.visible(model.room());
    let blank = usize::from(area.height).checked_sub(rows.len())?;
    let nth = usize::from(at.y.checked_sub(area.y)?).checked_sub(blank)?;
    match &thread.items[rows.get(nth)?.item] {
        Item::Entry(entry) => Some(entry.key.clone()),
        _ => None,
    }
}

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
        let item = &thread.items[row.item];
        line(
            buffer,
            area,
            y,
            item_line(
                model,
                thread,
                item,
                (row.line, at == 0, before.filter(|_| at > 0)),
                area.width,
            ),
        );
        let key = model.selected.as_ref();
        if matches!(item, Item::Entry(entry) if key == Some(&entry.key)) {
            let whole = Rect {
                y: area.y + y,
                height: 1,
                ..area
            };
            buffer.set_style(whole, model.theme.selected());
        }
    }
}

/// A line of an item; what stands above it decides whether its sender is named again.
fn item_line(
    model: &Model,
    thread: &Thread,
    item: &Item,
    (at, is_first, above): (usize, bool, Option<&Item>),
    width: u16,
) -> Line<'static> {
    let theme = model.theme;
    match item {
        Item::Start => start(model, thread, width),
        Item::Gap(..) => rule("messages are missing here: loading…", width, theme.faint()),
        Item::Day(day, _) => {
            let today = when::day(model.now, &model.zone);
            rule(&when::divider(*day, today), width, theme.faint())
        }
        Item::New(_) => {
            let said = match thread.new_since() {
                Some((count, since)) => format!("{count} new since {since}"),
                None => "new".to_owned(),
            };
            rule(&said, width, theme.unread())
        }
        Item::Entry(entry) => {
            let follows =
                matches!(above, Some(Item::Entry(b)) if b.sender == entry.sender && !b.is_system());
            entry_line(model, entry, (at, is_first), follows, width)
        }
    }
}

fn welcome(model: &Model, area: Rect, buffer: &mut Buffer) {
    let theme = model.theme;
    let key = |action| model.keymap.key(action);
    let say = match (model.list.is_empty(), model.unread_total()) {
        (true, _) if !model.loaded => "loading…".to_owned(),
        (true, _) => format!(
            "no conversations yet: {} begins one",
            key(Action::NewConversation)
        ),
        (false, 0) => format!(
            "nothing is unread: {} opens the first conversation",
            key(Action::NextConversation)
        ),
        (false, 1) => format!("1 unread message: {} opens it", key(Action::NextUnread)),
        (false, unread) => format!(
            "{unread} unread messages: {} opens them",
            key(Action::NextUnread)
        ),
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
fn entry_line(
    model: &Model,
    entry: &Entry,
    (at, is_first): (usize, bool),
    follows: bool,
    width: u16,
) -> Line<'static> {
    let theme = model.theme;
    let mut spans = match at {
        0 => head(model, entry, follows, width).to_vec(),
        // In the first row that is seen it is said whose it is.
        _ if is_first => head(model, entry, false, width).to_vec(),
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
        () if follows => ("", theme.faint()),
        () if entry.mine => ("you", theme.strong()),
        () => (entry.name.as_str(), theme.person(entry.sender)),
    };
    let clock_style = match entry.names_me {
        true => theme.unread(),
        false => theme.faint(),
    };
    let room = usize::from(name_room(width));
    let me = model.account.as_ref().map(|account| account.me);
    let thread = model.thread.as_ref();
    let receipt = thread.and_then(|thread| thread.receipt(entry, me?));
    let name = match receipt {
        // One's own name is short: what became of the message stands behind it.
        Some(receipt) => {
            let mark = match receipt {
                Receipt::Stored => "",
                Receipt::Delivered => "✓",
                Receipt::Read => "✓✓",
            };
            format!("{}{}", wrap::pad(name, room - 2), wrap::pad(mark, 2))
        }
        None => wrap::pad(name, room),
    };
    [
        Span::styled(entry.clock.clone(), clock_style),
        Span::styled(format!(" {name}  "), style),
    ]
}
