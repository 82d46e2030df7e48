//! Who is in the open group.

use super::{line, list::presence_mark};
use crate::{model::Model, wrap};
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

pub(super) fn draw(model: &Model, area: Rect, buffer: &mut Buffer) {
    let Some(thread) = model.thread.as_ref().filter(|_| !area.is_empty()) else {
        return;
    };
    let theme = model.theme;
    let title = match thread.member_count {
        1 => " 1 member".to_owned(),
        count => format!(" {count} members"),
    };
    line(buffer, area, 0, Line::styled(title, theme.faint()));
    let room = usize::from(area.width).saturating_sub(3);
    let me = model.account.as_ref().map(|account| account.me);
    for (person, row) in thread.members.iter().zip(1..) {
        let (mark, style) = match Some(person.id) == me {
            // One's own presence is not told; whoever reads this is here.
            true => presence_mark(model, Some(chat_core::PresenceState::Online)),
            false => presence_mark(model, Some(person.presence)),
        };
        let spans = vec![
            Span::styled(format!(" {mark} "), style),
            Span::raw(wrap::fit(&person.name, room)),
        ];
        line(buffer, area, row, Line::from(spans));
    }
    let shown = u32::try_from(thread.members.len()).unwrap_or(u32::MAX);
    if thread.member_count > shown {
        let more = format!("   and {} more", thread.member_count - shown);
        let row = u16::try_from(shown + 1).unwrap_or(u16::MAX);
        line(buffer, area, row, Line::styled(more, theme.faint()));
    }
}
