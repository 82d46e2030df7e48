//! Draws the model. Pure: the same model gives the same screen. Only what is in view is looked at.

mod composer;
mod header;
mod help;
mod list;
mod members;
mod messages;
mod picker;
mod picture;
mod popup;
mod sign_in;
mod status;

pub(crate) use help::farthest;
pub use list::conversation_at;
pub(crate) use list::top as list_top;
pub use messages::message_at;
pub use picture::placed_picture;
pub(crate) use picture::{KITTY_ID, on_black};

use crate::{
    layout::{self, SMALLEST},
    model::{Field, Model, Popup},
    theme::{Theme, to_ascii},
};
use chat_core::text;
use ratatui::{
    Frame,
    buffer::Buffer,
    layout::{Position, Rect},
    text::{Line, Span},
    widgets::{Block, BorderType, Clear, Paragraph, Widget},
};
use std::borrow::Cow;

/// Draws everything.
pub fn view(model: &Model, frame: &mut Frame) {
    let area = frame.area();
    if layout::is_too_small((area.width, area.height)) {
        let (columns, rows) = SMALLEST;
        let say = format!("terminal too small: {columns}x{rows} is needed");
        return frame.render_widget(Paragraph::new(say), area);
    }
    // The terminal has another size than the model heard of; the news is on its way, and so is another frame.
    if (area.width, area.height) != model.size {
        return;
    }
    frame.buffer_mut().set_style(area, model.theme.base());
    let mut cursor = match &model.sign_in {
        Some(form) => sign_in::draw(model, form, frame.buffer_mut()),
        None => {
            let panes = model.panes();
            let buffer = frame.buffer_mut();
            header::draw(model, panes.header, buffer);
            list::draw(model, panes.list, buffer);
            edge(model.theme, panes.list_edge, buffer);
            messages::draw(model, panes.messages, buffer);
            status::draw_typing(model, panes.typing, buffer);
            composer::draw_rule(model, panes.rule, buffer);
            edge(model.theme, panes.members_edge, buffer);
            members::draw(model, panes.members, buffer);
            status::draw_notice(model, panes.notice, buffer);
            status::draw_hints(model, panes.hints, buffer);
            composer::draw(model, panes.composer, buffer)
        }
    };
    if let Some(popup) = &model.popup {
        cursor = popup::draw(model, popup, beside(model, popup, area), frame.buffer_mut());
    }
    if model.theme.is_ascii() {
        to_ascii(frame.buffer_mut());
    }
    if let Some(cursor) = cursor {
        frame.set_cursor_position(cursor);
    }
}

/// Where a window may stand: half of a name beside it would be another's, so the members are left whole.
fn beside(model: &Model, popup: &Popup, area: Rect) -> Rect {
    let members = model.panes().members_edge;
    match popup {
        // The terminal itself may draw it, and wants to know where.
        Popup::Picture(_) => area,
        _ if model.sign_in.is_some() || members.is_empty() => area,
        _ => Rect {
            width: members.x - area.x,
            ..area
        },
    }
}

fn edge(theme: Theme, area: Rect, buffer: &mut Buffer) {
    for y in area.top()..area.bottom() {
        buffer.set_string(area.x, y, "│", theme.faint());
    }
}

/// A line at a row of an area; what does not fit is cut.
fn line<'a>(buffer: &mut Buffer, area: Rect, row: u16, line: impl Into<Line<'a>>) {
    if row < area.height {
        buffer.set_line(area.x, area.y + row, &line.into(), area.width);
    }
}

/// Where a window of this size stands in an area: in the middle.
fn window_frame(size: (u16, u16), area: Rect) -> Rect {
    let width = size.0.min(area.width.saturating_sub(2));
    let height = size.1.min(area.height.saturating_sub(2));
    Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 3,
        width,
        height,
    }
}

/// What is inside a window's frame, with a blank at each side.
fn inside(frame: Rect) -> Rect {
    Rect {
        x: frame.x + 2,
        y: frame.y + 1,
        width: frame.width.saturating_sub(4),
        height: frame.height.saturating_sub(2),
    }
}

/// A framed window in the middle; gives its inside.
fn window(theme: Theme, title: &str, size: (u16, u16), area: Rect, buffer: &mut Buffer) -> Rect {
    let frame = window_frame(size, area);
    // A wide character that begins just left of the window would reach into its frame.
    let cleared = Rect {
        x: frame.x.saturating_sub(1),
        width: frame.width + 2,
        ..frame
    };
    let cleared = cleared.intersection(area);
    Clear.render(cleared, buffer);
    buffer.set_style(cleared, theme.base());
    let block = Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(theme.faint())
        .title(Span::styled(format!(" {title} "), theme.strong()));
    block.render(frame, buffer);
    inside(frame)
}

/// A line to write into; gives where the cursor stands.
fn field(field: &Field, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    if area.is_empty() {
        return None;
    }
    text_area(field.area(), area, buffer)
}

/// What is edited or pasted is kept as it is; on the screen nothing of it may act.
fn keep_inert(area: Rect, buffer: &mut Buffer) {
    for at in area.intersection(buffer.area).positions() {
        let cell = &mut buffer[at];
        if let Cow::Owned(inert) = text::inert_line(cell.symbol()) {
            cell.set_symbol(if inert.is_empty() { " " } else { &inert });
        }
    }
}

fn text_area(
    widget: &ratatui_textarea::TextArea<'static>,
    area: Rect,
    buffer: &mut Buffer,
) -> Option<Position> {
    widget.render(area, buffer);
    keep_inert(area, buffer);
    let at = widget.screen_cursor();
    let (top, left) = widget.scroll_offset();
    let column = u16::try_from(at.col).ok()?.saturating_sub(left);
    let row = u16::try_from(at.row).ok()?.saturating_sub(top);
    Some(Position::new(
        area.x + column.min(area.width.saturating_sub(1)),
        area.y + row.min(area.height.saturating_sub(1)),
    ))
}

#[cfg(test)]
mod tests;
