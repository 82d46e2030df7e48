//! Usernames: which texts are one, and which two look alike.
//!
//! A name is read by the profile UsernameCaseMapped (RFC 8265, 3.3) and must be written in one script (UTS 39, 5). Names
//! that differ may still look the same, wholly Cyrillic `рахе` and Latin `paxe`: [`Username::skeleton`] tells, and who
//! stores names keeps skeletons unique. Nothing here knows which names are taken.

use crate::input::text_type;
use precis_profiles::{
    UsernameCaseMapped,
    precis_core::profile::{Profile, Rules},
};
use std::{collections::BTreeSet, sync::LazyLock};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};
use unicode_security::{GeneralSecurityProfile, MixedScript};

text_type! {
    /// The name one is found and mentioned by: 3 to 32 letters and digits of one script, beginning and ending with one;
    /// `.`, `_` and `-` may stand between. Capitals are read as small letters, full-width letters as plain ones.
    Username, 3..=32, |text| {
        let name = fold(&text).filter(|name| is_name(name)).ok_or(
            "must be 3 to 32 letters and digits of one script, beginning and ending with one; \
             '.', '_' and '-' may stand between",
        )?;
        match RESERVED_SKELETONS.contains(&skeleton(&name)) {
            true => Err("is reserved or looks like a reserved name; choose another"),
            false => Ok(name),
        }
    }
}

impl Username {
    /// What the name looks like: names that can be taken for each other have the same skeleton (UTS 39, section 4),
    /// also those that differ in `0` and `o` or `1` and `l`. It is for comparing, never for showing, and may change
    /// with a new version of Unicode.
    ///
    /// ```
    /// # use chat_core::Username;
    /// let latin = Username::parse("scope")?;
    /// let cyrillic = Username::parse("ѕсоре")?;
    /// assert_ne!(latin, cyrillic);
    /// assert_eq!(latin.skeleton(), cyrillic.skeleton());
    /// # Ok::<(), &str>(())
    /// ```
    pub fn skeleton(&self) -> String {
        skeleton(self.as_str())
    }
}

/// Whether the character may stand in a name as people write it: a letter, mark or digit of any script, `.`, `_`, `-`.
pub(crate) fn is_name_char(c: char) -> bool {
    c.is_alphanumeric() || is_combining_mark(c) || is_separator(c)
}

/// The longest text that can still become a name: a full-width letter with two marks folds into one character. More is
/// not looked at, because for some characters the profile goes through the whole text again.
const MAX_WRITTEN: usize = 3 * 32;

/// How many marks one letter may carry. Arabic and Vietnamese need two, Tibetan four.
const MAX_MARKS: usize = 4;

/// Names that could pass for the service itself.
const RESERVED: &[&str] = &[
    "admin",
    "administrator",
    "all",
    "channel",
    "everyone",
    "group",
    "here",
    "me",
    "moderator",
    "nobody",
    "null",
    "root",
    "security",
    "staff",
    "support",
    "system",
    "undefined",
];

static RESERVED_SKELETONS: LazyLock<BTreeSet<String>> =
    LazyLock::new(|| RESERVED.iter().map(|name| skeleton(name)).collect());

fn is_separator(c: char) -> bool {
    matches!(c, '.' | '_' | '-')
}

/// The name as the profile spells it, or none where it forbids something.
fn fold(text: &str) -> Option<String> {
    let profile = UsernameCaseMapped::new();
    // Some systems hand over text decomposed. The profile would refuse Korean then, so it gets what was meant.
    let composed: String = text.nfc().take(MAX_WRITTEN + 1).collect();
    if composed.chars().count() > MAX_WRITTEN {
        return None;
    }
    let name = profile.prepare(composed).ok()?;
    let name = profile.case_mapping_rule(name).ok()?;
    let name = profile.normalization_rule(name).ok()?;
    // RFC 5893 lets marks stand behind any letter, the crate only at the end: it would refuse Arabic with vowels and all
    // Thaana. Marks take the direction of their letters, so the rule holds for the name when it holds without them.
    let unmarked: String = name.chars().filter(|c| !is_combining_mark(*c)).collect();
    profile.directionality_rule(unmarked).ok()?;
    Some(name.into_owned())
}

fn is_name(name: &str) -> bool {
    (3..=32).contains(&name.chars().count())
        && !name.starts_with(is_separator)
        && !name.ends_with(is_separator)
        && name
            .chars()
            .all(|c| is_name_char(c) && c.identifier_allowed())
        && name.is_single_script()
        && counts_in_one_system(name)
        && marks_are_legible(name)
}

/// Digits of two systems in one name hide from each other (UTS 39, 5.3). Each system lies within a row of sixteen code
/// points, and no row has two.
fn counts_in_one_system(name: &str) -> bool {
    let mut rows = name
        .chars()
        .filter(|c| c.is_numeric())
        .map(|c| u32::from(c) >> 4);
    match rows.next() {
        Some(first) => rows.all(|row| row == first),
        None => true,
    }
}

/// Marks stand on letters and digits, few at a time, and the same one not twice: it would hide the first (UTS 39, 5.4).
fn marks_are_legible(name: &str) -> bool {
    let mut previous = '.';
    let mut marks = 0;
    for c in name.nfd() {
        marks = if is_combining_mark(c) { marks + 1 } else { 0 };
        if marks > MAX_MARKS || marks > 0 && (c == previous || is_separator(previous)) {
            return false;
        }
        previous = c;
    }
    true
}

fn skeleton(name: &str) -> String {
    let shape: String = unicode_security::skeleton(name).collect();
    // The prototype of `0` is a capital `O`. Names have no capitals, so it is told as the small letter, which may have
    // a prototype of its own.
    let small = shape.to_lowercase();
    let shape: String = unicode_security::skeleton(&small).collect();
    // An `i` has its dot already: `i̇`, which is what a Turkish `İ` becomes, looks the same.
    let mut base = ' ';
    shape
        .chars()
        .filter(|c| {
            if !is_combining_mark(*c) {
                base = *c;
            }
            !(*c == '\u{307}' && matches!(base, 'i' | 'j'))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn name(text: &str) -> String {
        match Username::parse(text) {
            Ok(name) => name.to_string(),
            Err(rule) => panic!("{text:?} {rule}"),
        }
    }

    fn look_alike(a: &str, b: &str) -> bool {
        let [a, b] = [a, b].map(|text| Username::parse(text).unwrap().skeleton());
        a == b
    }

    #[test]
    fn names_of_every_script_are_names() {
        let names = "ann.lee-2 zoë 123 марина ёлка_7 ελένη 李雷明 さくら花子 ユーリ 김민준 民수정 مريم مُحَمَّد مريم١ מרים \
                     މުހައްމަދު मरियम สมชาย தமிழ் արմեն ნინო";
        for good in names.split_whitespace() {
            assert_eq!(name(good), good);
        }
    }

    #[test]
    fn one_name_has_one_spelling() {
        for (written, read) in [
            ("Ann.Lee-2", "ann.lee-2"),
            ("Zoe\u{308}", "zoë"),
            ("ZOË", "zoë"),
            ("ａnn", "ann"),
            ("ＡＮＮ．２", "ann.2"),
            ("МАРИНА", "марина"),
            ("ﾕｰﾘ", "ユーリ"),
            ("\u{1100}\u{1175}\u{11b7}민준", "김민준"),
        ] {
            assert_eq!(name(written), read);
        }
    }

    #[test]
    fn other_lengths_and_ends_are_no_name() {
        let longest = "a".repeat(32);
        assert_eq!(name(&longest), longest);
        assert_eq!(name(&"ａ\u{302}\u{301}".repeat(32)), "ấ".repeat(32));

        let long = ["a", "ａ\u{302}\u{301}", "İ"].map(|letter| letter.repeat(33));
        let huge = "٠".repeat(1_000_000);
        let short = ["", "ad", "李雷", "zo\u{308}"];
        let ends = ["-ann", "ann.", ".ann", "_ann", "ann-", "\u{301}ann"];
        let all = short.into_iter().chain(ends).chain([huge.as_str()]);
        for bad in all.chain(long.iter().map(String::as_str)) {
            assert!(Username::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn what_hides_mixes_or_is_no_letter_is_no_name() {
        let mixed = "mаrina marinа ann١ 李ann さく김 ελенη १1नम مريم1١ 1مريم";
        let no_letters = "ann😀 ann² ⓐnn 𝐚𝐧𝐧 ann! a'nn ann@ann 𐌰𐌱𐌲";
        let hidden = "ann\u{200b} a\u{200d}nn ann\u{202e} a\u{ad}nn ann-\u{301}n ann\u{301}\u{301}";
        let crowded = "م\u{64b}\u{64c}\u{64d}\u{64e}\u{64f}ري";
        let words = [mixed, no_letters, hidden, crowded].map(str::split_whitespace);
        for bad in words
            .into_iter()
            .flatten()
            .chain(["a b c", "a\nbc", "ann "])
        {
            assert!(Username::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn reserved_words_and_what_looks_like_them_are_refused() {
        for bad in [
            "admin", "ADMIN", "ａdmin", "adrnin", "аdmin", "a1l", "nu11", "r00t", "һеге",
        ] {
            let refusal = Username::parse(bad).unwrap_err();
            assert_eq!(refusal.contains("reserved"), bad != "аdmin", "{bad:?}");
        }
        assert_eq!(name("admin2"), "admin2");
    }

    #[test]
    fn look_alikes_have_one_skeleton_and_others_their_own() {
        for (a, b) in [
            ("paxe", "рахе"),
            ("scope", "ѕсоре"),
            ("ann1", "annl"),
            ("b0b", "bob"),
            ("marina", "rnarina"),
            ("İbrahim", "ibrahim"),
            ("ıbrahim", "ibrahim"),
            ("مريم١", "مريم۱"),
        ] {
            assert!(look_alike(a, b), "{a} {b}");
        }
        for (a, b) in [
            ("ann", "anne"),
            ("zoe", "zoë"),
            ("ann2", "ann3"),
            ("марина", "марино"),
        ] {
            assert!(!look_alike(a, b), "{a} {b}");
        }
    }

    fn text() -> impl Strategy<Value = String> {
        prop_oneof![
            any::<String>(),
            "\\PC{1,40}",
            "[a-zA-ZÀ-ɏ0-9._\u{300}-\u{330}-]{1,34}",
            "[Ѐ-ӿ0-9._-]{3,12}",
            "[Ͱ-Ͽἀ-῿]{3,8}",
            "[ء-ْ٠-٩۰-۹0-9.]{3,8}",
            "[ぁ-ヿ一-鿿]{3,8}",
            "[가-힣ᄀ-ᇿ一-鿿]{3,8}",
            "[ऀ-ॿ]{3,6}",
            "[Ａ-ｚｦ-ﾟ]{3,8}",
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2048))]

        #[test]
        fn a_name_parses_to_itself_and_keeps_its_skeleton(text in text()) {
            if let Ok(name) = Username::parse(text) {
                let again = Username::parse(name.as_str());
                prop_assert_eq!(again.as_ref(), Ok(&name));
                prop_assert_eq!(again.map(|again| again.skeleton()), Ok(name.skeleton()));
                prop_assert!(name.as_str().chars().all(is_name_char));
            }
        }
    }
}
