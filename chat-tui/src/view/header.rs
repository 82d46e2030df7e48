//! The first row: what is open, how much is unread, how the connection is.

use super::line;
use crate::{
    model::{Connection, Model},
    theme::Theme,
    wrap,
};
use chat_core::{ConversationKind, text::inert_line};
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

pub(super) fn draw(model: &Model, area: Rect, buffer: &mut Buffer) {
    let theme = model.theme;
    let (mark, word, style) = connection(model, theme);
    let mut right = Vec::new();
    match model.unread_total() {
        0 => {}
        unread => right.push(Span::styled(format!("{unread} unread  "), theme.unread())),
    }
    if model.waiting > 0 {
        right.push(Span::styled(
            format!("{} queued  ", model.waiting),
            theme.waiting(),
        ));
    }
    right.push(Span::styled(format!("{mark} {word} "), style));
    let right = Line::from(right);
    let right_width = u16::try_from(right.width()).unwrap_or(area.width);
    let room = usize::from(area.width.saturating_sub(right_width + 2));
    line(buffer, area, 0, left(model, room));
    let at = area.width.saturating_sub(right_width);
    let rest = Rect {
        x: area.x + at,
        width: area.width - at,
        ..area
    };
    line(buffer, rest, 0, right);
}

fn left(model: &Model, room: usize) -> Line<'static> {
    let theme = model.theme;
    let here = model.account.as_ref().map_or_else(
        || "chat".to_owned(),
        |account| format!("{} · {}", inert_line(&account.username), account.server),
    );
    let Some(thread) = &model.thread else {
        return Line::styled(wrap::fit(&format!(" {here}"), room), theme.strong());
    };
    let mark = match thread.kind {
        ConversationKind::Direct => "",
        ConversationKind::Group => "# ",
        ConversationKind::Channel => "» ",
    };
    let title = wrap::fit(&format!(" {mark}{}", thread.title), room);
    let mut left = room - wrap::width(&title);
    let mut spans = vec![Span::styled(title, theme.strong())];
    let about = match thread.about.is_empty() {
        true => String::new(),
        false => format!(" — {}", thread.about),
    };
    for more in [about, format!("  {here}")] {
        // A word cut to a few letters says nothing.
        if left >= 12 && !more.trim().is_empty() {
            let more = wrap::fit(&more, left);
            left -= wrap::width(&more);
            spans.push(Span::styled(more, theme.faint()));
        }
    }
    Line::from(spans)
}

fn connection(model: &Model, theme: Theme) -> (&'static str, String, Style) {
    match &model.connection {
        Connection::Idle => ("○", "offline".to_owned(), theme.waiting()),
        Connection::Connecting => ("◌", "connecting…".to_owned(), theme.waiting()),
        Connection::CatchingUp => ("◌", "catching up…".to_owned(), theme.waiting()),
        Connection::Online => ("●", "online".to_owned(), theme.good()),
        Connection::Waiting { until, .. } => {
            let seconds = (until.since_ms(model.now).max(0) + 999) / 1_000;
            ("○", format!("reconnecting in {seconds} s"), theme.waiting())
        }
        Connection::Stopped { .. } => ("✗", "disconnected".to_owned(), theme.bad()),
    }
}
