//! What text may do: nothing but be read.
//!
//! [`inert`] makes somebody's text safe for a terminal, a log or a notification; [`is_visible`] tells whether there is
//! anything to see. Stored text stays as it was written: it is made inert where it is shown.

use std::borrow::Cow;

/// Whether the text shows anything: not only white space, zero-width or other invisible characters.
pub fn is_visible(text: &str) -> bool {
    text.chars()
        .any(|c| !c.is_whitespace() && !c.is_control() && !is_invisible(c))
}

/// The text with everything removed that could act on a terminal or reorder what surrounds it: control characters
/// (C0, C1, ESC, DEL), bidirectional overrides and isolates, line and paragraph separators. Tabs become four spaces;
/// line breaks stay.
///
/// ```
/// assert_eq!(chat_core::text::inert("\u{1b}[31mred\u{202e}"), "[31mred");
/// ```
pub fn inert(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| c != '\n' && acts(c)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push('\n'),
            '\t' => out.push_str("    "),
            c if acts(c) => {}
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// [`inert`] on one line: line breaks become spaces. For names, titles, list rows and logs.
pub fn inert_line(text: &str) -> Cow<'_, str> {
    match inert(text) {
        text if text.contains('\n') => Cow::Owned(text.replace('\n', " ")),
        text => text,
    }
}

/// JSON with every character that acts written as an escape: the same JSON, and inert on a terminal.
///
/// ```
/// assert_eq!(chat_core::text::inert_json("\"a\u{9b}b\""), r#""a\u009bb""#);
/// ```
pub fn inert_json(json: &str) -> Cow<'_, str> {
    if !json
        .chars()
        .any(|c| !c.is_ascii_control() && acts(c) || c == '\u{7f}')
    {
        return Cow::Borrowed(json);
    }
    let mut out = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        // Below U+0020 JSON has only its own white space; inside texts it escapes those itself.
        match c {
            c if c < ' ' => out.push(c),
            c if acts(c) => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// The beginning of a text on one line, as a reply shows it.
pub fn excerpt(text: &str) -> String {
    let most = crate::Limits::EXCERPT_CHARS;
    let line = inert_line(text.trim());
    match line.char_indices().nth(most) {
        None => line.into_owned(),
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
    }
}

/// The usernames after `@` in a text, as they are spelled, each once: `@Ann` is `ann`, but the address `bob@ann.org` is
/// nobody's name. `all` is among them where `@all` was written.
///
/// ```
/// assert_eq!(chat_core::text::mentions("Hi @Ann and @bob. (not me@ann.org)"), ["ann", "bob"]);
/// ```
pub fn mentions(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut before = None;
    for (place, c) in text.char_indices() {
        let begins = c == '@'
            && before.is_none_or(|b: char| {
                b != '@' && (!crate::user::name::is_name_char(b) || matches!(b, '.' | '_' | '-'))
            });
        before = Some(c);
        if !begins {
            continue;
        }
        let rest = &text[place + 1..];
        let end = rest
            .find(|c| !crate::user::name::is_name_char(c))
            .unwrap_or(rest.len());
        // A full stop or dash at the end belongs to the sentence.
        let written = rest[..end].trim_end_matches(['.', '-', '_']);
        // Nobody is called `all`: as a username it is reserved.
        let name = match written.eq_ignore_ascii_case("all") {
            true => Some("all".to_owned()),
            false => crate::Username::parse(written).ok().map(String::from),
        };
        if let Some(name) = name.filter(|name| !names.contains(name)) {
            names.push(name);
        }
    }
    names
}

/// Characters that act instead of being shown.
pub(crate) fn acts(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{2028}' | '\u{2029}'
            | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Characters without a picture of their own (Unicode's Default_Ignorable_Code_Point and the blank letters).
pub(crate) fn is_invisible(c: char) -> bool {
    acts(c)
        || matches!(c, '\u{00ad}' | '\u{034f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{2800}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_after_an_at_sign_is_a_mention() {
        assert_eq!(
            mentions("@ann, @ann @Марина! @all... x@y @@no @ -@zoë-"),
            ["ann", "марина", "all", "zoë"]
        );
        assert!(mentions("no names here, @a").is_empty());
        assert_eq!(
            mentions("@ＡＮＮ @zoe\u{308} @ALL @аnn"),
            ["ann", "zoë", "all"]
        );
    }

    #[test]
    fn an_excerpt_is_one_short_inert_line() {
        assert_eq!(excerpt(" a\nb\u{202e} "), "a b");
        let long = excerpt(&"ж".repeat(500));
        assert_eq!(long.chars().count(), crate::Limits::EXCERPT_CHARS + 1);
    }

    #[test]
    fn only_invisible_text_is_not_visible() {
        for blank in [
            "",
            " \t\n",
            "\u{200b}\u{200d}",
            "\u{3164}",
            "\u{feff}",
            "\u{2800}",
            "\u{0}",
        ] {
            assert!(!is_visible(blank), "{blank:?}");
        }
        for seen in ["a", " . ", "👩\u{200d}🚀", "م"] {
            assert!(is_visible(seen), "{seen:?}");
        }
    }

    #[test]
    fn nothing_that_acts_is_left() {
        let wild = "a\u{1b}]52;c;aGk=\u{7}b\u{9b}31mc\u{202e}d\u{2066}e\u{85}f\u{2028}g\r\nh\ti";
        let tame = inert(wild);
        assert!(!tame.chars().any(|c| c != '\n' && acts(c)), "{tame:?}");
        assert_eq!(tame, "a]52;c;aGk=b31mcdefg\nh    i");
        assert_eq!(inert_line("a\nb"), "a b");
    }

    #[test]
    fn joined_emoji_and_right_to_left_letters_stay() {
        for text in ["👩\u{200d}🚀", "שלום", "e\u{301}"] {
            assert_eq!(inert(text), text);
        }
    }
}
