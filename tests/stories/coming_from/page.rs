//! Reads the tables of the page. It knows nothing of what they say.

const PAGE: &str = include_str!("../../../docs/coming-from.md");

/// A row of a table whose middle column is called *Here*.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Row {
    /// The heading of the system.
    pub(super) system: &'static str,
    /// The heading below it; empty before the first.
    pub(super) part: &'static str,
    pub(super) there: &'static str,
    pub(super) here: &'static str,
    pub(super) note: &'static str,
}

impl Row {
    /// What is written as code of theirs.
    pub(super) fn theirs(&self) -> impl Iterator<Item = &'static str> {
        codes(self.there)
    }

    /// What is written as code of ours.
    pub(super) fn ours(&self) -> impl Iterator<Item = &'static str> {
        codes(self.here)
    }
}

/// Everything between backticks.
fn codes(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.split('`').skip(1).step_by(2)
}

/// The names in the query of a call: `GET /search?q=&sender_id=`.
pub(super) fn queried(call: &'static str) -> impl Iterator<Item = &'static str> {
    let (_, query) = call.split_once('?').unwrap_or_default();
    query
        .split('&')
        .filter_map(|pair| pair.split('=').next())
        .filter(|name| !name.is_empty())
}

/// What is written as code in the notes, and outside of the tables.
pub(super) fn told() -> impl Iterator<Item = &'static str> {
    let notes = rows().into_iter().map(|row| row.note);
    let text = PAGE.lines().filter(|line| !line.starts_with('|'));
    notes.chain(text).flat_map(codes)
}

/// Every such row.
pub(super) fn rows() -> Vec<Row> {
    let (mut system, mut part, mut within) = ("", "", false);
    let mut rows = Vec::new();
    for line in PAGE.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            (system, part) = (heading, "");
        } else if let Some(heading) = line.strip_prefix("### ") {
            part = heading;
        }
        let Some(cells) = cells(line) else {
            within = false;
            continue;
        };
        match cells.as_slice() {
            [_, "Here", _] => within = true,
            [rule, ..] if rule.starts_with("---") => {}
            [there, here, note] if within => rows.push(Row {
                system,
                part,
                there,
                here,
                note,
            }),
            _ => assert!(!within, "three cells are expected: {line}"),
        }
    }
    rows
}

fn cells(line: &'static str) -> Option<Vec<&'static str>> {
    let line = line.strip_prefix('|')?.strip_suffix('|')?;
    Some(line.split('|').map(str::trim).collect())
}
