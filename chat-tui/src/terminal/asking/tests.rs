use super::*;

/// What is heard of these bytes, however they come in.
fn heard(bytes: &[u8]) -> Heard {
    let mut whole = Heard::default();
    whole.hear(bytes);
    for at in 0..bytes.len() {
        let mut parts = Heard::default();
        parts.hear(&bytes[..at]);
        parts.hear(&bytes[at..]);
        assert_eq!(parts, whole, "in two parts at {at}");
    }
    whole
}

#[test]
fn a_terminal_says_its_name_its_cells_and_what_it_can_do() {
    let heard = heard(b"\x1b[6;34;17t\x1b[?62;4;22c\x1bP>|foot(1.20.2)\x1b\\\x1b[?62;4;22c");
    assert_eq!((heard.attributes, heard.sixel), (2, true));
    assert_eq!(heard.cell, Some((17, 34)));
    assert_eq!(heard.name, "foot(1.20.2)");
    assert_eq!((heard.typed.len(), heard.rest.len()), (0, 0));
}

#[test]
fn its_class_is_not_taken_for_what_it_can_do() {
    assert!(!heard(b"\x1b[?4;6c").sixel);
    assert!(!heard(b"\x1b[?64;14;40c").sixel);
}

#[test]
fn what_is_typed_between_the_answers_is_kept_in_its_order() {
    let heard = heard("añ\x1b[?6c日\x1b[6;0;0t\r\x1b[O\x1b[A\x0b".as_bytes());
    let plain = |code| Event::Key(KeyEvent::new(code, KeyModifiers::NONE));
    let typed = [
        plain(KeyCode::Char('a')),
        plain(KeyCode::Char('ñ')),
        plain(KeyCode::Char('日')),
        plain(KeyCode::Enter),
        Event::FocusLost,
        Event::Key(KeyEvent::new(KeyCode::Char('k'), KeyModifiers::CONTROL)),
    ];
    assert_eq!(heard.typed, typed);
    assert_eq!((heard.attributes, heard.cell), (1, None));
}

#[test]
fn the_best_that_a_terminal_does_right_is_taken() {
    for (name, sixel, expected) in [
        ("kitty(0.36.4)", false, Some(Drawing::Kitty)),
        ("kitty(1.2.0)", false, Some(Drawing::Kitty)),
        // It knows no places in the text yet.
        ("kitty(0.27.1)", false, Some(Drawing::KittyAt)),
        ("ghostty 1.1.0", false, Some(Drawing::Kitty)),
        ("WezTerm 20240203-110809", true, Some(Drawing::ITerm)),
        ("iTerm2 3.5.11", true, Some(Drawing::ITerm)),
        ("Konsole 24.02.1", true, Some(Drawing::ITerm)),
        ("foot(1.20.2)", true, Some(Drawing::Sixel)),
        ("XTerm(390)", true, Some(Drawing::Sixel)),
        ("XTerm(390)", false, None),
        ("tmux 3.4", true, None),
        ("", false, None),
    ] {
        assert_eq!(drawing(name, sixel), expected, "{name}");
    }
}

#[test]
fn tmux_tells_of_the_terminal_around_it() {
    let told = outer("kitty(0.36.4)\n256,RGB,sixel,title\n1\n");
    assert_eq!(
        (told.name.as_str(), told.sixel, told.passes),
        ("kitty(0.36.4)", true, true)
    );
    assert_eq!(outer("\n\n0\n"), Outer::default());
    assert_eq!(outer(""), Outer::default());
}
