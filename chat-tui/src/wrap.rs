//! Breaking text into lines that fit, measured in terminal cells as ratatui will draw them.
//!
//! Graphemes are never split, so an emoji made of several characters stays whole. Leading spaces stay: they may be code.

use ratatui::buffer::CellWidth;
use unicode_segmentation::UnicodeSegmentation;

/// The cells that a text takes.
pub(crate) fn width(text: &str) -> usize {
    text.graphemes(true).map(cells).sum()
}

/// The lines of a text, none wider than `width`. Breaks after spaces and wide characters, else anywhere.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(2);
    text.split('\n')
        .flat_map(|line| wrap_line(line, width))
        .collect()
}

/// The beginning of a text that fits, with an ellipsis where something is left out.
pub(crate) fn fit(text: &str, room: usize) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        used += cells(grapheme);
        if used + 1 > room {
            break;
        }
        out.push_str(grapheme);
    }
    if room > 0 {
        out.push('…');
    }
    out
}

/// [`fit`], then spaces up to `room`.
pub(crate) fn pad(text: &str, room: usize) -> String {
    let mut out = fit(text, room);
    let rest = room.saturating_sub(width(&out));
    out.extend(std::iter::repeat_n(' ', rest));
    out
}

fn wrap_line(line: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut current = String::new();
    let mut used = 0;
    // Where the line may be broken: the byte and the cells before it.
    let mut gap: Option<(usize, usize)> = None;
    for grapheme in line.graphemes(true) {
        let wide = cells(grapheme);
        let blank = grapheme.chars().all(char::is_whitespace);
        if used + wide > width {
            // A space that does not fit hangs over the edge: it is not seen there, and must not begin the next line.
            if blank {
                gap = Some((current.len(), used));
                continue;
            }
            let (at, before) = gap
                .take()
                .filter(|(at, _)| *at > 0)
                .unwrap_or((current.len(), used));
            let rest = current.split_off(at);
            lines.push(std::mem::replace(&mut current, rest));
            used -= before;
        }
        if wide > 1 && !current.is_empty() {
            gap = Some((current.len(), used));
        }
        current.push_str(grapheme);
        used += wide;
        if blank || wide > 1 {
            gap = Some((current.len(), used));
        }
    }
    lines.push(current);
    lines
}

fn cells(grapheme: &str) -> usize {
    if grapheme.contains(char::is_control) {
        return 0;
    }
    usize::from(grapheme.cell_width())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_whole_where_they_can() {
        assert_eq!(wrap("the quick brown", 9), ["the quick", "brown"]);
        assert_eq!(wrap("the  quick", 6), ["the  ", "quick"]);
        assert_eq!(wrap("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(wrap("  code\n\nx", 8), ["  code", "", "x"]);
    }

    #[test]
    fn no_line_is_wider_than_asked_and_nothing_is_lost() {
        for text in [
            "漢字かな交じり文",
            "a👩\u{200d}🚀b👩\u{200d}🚀c",
            "e\u{301}e\u{301}e\u{301}e\u{301}",
            "mixed 漢字 and words",
        ] {
            for room in 2..12 {
                let lines = wrap(text, room);
                assert!(lines.iter().all(|line| width(line) <= room), "{lines:?}");
                let squeeze = |t: &str| t.replace(' ', "");
                assert_eq!(squeeze(&lines.concat()), squeeze(text));
            }
        }
    }

    #[test]
    fn what_does_not_fit_ends_in_an_ellipsis() {
        assert_eq!(fit("abcdef", 4), "abc…");
        assert_eq!(fit("漢字漢字", 4), "漢…");
        assert_eq!(pad("漢字漢字", 4), "漢… ");
        assert_eq!(pad("ab", 4), "ab  ");
        assert_eq!(fit("abc", 0), "");
    }
}
