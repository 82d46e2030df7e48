//! Where everything is on the screen. One place for it: scrolling needs the size of the messages' room before anything
//! is drawn.

use ratatui::layout::Rect;

/// Fewer columns or rows than this, and there is no point.
pub const SMALLEST: (u16, u16) = (20, 5);
/// Fewer rows than this, and the lines around the draft make room for messages.
pub const LINES_FROM: u16 = 10;
/// From this width on, the list stands beside the messages.
pub const LIST_FROM: u16 = 80;
/// From this width on, there is room for the members too.
pub const MEMBERS_FROM: u16 = 100;
/// The composer grows up to this many rows.
pub const COMPOSER_MOST: u16 = 6;

/// What is to be placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// The list is wanted: beside the messages, or in their place where it is narrow.
    pub list: bool,
    /// The members are wanted.
    pub members: bool,
    /// Something is to be said in the line above the hints.
    pub notice: bool,
    /// Rows of the draft.
    pub composer: u16,
}

/// Where everything is. What has no room is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Panes {
    /// Title, unread total, connection.
    pub header: Rect,
    /// The conversations.
    pub list: Rect,
    /// The line between list and messages, and the gap behind it.
    pub list_edge: Rect,
    /// The messages.
    pub messages: Rect,
    /// Who types; how much is newer.
    pub typing: Rect,
    /// The line above the composer.
    pub rule: Rect,
    /// The composer.
    pub composer: Rect,
    /// The line between messages and members.
    pub members_edge: Rect,
    /// The members.
    pub members: Rect,
    /// What just went wrong or right.
    pub notice: Rect,
    /// The next keys.
    pub hints: Rect,
}

/// Whether the screen is too small for anything.
pub fn is_too_small(size: (u16, u16)) -> bool {
    size.0 < SMALLEST.0 || size.1 < SMALLEST.1
}

/// Places everything.
pub fn panes(size: (u16, u16), wanted: Wanted) -> Panes {
    let (width, height) = size;
    let row = |y: u16| Rect::new(0, y, width, 1);
    let mut panes = Panes {
        header: row(0),
        hints: row(height.saturating_sub(1)),
        ..Panes::default()
    };
    let mut bottom = height.saturating_sub(1);
    if wanted.notice {
        bottom = bottom.saturating_sub(1);
        panes.notice = row(bottom);
    }
    let body = Rect::new(0, 1, width, bottom.saturating_sub(1));
    if wanted.list && width < LIST_FROM {
        panes.list = body;
        return panes;
    }
    let mut main = body;
    if wanted.list {
        let list = (width / 4).clamp(22, 32);
        panes.list = Rect {
            width: list,
            ..body
        };
        panes.list_edge = Rect {
            x: list,
            width: 2,
            ..body
        };
        main.x = list + 2;
        main.width = width - main.x;
    }
    if wanted.members && width >= MEMBERS_FROM {
        let members = 18;
        main.width -= members + 1;
        panes.members_edge = Rect {
            x: main.right(),
            width: 1,
            ..body
        };
        panes.members = Rect {
            x: main.right() + 1,
            width: members,
            ..body
        };
    }
    let lines = if height < LINES_FROM { 0 } else { 1 };
    // Where there is room, at least three rows of messages stay, however long the draft is.
    let kept = if lines == 0 { 1 } else { 3 };
    let composer = wanted
        .composer
        .clamp(1, COMPOSER_MOST)
        .min(main.height.saturating_sub(2 * lines + kept).max(1));
    let messages = main.height.saturating_sub(composer + 2 * lines);
    let line = |y: u16, height: u16| Rect { y, height, ..main };
    panes.messages = line(main.y, messages);
    panes.typing = line(main.y + messages, lines);
    panes.rule = line(main.y + messages + lines, lines);
    panes.composer = line(main.y + messages + 2 * lines, composer);
    panes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_overlaps_and_nothing_is_off_the_screen() {
        for width in (20..=220).step_by(7) {
            for height in 5..=60 {
                for bits in 0..8u16 {
                    let wanted = Wanted {
                        list: bits & 1 > 0,
                        members: bits & 2 > 0,
                        notice: bits & 4 > 0,
                        composer: height % 9,
                    };
                    check(panes((width, height), wanted), width, height);
                }
            }
        }
    }

    fn check(p: Panes, width: u16, height: u16) {
        let all = [
            p.header,
            p.list,
            p.list_edge,
            p.messages,
            p.typing,
            p.rule,
            p.composer,
            p.members_edge,
            p.members,
            p.notice,
            p.hints,
        ];
        let screen = Rect::new(0, 0, width, height);
        for (at, one) in all.iter().enumerate() {
            assert_eq!(one.intersection(screen).area(), one.area(), "{p:?}");
            for other in &all[at + 1..] {
                assert_eq!(one.intersection(*other).area(), 0, "{p:?}");
            }
        }
        let total: u32 = all.iter().map(|pane| pane.area()).sum();
        assert_eq!(total, screen.area(), "{p:?}");
    }

    #[test]
    fn a_long_draft_leaves_room_to_read() {
        let wanted = Wanted {
            list: false,
            members: false,
            notice: true,
            composer: 40,
        };
        assert!(panes((40, 10), wanted).messages.height >= 3);
        assert!(panes((20, 5), wanted).messages.height >= 1);
        assert_eq!(panes((80, 24), wanted).composer.height, COMPOSER_MOST);
    }
}
