//! What can happen to a device, and dice that choose.

/// A generator of numbers that are always the same (splitmix64).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn throw(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }
}

/// Something that happens.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Act {
    Say,
    /// A file, and a message that carries it.
    SendFile,
    EditNewest,
    DeleteNewest,
    ReactNewest,
    DiscardNewest,
    MarkRead,
    OtherSays,
    Offline,
    Online,
    Rest,
    Kill,
    /// The disk is copied, for later.
    Copy,
    /// The disk is what it was when it was copied last.
    Restore,
}

impl Act {
    pub(crate) fn any(dice: &mut Dice) -> Self {
        match dice.throw(32) {
            0..=9 => Self::Say,
            10 | 11 => Self::EditNewest,
            12 => Self::DeleteNewest,
            13 | 14 => Self::ReactNewest,
            15 => Self::DiscardNewest,
            16 => Self::MarkRead,
            17..=19 => Self::OtherSays,
            20 | 21 => Self::Offline,
            22..=24 => Self::Online,
            25 | 26 => Self::Rest,
            27 => Self::Kill,
            28 => Self::Copy,
            29 | 30 => Self::SendFile,
            _ => Self::Restore,
        }
    }
}
