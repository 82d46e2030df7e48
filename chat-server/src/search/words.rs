//! From text to words that can be compared: the same for what is stored and for what is asked.
//!
//! Case, width and diacritics make no difference. Scripts without spaces (Chinese, Japanese, Thai and others; Korean,
//! whose endings stick to the word, too) become single signs, and a word of them is found as signs in a row. What this
//! makes of a text is stored in the index: to change it takes a migration that empties `search`, `search_rows` and
//! `conversations.indexed_seq`.

use chat_core::Highlight;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};
use unicode_script::{Script, UnicodeScript};

/// Characters of a word; what is longer is the same as its beginning.
const WORD_MOST: usize = 64;

/// The words of a text, and where they stand in it.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Words {
    /// The words, with a space between each two.
    text: String,
    spans: Vec<Span>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    /// Bytes in the text of the words.
    from: usize,
    to: usize,
    /// Code points in the text they were made of.
    start: u32,
    end: u32,
}

/// What a character does in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Makes words together with others.
    Letter,
    /// Is a word by itself.
    Sign,
    /// Belongs to what stands before it.
    Mark,
    /// Is not seen: a word goes on behind it.
    Unseen,
    /// Stands between words.
    Gap,
}

impl Words {
    pub(crate) fn of(text: &str) -> Self {
        let mut words = Self::default();
        // The word that has begun: where, where it ends so far, whether more letters may follow.
        let mut open: Option<(u32, u32, bool)> = None;
        let mut raw = String::new();
        for (place, c) in (0..).zip(text.chars()) {
            let class = class(c);
            match (class, &mut open) {
                (Class::Unseen, _) | (Class::Mark | Class::Gap, None) => continue,
                (Class::Mark, Some((_, end, _))) | (Class::Letter, Some((_, end, true))) => {
                    *end = place + 1;
                }
                _ => {
                    words.close(&mut raw, open.take());
                    if class != Class::Gap {
                        open = Some((place, place + 1, class == Class::Letter));
                    }
                }
            }
            if class != Class::Gap {
                raw.push(c);
            }
        }
        words.close(&mut raw, open);
        words
    }

    fn close(&mut self, raw: &mut String, open: Option<(u32, u32, bool)>) {
        let Some((start, end, _)) = open else { return };
        let before = self.text.len();
        if before > 0 {
            self.text.push(' ');
        }
        let from = self.text.len();
        fold(raw, &mut self.text);
        raw.clear();
        let to = self.text.len();
        match from == to {
            true => self.text.truncate(before),
            false => self.spans.push(Span {
                from,
                to,
                start,
                end,
            }),
        }
    }

    /// All of them, with a space between each two.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn len(&self) -> usize {
        self.spans.len()
    }

    /// One of them, by its place.
    pub(crate) fn word(&self, place: usize) -> Option<&str> {
        let span = self.spans.get(place)?;
        self.text.get(span.from..span.to)
    }

    /// Where so many of them in a row stand in the text.
    pub(crate) fn stretch(&self, first: usize, count: usize) -> Option<Highlight> {
        let last = (first + count).checked_sub(1)?;
        Some(Highlight {
            start: self.spans.get(first)?.start,
            end: self.spans.get(last)?.end,
        })
    }
}

/// Whether the character is a word by itself.
pub(super) fn is_sign(c: char) -> bool {
    class(c) == Class::Sign
}

fn class(c: char) -> Class {
    if c.is_ascii() {
        return match c.is_ascii_alphanumeric() {
            true => Class::Letter,
            false => Class::Gap,
        };
    }
    match c {
        // Joiners, variation selectors, directions, fillers, the colours of emoji, the Arabic stretch.
        '\u{00ad}'
        | '\u{034f}'
        | '\u{061c}'
        | '\u{0640}'
        | '\u{115f}'
        | '\u{1160}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200c}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{1f3fb}'..='\u{1f3ff}'
        | '\u{e0000}'..='\u{e0fff}' => Class::Unseen,
        // Vowels and ends of Korean syllables written apart, and the dots of narrow Japanese letters.
        '\u{1161}'..='\u{11ff}' | '\u{d7b0}'..='\u{d7ff}' | '\u{ff9e}' | '\u{ff9f}' => Class::Mark,
        // Pictures, and the long vowel of Japanese.
        '\u{2600}'..='\u{27bf}'
        | '\u{2b00}'..='\u{2bff}'
        | '\u{1f000}'..='\u{1f0ff}'
        | '\u{1f1e6}'..='\u{1f1ff}'
        | '\u{1f300}'..='\u{1faff}'
        | '\u{30fc}'
        | '\u{ff70}' => Class::Sign,
        c if is_combining_mark(c) => Class::Mark,
        c if !c.is_alphanumeric() => Class::Gap,
        c if has_no_spaces(c.script()) => Class::Sign,
        _ => Class::Letter,
    }
}

fn has_no_spaces(script: Script) -> bool {
    use Script as S;
    matches!(
        script,
        S::Han
            | S::Hiragana
            | S::Katakana
            | S::Hangul
            | S::Bopomofo
            | S::Yi
            | S::Tangut
            | S::Nushu
            | S::Thai
            | S::Lao
            | S::Khmer
            | S::Myanmar
            | S::Tibetan
            | S::Javanese
            | S::Balinese
            | S::Tai_Le
            | S::New_Tai_Lue
            | S::Tai_Tham
            | S::Tai_Viet
    )
}

/// Writes a word as it is compared. What is left of ASCII are letters and digits: the index splits at all else of it.
fn fold(raw: &str, out: &mut String) {
    if raw.is_ascii() {
        out.extend(raw.chars().take(WORD_MOST).map(|c| c.to_ascii_lowercase()));
        return;
    }
    let mut plain = String::with_capacity(raw.len());
    let mut base = ' ';
    for c in raw.nfkd() {
        match is_combining_mark(c) {
            true if is_decoration(base, c) => {}
            true => plain.push(c),
            false => {
                base = c;
                c.to_lowercase().for_each(|c| push_plain(c, &mut plain));
            }
        }
    }
    let seen = |c: &char| c.is_ascii_alphanumeric() || !c.is_ascii() && !c.is_whitespace();
    out.extend(plain.nfc().filter(seen).take(WORD_MOST));
}

/// Whether the word is the same without the mark.
fn is_decoration(base: char, mark: char) -> bool {
    match base.script() {
        Script::Latin
        | Script::Greek
        | Script::Arabic
        | Script::Hebrew
        | Script::Syriac
        | Script::Common => true,
        // The stress, and ё; but й is a letter of its own.
        Script::Cyrillic => match mark {
            '\u{300}' | '\u{301}' => true,
            '\u{308}' => matches!(base, 'е' | 'Е'),
            _ => false,
        },
        _ => false,
    }
}

/// Letters that are written for others: by who has no such key, or in a neighbouring language.
fn push_plain(c: char, out: &mut String) {
    match c {
        'ß' => out.push_str("ss"),
        'æ' => out.push_str("ae"),
        'œ' => out.push_str("oe"),
        'þ' => out.push_str("th"),
        'ø' => out.push('o'),
        'ł' => out.push('l'),
        'đ' | 'ð' => out.push('d'),
        'ħ' => out.push('h'),
        'ı' => out.push('i'),
        'ς' => out.push('σ'),
        'ى' | 'ی' => out.push('ي'),
        'ک' => out.push('ك'),
        'ة' => out.push('ه'),
        'ٱ' => out.push('ا'),
        '٠'..='٩' => out.push(digit(c, '٠')),
        '۰'..='۹' => out.push(digit(c, '۰')),
        '०'..='९' => out.push(digit(c, '०')),
        c => out.push(c),
    }
}

fn digit(c: char, zero: char) -> char {
    char::from_digit(u32::from(c) - u32::from(zero), 10).unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What the index holds was made by this: see the head of the file before changing an expectation.
    #[test]
    fn words_of_all_scripts_are_told_apart() {
        for (text, words) in [
            ("Hello, WORLD! don't", "hello world don t"),
            (
                "Café cafe\u{301} naïve Ångström",
                "cafe cafe naive angstrom",
            ),
            (
                "Straße STRASSE Łódź Ægir đường",
                "strasse strasse lodz aegir duong",
            ),
            ("ＡＢＣ ﬁne ½", "abc fine 1⁄2"),
            ("İstanbul ISTANBUL ılık", "istanbul istanbul ilik"),
            ("Ещё мо́й МОЙ", "еще мой мой"),
            ("Ὀδυσσεύς ΟΔΥΣΣΕΥΣ", "οδυσσευσ οδυσσευσ"),
            ("مُحَمَّد محمـــد أحمد مكتبة ٣", "محمد محمد احمد مكتبه 3"),
            ("שָׁלוֹם", "שלום"),
            ("北京天气", "北 京 天 气"),
            ("東京タワー ｶﾞｽ", "東 京 タ ワ ー ガ ス"),
            (
                "서울 학교에서 \u{1112}\u{1161}\u{11ab}",
                "서 울 학 교 에 서 한",
            ),
            ("กินข้าว", "กิ น ข้ า ว"),
            ("नमस्ते दुनिया", "नमस्ते दुनिया"),
            ("go🎉ok👍🏽", "go 🎉 ok 👍"),
            ("C++ a_b x-y 3.14", "c a b x y 3 14"),
            ("\u{e000}x\u{0}y", "x y"),
            ("ـــ ... \u{200b}\u{301}", ""),
        ] {
            assert_eq!(Words::of(text).text(), words, "{text}");
        }
    }

    #[test]
    fn words_know_where_they_stand_in_code_points() {
        let words = Words::of("🎉 ё\u{301}лка 北京");

        let at = |first, count| words.stretch(first, count).map(|h| (h.start, h.end));

        assert_eq!(
            (at(0, 1), at(1, 1), at(2, 2), at(3, 2)),
            (Some((0, 1)), Some((2, 7)), Some((8, 10)), None)
        );
    }

    proptest! {
        #[test]
        fn whatever_the_text_words_are_in_order_within_it(text in "\\PC{0,80}|(?s).{0,80}") {
            let words = Words::of(&text);
            let length = text.chars().count() as u32;
            let mut end = 0;
            for span in &words.spans {
                prop_assert!(end <= span.start && span.start < span.end && span.end <= length);
                end = span.end;
            }
            // The index splits at every character of ASCII that is no letter or digit: it must see the same words.
            let seen: Vec<_> = words.text.split(|c: char| c.is_ascii() && !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
            prop_assert_eq!(seen.len(), words.len());
            prop_assert!((0..words.len()).all(|place| words.word(place) == Some(seen[place])));
        }

        #[test]
        fn words_of_words_are_the_same_words(text in "[a-zà-ÿА-яα-ω ]{0,40}") {
            let words = Words::of(&text);
            let again = Words::of(words.text());
            prop_assert_eq!(words.text(), again.text());
        }
    }
}
