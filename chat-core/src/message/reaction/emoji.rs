//! What one emoji is, by Unicode's properties `Emoji` and `Emoji_Presentation` (version 17), and its one spelling: the same
//! picture in two spellings would be two reactions.

/// Says "as a picture" of a character that can be text, too.
const AS_PICTURE: char = '\u{fe0f}';
const JOINER: char = '\u{200d}';
const KEYCAP: char = '\u{20e3}';
const BLACK_FLAG: char = '\u{1f3f4}';
const END_OF_TAGS: char = '\u{e007f}';

/// The one spelling of an emoji; none for a text that is not exactly one.
pub(super) fn spell(text: &str) -> Option<String> {
    let parts: Vec<_> = text.chars().filter(|c| *c != AS_PICTURE).collect();
    match *parts.as_slice() {
        [sign @ ('0'..='9' | '#' | '*'), KEYCAP] => {
            Some([sign, AS_PICTURE, KEYCAP].iter().collect())
        }
        [one, other] if is_region(one) && is_region(other) => Some(parts.iter().collect()),
        // A part of a country: the black flag, and its code in invisible letters.
        [BLACK_FLAG, ref code @ .., END_OF_TAGS]
            if !code.is_empty() && code.iter().all(|c| is_tag(*c)) =>
        {
            Some(parts.iter().collect())
        }
        _ => joined(&parts),
    }
}

/// Pictures that are joined into one, each with or without a tone of skin.
fn joined(parts: &[char]) -> Option<String> {
    let mut spelled = String::new();
    for part in parts.split(|c| *c == JOINER) {
        if !spelled.is_empty() {
            spelled.push(JOINER);
        }
        match *part {
            [c, tone] if is_picture(c) && is_tone(tone) => spelled.extend([c, tone]),
            [c] if is_text_first(c) => spelled.extend([c, AS_PICTURE]),
            [c] if is_picture(c) || is_tone(c) => spelled.push(c),
            _ => return None,
        }
    }
    Some(spelled)
}

fn is_region(c: char) -> bool {
    matches!(c, '\u{1f1e6}'..='\u{1f1ff}')
}

fn is_tag(c: char) -> bool {
    matches!(c, '\u{e0020}'..='\u{e007e}')
}

fn is_tone(c: char) -> bool {
    matches!(c, '\u{1f3fb}'..='\u{1f3ff}')
}

fn is_picture(c: char) -> bool {
    is_text_first(c) || is_picture_first(c)
}

/// Emoji that are text unless something says otherwise. There come no new ones of these.
fn is_text_first(c: char) -> bool {
    matches!(
        c,
        '\u{a9}' | '\u{ae}' | '\u{203c}' | '\u{2049}' | '\u{2122}' | '\u{2139}' | '\u{2194}'..='\u{2199}'
            | '\u{21a9}' | '\u{21aa}' | '\u{2328}' | '\u{23cf}' | '\u{23ed}'..='\u{23ef}' | '\u{23f1}'
            | '\u{23f2}' | '\u{23f8}'..='\u{23fa}' | '\u{24c2}' | '\u{25aa}' | '\u{25ab}' | '\u{25b6}'
            | '\u{25c0}' | '\u{25fb}' | '\u{25fc}' | '\u{2600}'..='\u{2604}' | '\u{260e}' | '\u{2611}'
            | '\u{2618}' | '\u{261d}' | '\u{2620}' | '\u{2622}' | '\u{2623}' | '\u{2626}' | '\u{262a}'
            | '\u{262e}' | '\u{262f}' | '\u{2638}'..='\u{263a}' | '\u{2640}' | '\u{2642}' | '\u{265f}'
            | '\u{2660}' | '\u{2663}' | '\u{2665}' | '\u{2666}' | '\u{2668}' | '\u{267b}' | '\u{267e}'
            | '\u{2692}' | '\u{2694}'..='\u{2697}' | '\u{2699}' | '\u{269b}' | '\u{269c}' | '\u{26a0}'
            | '\u{26a7}' | '\u{26b0}' | '\u{26b1}' | '\u{26c8}' | '\u{26cf}' | '\u{26d1}' | '\u{26d3}'
            | '\u{26e9}' | '\u{26f0}' | '\u{26f1}' | '\u{26f4}' | '\u{26f7}'..='\u{26f9}' | '\u{2702}'
            | '\u{2708}' | '\u{2709}' | '\u{270c}' | '\u{270d}' | '\u{270f}' | '\u{2712}' | '\u{2714}'
            | '\u{2716}' | '\u{271d}' | '\u{2721}' | '\u{2733}' | '\u{2734}' | '\u{2744}' | '\u{2747}'
            | '\u{2763}' | '\u{2764}' | '\u{27a1}' | '\u{2934}' | '\u{2935}' | '\u{2b05}'..='\u{2b07}'
            | '\u{3030}' | '\u{303d}' | '\u{3297}' | '\u{3299}' | '\u{1f170}' | '\u{1f171}' | '\u{1f17e}'
            | '\u{1f17f}' | '\u{1f202}' | '\u{1f237}' | '\u{1f321}' | '\u{1f324}'..='\u{1f32c}' | '\u{1f336}'
            | '\u{1f37d}' | '\u{1f396}' | '\u{1f397}' | '\u{1f399}'..='\u{1f39b}' | '\u{1f39e}' | '\u{1f39f}'
            | '\u{1f3cb}'..='\u{1f3ce}' | '\u{1f3d4}'..='\u{1f3df}' | '\u{1f3f3}' | '\u{1f3f5}' | '\u{1f3f7}'
            | '\u{1f43f}' | '\u{1f441}' | '\u{1f4fd}' | '\u{1f549}' | '\u{1f54a}' | '\u{1f56f}' | '\u{1f570}'
            | '\u{1f573}'..='\u{1f579}' | '\u{1f587}' | '\u{1f58a}'..='\u{1f58d}' | '\u{1f590}' | '\u{1f5a5}'
            | '\u{1f5a8}' | '\u{1f5b1}' | '\u{1f5b2}' | '\u{1f5bc}' | '\u{1f5c2}'..='\u{1f5c4}'
            | '\u{1f5d1}'..='\u{1f5d3}' | '\u{1f5dc}'..='\u{1f5de}' | '\u{1f5e1}' | '\u{1f5e3}' | '\u{1f5e8}'
            | '\u{1f5ef}' | '\u{1f5f3}' | '\u{1f5fa}' | '\u{1f6cb}' | '\u{1f6cd}'..='\u{1f6cf}'
            | '\u{1f6e0}'..='\u{1f6e5}' | '\u{1f6e9}' | '\u{1f6f0}' | '\u{1f6f3}'
    )
}

/// Emoji that are pictures by themselves, and the places kept for new ones.
fn is_picture_first(c: char) -> bool {
    matches!(
        c,
        '\u{231a}' | '\u{231b}' | '\u{23e9}'..='\u{23ec}' | '\u{23f0}' | '\u{23f3}' | '\u{25fd}'
            | '\u{25fe}' | '\u{2614}' | '\u{2615}' | '\u{2648}'..='\u{2653}' | '\u{267f}' | '\u{2693}'
            | '\u{26a1}' | '\u{26aa}' | '\u{26ab}' | '\u{26bd}' | '\u{26be}' | '\u{26c4}' | '\u{26c5}'
            | '\u{26ce}' | '\u{26d4}' | '\u{26ea}' | '\u{26f2}' | '\u{26f3}' | '\u{26f5}' | '\u{26fa}'
            | '\u{26fd}' | '\u{2705}' | '\u{270a}' | '\u{270b}' | '\u{2728}' | '\u{274c}' | '\u{274e}'
            | '\u{2753}'..='\u{2755}' | '\u{2757}' | '\u{2795}'..='\u{2797}' | '\u{27b0}' | '\u{27bf}'
            | '\u{2b1b}' | '\u{2b1c}' | '\u{2b50}' | '\u{2b55}' | '\u{1f004}' | '\u{1f0cf}' | '\u{1f18e}'
            | '\u{1f191}'..='\u{1f19a}' | '\u{1f201}' | '\u{1f21a}' | '\u{1f22f}' | '\u{1f232}'..='\u{1f236}'
            | '\u{1f238}'..='\u{1f23a}' | '\u{1f250}' | '\u{1f251}' | '\u{1f300}'..='\u{1f320}'
            | '\u{1f32d}'..='\u{1f335}' | '\u{1f337}'..='\u{1f37c}' | '\u{1f37e}'..='\u{1f393}'
            | '\u{1f3a0}'..='\u{1f3ca}' | '\u{1f3cf}'..='\u{1f3d3}' | '\u{1f3e0}'..='\u{1f3f0}' | '\u{1f3f4}'
            | '\u{1f3f8}'..='\u{1f3fa}' | '\u{1f400}'..='\u{1f43e}' | '\u{1f440}' | '\u{1f442}'..='\u{1f4fc}'
            | '\u{1f4ff}'..='\u{1f53d}' | '\u{1f54b}'..='\u{1f54e}' | '\u{1f550}'..='\u{1f567}' | '\u{1f57a}'
            | '\u{1f595}' | '\u{1f596}' | '\u{1f5a4}' | '\u{1f5fb}'..='\u{1f64f}' | '\u{1f680}'..='\u{1f6c5}'
            | '\u{1f6cc}' | '\u{1f6d0}'..='\u{1f6d2}' | '\u{1f6d5}'..='\u{1f6df}' | '\u{1f6eb}' | '\u{1f6ec}'
            | '\u{1f6f4}'..='\u{1f6ff}' | '\u{1f7e0}'..='\u{1f7ff}' | '\u{1f90c}'..='\u{1f93a}'
            | '\u{1f93c}'..='\u{1f945}' | '\u{1f947}'..='\u{1f9ff}' | '\u{1fa70}'..='\u{1faff}'
    )
}
