//! The signs that the screen is drawn with, in letters that every terminal has.

use ratatui::buffer::Buffer;

/// Each sign and what stands for it.
const SIGNS: &[(&str, &str)] = &[
    ("─", "-"),
    ("│", "|"),
    ("╭", "+"),
    ("╮", "+"),
    ("╰", "+"),
    ("╯", "+"),
    ("●", "*"),
    ("◐", "~"),
    ("○", "o"),
    ("◌", "~"),
    ("✗", "x"),
    ("▌", ">"),
    ("»", ">"),
    ("✎", "d"),
    ("◷", "~"),
    ("✓", "v"),
    ("…", "."),
    ("·", "-"),
    ("↑", "^"),
    ("↓", "v"),
    ("←", "<"),
    ("→", ">"),
    ("↪", ">"),
    ("•", "*"),
    ("—", "-"),
    ("∅", "m"),
    ("┄", "."),
    ("▀", "#"),
];

/// Replaces every sign that is drawn with.
pub(crate) fn to_ascii(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        if let Some((_, plain)) = SIGNS.iter().find(|(sign, _)| *sign == cell.symbol()) {
            cell.set_symbol(plain);
        }
    }
}
