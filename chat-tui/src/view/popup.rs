//! Windows above the chat.

use super::{field, help, line, list::presence_mark, status, window};
use crate::{
    action::Action,
    model::{Model, NewConversation, Popup, Question, Switch},
    wrap,
};
use chat_core::ConversationKind;
use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    text::{Line, Span},
};

/// Gives where the cursor stands.
pub(super) fn draw(
    model: &Model,
    popup: &Popup,
    area: Rect,
    buffer: &mut Buffer,
) -> Option<Position> {
    match popup {
        Popup::Help { top } => {
            help::draw(model, *top, area, buffer);
            None
        }
        Popup::Switch(switch) => draw_switch(model, switch, area, buffer),
        Popup::New(new) => draw_new(model, new, area, buffer),
        Popup::Ask(question) => {
            draw_question(model, *question, area, buffer);
            None
        }
    }
}

fn draw_switch(
    model: &Model,
    switch: &Switch,
    area: Rect,
    buffer: &mut Buffer,
) -> Option<Position> {
    let theme = model.theme;
    let inside = window(theme, "Jump to", (60, 16), area, buffer);
    let input = Rect {
        height: 1,
        ..inside
    };
    let cursor = field(&switch.filter, input, buffer);
    let rows = Rect {
        y: inside.y + 1,
        height: inside.height.saturating_sub(1),
        ..inside
    };
    let matches = switch.matches(&model.list);
    if matches.is_empty() {
        line(
            buffer,
            rows,
            0,
            Line::styled("nothing matches", theme.faint()),
        );
    }
    let height = usize::from(rows.height).max(1);
    let first = (switch.selected + 1).saturating_sub(height);
    for ((at, found), row) in matches.iter().enumerate().skip(first).zip(0..rows.height) {
        let (mark, style) = match found.kind {
            ConversationKind::Group => ("#", theme.faint()),
            ConversationKind::Channel => ("»", theme.faint()),
            ConversationKind::Direct => presence_mark(model, found.presence),
        };
        let badge = match found.unread {
            0 => String::new(),
            unread => format!(" {unread}"),
        };
        let room = usize::from(rows.width).saturating_sub(2 + wrap::width(&badge));
        let spans = vec![
            Span::styled(format!("{mark} "), style),
            Span::raw(wrap::pad(&found.title, room)),
            Span::styled(badge, theme.unread()),
        ];
        line(buffer, rows, row, Line::from(spans));
        if at == switch.selected {
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

fn draw_new(
    model: &Model,
    new: &NewConversation,
    area: Rect,
    buffer: &mut Buffer,
) -> Option<Position> {
    let theme = model.theme;
    let inside = window(theme, "New conversation", (60, 8), area, buffer);
    let say = "usernames with spaces between; # and a title for a group";
    let room = usize::from(inside.width);
    line(
        buffer,
        inside,
        0,
        Line::styled(wrap::fit(say, room), theme.faint()),
    );
    let input = Rect {
        y: inside.y + 1,
        height: 1.min(inside.height.saturating_sub(1)),
        ..inside
    };
    let cursor = field(&new.input, input, buffer);
    match (&new.error, new.busy) {
        (Some(error), _) => {
            for (row, text) in (3..).zip(wrap::wrap(error, room)) {
                line(buffer, inside, row, Line::styled(text, theme.bad()));
            }
        }
        (None, true) => line(
            buffer,
            inside,
            3,
            Line::styled("asking the server…", theme.faint()),
        ),
        (None, false) => {
            let example = "for example: bo    or: bo cy # Release 2.4";
            line(
                buffer,
                inside,
                3,
                Line::styled(wrap::fit(example, room), theme.faint()),
            );
        }
    }
    cursor
}

fn draw_question(model: &Model, question: Question, area: Rect, buffer: &mut Buffer) {
    let theme = model.theme;
    let (title, text) = match question {
        Question::Delete(id) => {
            let thread = model.thread.as_ref();
            let text = thread.and_then(|thread| {
                let mut entries = thread.entries();
                entries.find_map(|entry| match entry.state {
                    crate::model::EntryState::Stored { id: known, .. } if known == id => {
                        Some(entry.text.replace('\n', " "))
                    }
                    _ => None,
                })
            });
            (
                "Delete this message for everyone?",
                text.unwrap_or_default(),
            )
        }
        Question::SignOut => ("Sign out?", "what waits to be sent is lost".to_owned()),
    };
    let inside = window(theme, title, (50, 5), area, buffer);
    let text = wrap::fit(&text, usize::from(inside.width));
    line(buffer, inside, 0, Line::raw(text));
    let keys = Rect {
        y: inside.y + 2,
        height: inside.height.saturating_sub(2).min(1),
        ..inside
    };
    status::hints(model, &[Action::Yes, Action::No], keys, buffer);
}
