//! Text that is wide, joined, marked or written from right to left: whatever it is, every column stays where it is.

use crate::kit::*;
use chat_core::*;
use ratatui::layout::Rect;

/// Names and sentences, and how each sentence begins on the screen.
const TEXTS: &[(&str, &str, &str)] = &[
    ("שרה", "שלום לכולם, מה שלומכם היום?", "ש"),
    ("أحمد", "مرحبا بالجميع، كيف الحال اليوم؟", "م"),
    (
        "Ωμέγα",
        "e\u{301}te\u{301} a\u{308}\u{304} o\u{302}\u{301}",
        "e\u{301}",
    ),
    ("नेहा", "क्या हाल है, सब ठीक?", "क्या"),
    ("สมชาย", "สวัสดีครับ ที่นี่เป็นอย่างไรบ้าง", "ส"),
    ("漢字", "全角の文字は二つの桁を使います", "全"),
    (
        "🇮🇱🇯🇵",
        "🇩🇪🇫🇷🇧🇷 flags, and 👨\u{200d}👩\u{200d}👧\u{200d}👦 a family 👍🏽",
        "🇩🇪",
    ),
    ("mixed שם", "first עברית then 123 then more", "f"),
];

fn person(n: u128, name: &str) -> User {
    let mut person = user(10 + n);
    person.display_name = name.to_owned();
    person
}

/// A conversation for each of the texts, called by its name, and a group in which everybody says theirs; that is open.
fn everybody(size: (u16, u16)) -> Screen {
    let mut screen = Screen::new(size);
    let others = (1..)
        .zip(TEXTS)
        .map(|(n, (name, text, _))| conversation(10 + n, Some(name), &[ME, BO], &[(BO, text)], 1));
    let mut rooms: Vec<_> = others.collect();
    let mut group = conversation(
        1,
        Some("שולחן عربي 👨\u{200d}👩\u{200d}👧 q"),
        &[ME, BO],
        &[(ME, "hi")],
        0,
    );
    let members = (1..).zip(TEXTS).map(|(n, (name, ..))| Member {
        user: person(n, name),
        ..group.members[0].clone()
    });
    group.members = members.collect();
    rooms.push(group);
    screen.sync(rooms);
    screen.open("q");
    for (n, (name, text, _)) in (1..).zip(TEXTS) {
        let mut message = message(room(1), 1 + n as u64, BO, text);
        message.sender = person(n, name);
        screen.log(1, Event::MessageNew(message));
    }
    screen
}

const SIZES: [(u16, u16); 3] = [(120, 40), (80, 24), (50, 15)];

#[test]
fn edges_stand_one_below_the_other() {
    for size in SIZES {
        let screen = everybody(size);
        let (buffer, panes) = (screen.buffer(), screen.model.panes());
        for edge in [panes.list_edge, panes.members_edge] {
            for row in edge.rows() {
                let sign = buffer[(row.x, row.y)].symbol();
                assert_eq!(sign, "│", "{row:?}\n{}", screen.text());
            }
        }
    }
}

#[test]
fn nothing_reaches_out_of_its_column() {
    for size in SIZES {
        let screen = everybody(size);
        let (buffer, panes) = (screen.buffer(), screen.model.panes());
        for pane in [
            panes.header,
            panes.list,
            panes.messages,
            panes.members,
            panes.composer,
        ] {
            for row in pane.rows().filter(|row| !row.is_empty()) {
                let last = &buffer[(row.right() - 1, row.y)];
                let width = ratatui::buffer::CellWidth::cell_width(last.symbol());
                assert!(width <= 1, "{:?} at {row:?}", last.symbol());
            }
        }
    }
}

#[test]
fn every_text_begins_where_texts_begin() {
    for size in SIZES {
        let screen = everybody(size);
        let (buffer, pane) = (screen.buffer(), screen.model.panes().messages);
        let column = pane.x + chat_tui::model::body_indent(pane.width);
        let begins: Vec<_> = pane
            .rows()
            .map(|row: Rect| buffer[(column, row.y)].symbol())
            .collect();
        // At the smallest, the first ones are above the screen.
        let fewest = if size.1 > 15 { TEXTS.len() } else { 5 };
        let seen = TEXTS.iter().filter(|(.., first)| begins.contains(first));
        assert!(
            seen.count() >= fewest,
            "{size:?} {begins:?}\n{}",
            screen.text()
        );
    }
}

#[test]
fn a_draft_of_such_text_keeps_the_cursor_behind_it() {
    for (_, text, _) in TEXTS {
        let mut screen = everybody((120, 40));
        screen.tell(chat_tui::Msg::Paste((*text).to_owned()));
        screen.write("|");
        let row = screen.model.panes().composer;
        let buffer = screen.buffer();
        let shown: Vec<_> = row.positions().map(|at| buffer[at].symbol()).collect();
        let whole = shown.concat();
        assert!(whole.contains('|'), "{whole}");
    }
}

#[test]
fn names_that_are_too_long_are_cut_at_a_whole_letter() {
    for (name, ..) in TEXTS {
        let long = name.repeat(12);
        let mut screen = Screen::new((80, 24));
        screen.sync(vec![conversation(
            1,
            Some(&long),
            &[ME, BO],
            &[(BO, "x"); 3],
            3,
        )]);
        let (buffer, panes) = (screen.buffer(), screen.model.panes());
        assert_eq!(buffer[(panes.list_edge.x, panes.list.y)].symbol(), "│");
        let badge = &buffer[(panes.list.right() - 2, panes.list.y)];
        assert_eq!(badge.symbol(), "3", "{}", screen.text());
    }
}

#[test]
fn letters_from_right_to_left() {
    insta::assert_snapshot!(everybody((80, 24)).text());
}
