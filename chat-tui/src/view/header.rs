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

/// What is open has at least so many columns, before the connection is told in words.
const TITLE: u16 = 12;

/// How much the right end of the row says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Room {
    /// Everything in words.
    Wide,
    /// The connection by its mark.
    Narrow,
    /// Numbers and marks.
    Tiny,
}

pub(super) fn draw(model: &Model, area: Rect, buffer: &mut Buffer) {
    let ends = [Room::Wide, Room::Narrow, Room::Tiny].map(|room| right(model, room));
    let fits = |end: &Line<'_>| end.width() + usize::from(TITLE) <= usize::from(area.width);
    let at = ends.iter().position(fits).unwrap_or(ends.len() - 1);
    let right = ends[at].clone();
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

/// What is unread, what is queued, and how the connection is: in words, or where there is no room for them by marks.
fn right(model: &Model, room: Room) -> Line<'static> {
    let theme = model.theme;
    let (mark, word, style) = connection(model, theme);
    let is_tiny = room == Room::Tiny;
    let mut spans = Vec::new();
    match model.unread_total() {
        0 => {}
        unread if is_tiny => spans.push(Span::styled(format!("{unread} "), theme.unread())),
        unread => spans.push(Span::styled(format!("{unread} unread  "), theme.unread())),
    }
    if model.waiting > 0 {
        let said = match is_tiny {
            true => format!("{}◷ ", model.waiting),
            false => format!("{} queued  ", model.waiting),
        };
        spans.push(Span::styled(said, theme.waiting()));
    }
    let said = match room {
        Room::Wide => format!("{mark} {word} "),
        Room::Narrow | Room::Tiny => format!("{mark} "),
    };
    spans.push(Span::styled(said, style));
    Line::from(spans)
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
        ConversationKind::Group | ConversationKind::Unknown => "# ",
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
