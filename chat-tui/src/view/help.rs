//! All keys, by where they work.

use super::{line, window};
use crate::{action::Action, keymap::Context, model::Model, wrap};
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

pub(super) fn draw(model: &Model, top: u16, area: Rect, buffer: &mut Buffer) {
    let theme = model.theme;
    let lines = lines(model);
    let height = u16::try_from(lines.len())
        .unwrap_or(u16::MAX)
        .saturating_add(2);
    let title = format!(
        "Keys · ↑↓ scroll · {} closes",
        model.keymap.key(Action::Dismiss)
    );
    let inside = window(theme, &title, (74, height), area, buffer);
    let most = lines.len().saturating_sub(usize::from(inside.height));
    let first = usize::from(top).min(most);
    for (text, row) in lines.into_iter().skip(first).zip(0..inside.height) {
        line(buffer, inside, row, text);
    }
}

fn lines(model: &Model) -> Vec<Line<'static>> {
    let theme = model.theme;
    let mut lines = Vec::new();
    for context in Context::ALL {
        if !lines.is_empty() {
            lines.push(Line::default());
        }
        lines.push(Line::styled(context.title(), theme.strong()));
        for action in Action::ALL
            .iter()
            .copied()
            .filter(|a| a.context() == *context)
        {
            let keys: Vec<_> = model
                .keymap
                .keys(action)
                .map(|key| key.to_string())
                .collect();
            let keys = wrap::pad(&keys.join(" "), 20);
            lines.push(Line::from(vec![
                Span::styled(format!("  {keys} "), theme.key()),
                Span::raw(action.description()),
            ]));
        }
    }
    lines
}
