//! The line above the draft, and the draft.

use super::{line, text_area};
use crate::{
    action::Action,
    model::{COMPOSER_INDENT, Model},
    wrap,
};
use chat_core::Limits;
use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    text::{Line, Span},
};

/// From so many characters before the limit on, the count is shown.
const COUNT_BEFORE: usize = 500;

pub(super) fn draw_rule(model: &Model, area: Rect, buffer: &mut Buffer) {
    if model.thread.is_none() {
        return;
    }
    let theme = model.theme;
    let limit = Limits::MESSAGE_CHARS as usize;
    let written = match model.may_write() {
        true => model.composer.text().chars().count(),
        false => 0,
    };
    let count = match written + COUNT_BEFORE > limit {
        true => format!(" {written} of {limit} "),
        false => hidden_lines(model),
    };
    let ends = wrap::width(&count) + 2;
    let label = label(model, usize::from(area.width).saturating_sub(ends));
    let used = wrap::width(&label) + wrap::width(&count) + 2;
    let rest = usize::from(area.width).saturating_sub(used);
    let count_style = match written > limit {
        true => theme.bad(),
        false => theme.faint(),
    };
    let spans = vec![
        Span::styled("─", theme.faint()),
        Span::styled(label, theme.strong()),
        Span::styled("─".repeat(rest), theme.faint()),
        Span::styled(count, count_style),
        Span::styled("─", theme.faint()),
    ];
    line(buffer, area, 0, Line::from(spans));
}

/// Which line of how many one is in, where not all of them are seen.
fn hidden_lines(model: &Model) -> String {
    let composer = model.panes().composer;
    let room = composer.width.saturating_sub(COMPOSER_INDENT);
    if !model.may_write() || model.composer.rows(room) <= composer.height {
        return String::new();
    }
    let area = model.composer.area();
    format!(" line {} of {} ", area.cursor().0 + 1, area.lines().len())
}

/// What the line says: what is edited or answered, or what the word before the cursor may become.
fn label(model: &Model, room: usize) -> String {
    let cancels = model.keymap.key(Action::SelectMode);
    let options = match model.selected {
        None if model.may_write() && model.composer.is_naming() => {
            model.composer.options(&model.names())
        }
        _ => Vec::new(),
    };
    let named = match options.is_empty() {
        true => String::new(),
        false => {
            let key = model.keymap.key(Action::Complete);
            format!(" {key}: {} ", options.join("  "))
        }
    };
    let label = match (model.composer.editing(), &model.selected, &model.reply) {
        // What Enter will do is said all the same.
        (Some(_), ..) if !named.is_empty() => format!(" editing · {cancels} cancels ·{named}"),
        (None, None, Some(_)) if !named.is_empty() => format!(" answering ·{named}"),
        _ if !named.is_empty() => named,
        (Some(_), ..) => format!(" editing a message · {cancels} cancels "),
        (None, Some(_), _) => " messages ".to_owned(),
        (None, None, Some((_, said))) => {
            let end = format!(" · {cancels} cancels ");
            let begin = format!(" answering {said}");
            let room = room.saturating_sub(wrap::width(&end));
            format!("{}{end}", wrap::fit(&begin, room))
        }
        (None, None, None) => return String::new(),
    };
    wrap::fit(&label, room)
}

/// Gives where the cursor stands.
pub(super) fn draw(model: &Model, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    let thread = model.thread.as_ref().filter(|_| !area.is_empty())?;
    let theme = model.theme;
    if !model.may_write() {
        let hint = wrap::fit("only admins write here", usize::from(area.width));
        line(buffer, area, 0, Line::styled(hint, theme.faint()));
        return None;
    }
    let (mark, rest) = (
        COMPOSER_INDENT.min(area.width),
        area.width.saturating_sub(COMPOSER_INDENT),
    );
    line(buffer, area, 0, Line::styled(">", theme.key()));
    let inside = Rect {
        x: area.x + mark,
        width: rest,
        ..area
    };
    let cursor = text_area(model.composer.area(), inside, buffer);
    if model.composer.is_empty() && model.composer.editing().is_none() {
        let hint = format!("message to {}", thread.title);
        let hint = wrap::fit(&hint, usize::from(rest));
        line(buffer, inside, 0, Line::styled(hint, theme.faint()));
    }
    cursor.filter(|_| model.selected.is_none())
}
