//! A list to choose from: what is typed above it, what is chosen in reverse.

use super::{field, line, list::mark, window};
use crate::{
    model::{Choice, Model, Picker},
    wrap,
};
use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    text::{Line, Span},
};

/// Gives where the cursor stands.
pub(super) fn draw(
    model: &Model,
    picker: &Picker,
    area: Rect,
    buffer: &mut Buffer,
) -> Option<Position> {
    let theme = model.theme;
    let matches = picker.matches();
    let height = u16::try_from(picker.choices.len())
        .unwrap_or(u16::MAX)
        .clamp(13, 21);
    let inside = window(theme, &picker.title, (74, height + 3), area, buffer);
    let input = Rect {
        height: 1.min(inside.height),
        ..inside
    };
    line(buffer, input, 0, Line::styled(">", theme.key()));
    let typed = Rect {
        x: input.x + 2,
        width: input.width.saturating_sub(2),
        ..input
    };
    let cursor = field(&picker.filter, typed, buffer);
    let rows = Rect {
        y: inside.y + 1,
        height: inside.height.saturating_sub(1),
        ..inside
    };
    if matches.is_empty() {
        let say = wrap::fit(&picker.nothing, usize::from(rows.width));
        line(buffer, rows, 0, Line::styled(say, theme.faint()));
    }
    let height = usize::from(rows.height).max(1);
    let first = (picker.selected + 1).saturating_sub(height);
    for ((at, choice), row) in matches.iter().enumerate().skip(first).zip(0..rows.height) {
        line(
            buffer,
            rows,
            row,
            choice_line(model, choice, usize::from(rows.width)),
        );
        if at == picker.selected {
            let whole = Rect {
                y: rows.y + row,
                height: 1,
                ..rows
            };
            buffer.set_style(whole, theme.selected());
        }
    }
    cursor
}

fn choice_line(model: &Model, choice: &Choice, width: usize) -> Line<'static> {
    let theme = model.theme;
    let (mark, style) = mark(model, choice.mark);
    let mark = if mark.is_empty() {
        String::new()
    } else {
        format!("{mark} ")
    };
    let badge = wrap::fit(&choice.badge, width / 2);
    let room = width.saturating_sub(wrap::width(&mark) + wrap::width(&badge) + 1);
    let label = wrap::fit(&choice.label, room);
    let rest = room.saturating_sub(wrap::width(&label));
    let detail = match choice.detail.is_empty() || rest < 4 {
        true => " ".repeat(rest),
        false => wrap::pad(&format!("  {}", choice.detail), rest),
    };
    Line::from(vec![
        Span::styled(mark, style),
        Span::raw(label),
        Span::styled(detail, theme.faint()),
        Span::raw(" "),
        Span::styled(badge, theme.unread()),
    ])
}
