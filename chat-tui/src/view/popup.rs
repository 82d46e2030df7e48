//! Windows above the chat.

use super::{field, help, line, picture, status, window};
use crate::{
    action::Action,
    model::{EntryState, Form, Key, Model, Popup, Question, Reading},
    wrap,
};
use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    text::Line,
};

/// Gives where the cursor stands.
pub(super) fn draw(
    model: &Model,
    popup: &Popup,
    area: Rect,
    buffer: &mut Buffer,
) -> Option<Position> {
    match popup {
        Popup::Help { top } => help::draw(model, *top, area, buffer),
        Popup::Pick(picker) => return super::picker::draw(model, picker, area, buffer),
        Popup::Form(form) => return draw_form(model, form, area, buffer),
        Popup::Ask(question) => draw_question(model, question, area, buffer),
        Popup::Read(reading) => draw_reading(model, reading, area, buffer),
        Popup::Picture(picture) => picture::draw(model, picture, area, buffer),
    }
    None
}

fn draw_form(model: &Model, form: &Form, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    let theme = model.theme;
    let lines = u16::try_from(form.fields.len()).unwrap_or(1);
    let inside = window(theme, form.title, (66, lines + 6), area, buffer);
    let room = usize::from(inside.width);
    let mut cursor = None;
    for ((at, (label, input)), row) in form.fields.iter().enumerate().zip(0..) {
        let focused = at == form.focus;
        let style = if focused {
            theme.strong()
        } else {
            theme.faint()
        };
        line(
            buffer,
            inside,
            row,
            Line::styled(wrap::fit(label, 8), style),
        );
        let place = Rect {
            x: inside.x + 9,
            y: inside.y + row,
            width: inside.width.saturating_sub(9),
            height: u16::from(row < inside.height),
        };
        let stands = field(input, place, buffer);
        if focused {
            cursor = stands;
        }
    }
    let options = form.options.join("  ");
    let (say, style) = match (&form.error, form.busy) {
        (Some(error), _) => (error.as_str(), theme.bad()),
        (None, true) => ("asking the server…", theme.faint()),
        (None, false) if !form.options.is_empty() => (options.as_str(), theme.strong()),
        (None, false) => (form.hint.as_str(), theme.faint()),
    };
    for (row, text) in (lines + 1..).zip(wrap::wrap(say, room)) {
        line(buffer, inside, row, Line::styled(text, style));
    }
    cursor.filter(|_| !form.busy)
}

fn draw_question(model: &Model, question: &Question, area: Rect, buffer: &mut Buffer) {
    let theme = model.theme;
    let (title, text) = asked(model, question);
    let inside = window(theme, title, (54, 5), area, buffer);
    let text = wrap::fit(&text, usize::from(inside.width));
    line(buffer, inside, 0, Line::raw(text));
    let keys = Rect {
        y: inside.y + 2,
        height: inside.height.saturating_sub(2).min(1),
        ..inside
    };
    status::hints(model, &[Action::Yes, Action::No], keys, buffer);
}

/// What a question says: its title, and what it is about.
fn asked(model: &Model, question: &Question) -> (&'static str, String) {
    match question {
        Question::Discard(_, client_id) => {
            let key = Key::Echo(client_id.clone());
            let entry = model.thread.as_ref().and_then(|thread| thread.entry(&key));
            (
                "Throw away what is not sent?",
                entry.map_or_else(
                    || "it is gone".to_owned(),
                    |entry| entry.text.replace('\n', " "),
                ),
            )
        }
        Question::Delete(id) => {
            let mut entries = model.thread.iter().flat_map(|thread| thread.entries());
            let entry = entries.find(
                |entry| matches!(entry.state, EntryState::Stored { id: known, .. } if known == *id),
            );
            let text = entry.map(|entry| entry.shown_text().replace('\n', " "));
            (
                "Delete this message for everyone?",
                text.unwrap_or_default(),
            )
        }
        Question::SignOut => {
            let lost = match model.waiting {
                0 => "to come back you need your password",
                _ => "what waits to be sent is lost",
            };
            ("Sign out?", lost.to_owned())
        }
        Question::Leave(_) => (
            "Leave this conversation?",
            "you will see nothing of it any more".to_owned(),
        ),
        Question::Remove { name, .. } => ("Take out of the conversation?", name.clone()),
        Question::Block(_, name) => (
            "Block this person?",
            format!("{name} can write to you no more, and is not told why"),
        ),
        Question::EndSession(_, name) => ("Sign out there?", name.clone()),
        Question::EndOthers(sessions) => (
            "Sign out everywhere else?",
            match sessions.len() {
                1 => "1 device: only this one stays".to_owned(),
                count => format!("{count} devices: only this one stays"),
            },
        ),
        Question::Paste(text) => {
            let first = text.lines().next().unwrap_or_default();
            let count = text.trim_end().lines().count();
            (
                "Paste this?",
                format!("{count} lines: {}", chat_core::text::inert_line(first)),
            )
        }
    }
}

fn draw_reading(model: &Model, reading: &Reading, area: Rect, buffer: &mut Buffer) {
    let width = help::reading_width(area.width);
    let lines = help::reading_lines(reading, area.width);
    let height = u16::try_from(lines.len())
        .unwrap_or(u16::MAX)
        .saturating_add(2);
    let inside = window(model.theme, &reading.title, (width, height), area, buffer);
    let most = lines.len().saturating_sub(usize::from(inside.height));
    let first = usize::from(reading.top).min(most);
    for (text, row) in lines.into_iter().skip(first).zip(0..inside.height) {
        line(buffer, inside, row, Line::raw(text));
    }
}
