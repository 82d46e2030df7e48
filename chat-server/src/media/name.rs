//! What a file is called: made harmless when it comes, and written into a header when it goes. Never part of a path.

use chat_core::text;
use std::fmt::Write;

/// Bytes of a name.
const NAME_BYTES: usize = 255;
/// Bytes of an ending that a name too long keeps.
const ENDING_BYTES: usize = 16;

/// A name without path, line breaks, control or direction marks, of 1 to 255 bytes; `file` where nothing is left.
pub(crate) fn file_name(raw: &str) -> String {
    let line = text::inert_line(raw);
    let name = line.rsplit(['/', '\\']).next().unwrap_or_default().trim();
    if !text::is_visible(name) || name.bytes().all(|byte| byte == b'.') {
        return "file".to_owned();
    }
    if name.len() <= NAME_BYTES {
        return name.to_owned();
    }
    let dot = name
        .rfind('.')
        .filter(|dot| name.len() - dot <= ENDING_BYTES);
    let ending = dot.map_or("", |dot| &name[dot..]);
    let stem = &name[..name.floor_char_boundary(NAME_BYTES - ending.len())];
    format!("{}{ending}", stem.trim_end())
}

/// The header that says what a file is called, and whether a browser shows it or saves it (RFC 6266).
pub(crate) fn content_disposition(name: &str, is_shown: bool) -> String {
    let plain: String = name
        .chars()
        .map(|c| match c {
            '"' | '\\' | '%' => '_',
            ' '..='~' => c,
            _ => '_',
        })
        .collect();
    let what = if is_shown { "inline" } else { "attachment" };
    let mut header = format!("{what}; filename=\"{plain}\"; filename*=UTF-8''");
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            header.push(char::from(byte));
        } else {
            write!(header, "%{byte:02X}").expect("a string takes everything");
        }
    }
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_no_path_and_does_nothing() {
        for (raw, name) in [
            ("../../etc/passwd", "passwd"),
            ("C:\\me\\a.png", "a.png"),
            ("a\r\nSet-Cookie: b", "a Set-Cookie: b"),
            ("a\u{202e}gnp.exe", "agnp.exe"),
            ("\u{1b}[31mred", "[31mred"),
            ("..", "file"),
            ("a/", "file"),
            ("\u{200b}", "file"),
            ("", "file"),
            (".profile", ".profile"),
            ("Отчёт 1.pdf", "Отчёт 1.pdf"),
        ] {
            assert_eq!(file_name(raw), name, "{raw:?}");
        }
    }

    #[test]
    fn a_long_name_keeps_its_ending() {
        let name = file_name(&format!("{}.jpeg", "ж".repeat(300)));

        assert!(
            name.len() <= NAME_BYTES && name.len() > 240,
            "{}",
            name.len()
        );
        assert!(name.ends_with("ж.jpeg"));
    }

    #[test]
    fn a_header_stays_one_header() {
        let header = content_disposition("a\"b\r\n\\ж.txt", false);

        assert_eq!(
            header,
            "attachment; filename=\"a_b____.txt\"; filename*=UTF-8''a%22b%0D%0A%5C%D0%B6.txt"
        );
    }
}
