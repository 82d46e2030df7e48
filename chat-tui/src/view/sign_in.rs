//! The form for signing in, or for making an account.

use super::{field, line, status, window};
use crate::{
    action::Action,
    model::{Model, SignIn, SignInField},
    wrap,
};
use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    text::Line,
};

/// Gives where the cursor stands.
pub(super) fn draw(model: &Model, form: &SignIn, buffer: &mut Buffer) -> Option<Position> {
    let theme = model.theme;
    let area = buffer.area;
    let title = match form.register {
        true => "chat · make an account",
        false => "chat · sign in",
    };
    let inside = window(theme, title, (64, 11), area, buffer);
    let mut cursor = None;
    for (which, row) in form.fields().iter().zip(1..) {
        let focused = form.focus == *which;
        let style = match focused {
            true => theme.strong(),
            false => theme.faint(),
        };
        let label = match (which, form.register) {
            (SignInField::Server, _) => "server",
            (SignInField::Name, false) => "user or email",
            (SignInField::Name, true) => "username",
            (SignInField::Email, _) => "email",
            (SignInField::Password, _) => "password",
        };
        let mark = if focused { ">" } else { " " };
        line(
            buffer,
            inside,
            row,
            Line::styled(format!("{mark} {label}"), style),
        );
        let input = Rect {
            x: inside.x + 16,
            y: inside.y + row,
            width: inside.width.saturating_sub(16),
            height: u16::from(row < inside.height),
        };
        let at = field(form.field(*which), input, buffer);
        if focused {
            cursor = at;
        }
    }
    draw_outcome(model, form, inside, buffer);
    let hints = Rect {
        y: area.bottom() - 1,
        height: 1,
        ..area
    };
    if model.popup.is_some() {
        status::draw_hints(model, hints, buffer);
        return None;
    }
    let mut actions = match form.busy {
        true => Vec::new(),
        false => vec![Action::Accept, Action::Next, Action::ToggleRegister],
    };
    // Where somebody is signed in, there is something to go back to; what waits can be given up.
    actions.extend((form.busy || model.account.is_some()).then_some(Action::Dismiss));
    actions.extend([Action::Help, Action::Quit]);
    status::hints(model, &actions, hints, buffer);
    cursor.filter(|_| !form.busy)
}

fn draw_outcome(model: &Model, form: &SignIn, inside: Rect, buffer: &mut Buffer) {
    let theme = model.theme;
    let (say, style) = match (&form.error, form.busy) {
        (_, true) => ("asking the server…", theme.faint()),
        (Some(error), false) => (error.as_str(), theme.bad()),
        (None, false) => return,
    };
    let lines = wrap::wrap(say, usize::from(inside.width));
    for (row, text) in (6..).zip(lines) {
        line(buffer, inside, row, Line::styled(text, style));
    }
}
