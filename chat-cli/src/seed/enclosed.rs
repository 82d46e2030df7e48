//! Small files that come with messages: notes, a list, a picture. Made of a seed, byte for byte the same every time.

use super::Dice;

/// Files in one conversation: enough to see some, few enough for any disk.
pub(super) const MOST: usize = 12;

/// The picture's width and height.
const SIDES: (usize, usize) = (96, 64);

/// A file, by what it is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Enclosed {
    kind: Kind,
    seed: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Notes,
    List,
    Picture,
}

impl Enclosed {
    pub(super) fn throw(dice: &mut Dice) -> Self {
        Self {
            kind: *dice.pick(&[Kind::Notes, Kind::List, Kind::Picture, Kind::Picture]),
            seed: dice.word(),
        }
    }

    /// What it is called.
    pub(crate) fn name(self) -> &'static str {
        match self.kind {
            Kind::Notes => "notes.txt",
            Kind::List => "shopping.csv",
            Kind::Picture => "view.png",
        }
    }

    /// What it is said to be.
    pub(crate) fn media_type(self) -> &'static str {
        match self.kind {
            Kind::Notes => "text/plain",
            Kind::List => "text/csv",
            Kind::Picture => "image/png",
        }
    }

    /// What is in it.
    pub(crate) fn bytes(self) -> Vec<u8> {
        let mut dice = Dice::new(self.seed);
        match self.kind {
            Kind::Notes => {
                let (room, hour) = (1 + dice.below(40), 9 + dice.below(9));
                format!("Room {room}, {hour}:30\n- who brings the keys?\n- Ελένη has the list\n- 次は金曜日\n")
                    .into_bytes()
            }
            Kind::List => {
                let mut list = String::from("what,how many\n");
                for what in ["bread", "crêpes", "oranges", "茶"] {
                    list += &format!("{what},{}\n", 1 + dice.below(12));
                }
                list.into_bytes()
            }
            Kind::Picture => picture(&mut dice),
        }
    }
}

/// A sky over land, as a PNG without compression.
fn picture(dice: &mut Dice) -> Vec<u8> {
    let (width, height) = SIDES;
    let horizon = height / 3 + dice.below(height / 3);
    let land = [
        dice.below(90) as u8,
        90 + dice.below(120) as u8,
        dice.below(80) as u8,
    ];
    let mut rows = Vec::with_capacity(height * (1 + width * 3));
    for y in 0..height {
        // No filter.
        rows.push(0);
        for x in 0..width {
            let light = (x * 60 / width) as u8;
            match y < horizon {
                true => rows.extend([90 + light, 140 + light, 255 - (y as u8)]),
                false => rows.extend(land.map(|tone| tone.saturating_add(light / 2))),
            }
        }
    }
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut header = Vec::new();
    for side in [width, height] {
        header.extend((side as u32).to_be_bytes());
    }
    // Eight bits of red, green and blue; nothing else.
    header.extend([8, 2, 0, 0, 0]);
    chunk(&mut png, *b"IHDR", &header);
    chunk(&mut png, *b"IDAT", &stored(&rows));
    chunk(&mut png, *b"IEND", &[]);
    png
}

/// A zlib stream (RFC 1950) of blocks that are stored as they are.
fn stored(bytes: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let blocks = bytes.chunks(0xffff);
    let last = blocks.len().saturating_sub(1);
    for (nth, block) in blocks.enumerate() {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        stream.push(u8::from(nth == last));
        stream.extend(length.to_le_bytes());
        stream.extend((!length).to_le_bytes());
        stream.extend(block);
    }
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in bytes {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    stream.extend(((b << 16) | a).to_be_bytes());
    stream
}

fn chunk(png: &mut Vec<u8>, name: [u8; 4], data: &[u8]) {
    png.extend(u32::try_from(data.len()).unwrap_or(u32::MAX).to_be_bytes());
    let sum = name.iter().chain(data).fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| match sum & 1 {
            1 => (sum >> 1) ^ 0xedb8_8320,
            _ => sum >> 1,
        })
    });
    png.extend(name);
    png.extend(data);
    png.extend((!sum).to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sums_are_those_of_the_formats() {
        let mut end = Vec::new();
        chunk(&mut end, *b"IEND", &[]);
        // As in every PNG there is.
        assert_eq!(end, [0, 0, 0, 0, 73, 69, 78, 68, 174, 66, 96, 130]);
        // The example that is given for Adler-32 everywhere.
        assert!(stored(b"Wikipedia").ends_with(&[0x11, 0xe6, 0x03, 0x98]));
    }

    #[test]
    fn a_file_is_the_same_every_time() {
        let mut dice = Dice::new(3);
        let files: Vec<_> = (0..20).map(|_| Enclosed::throw(&mut dice)).collect();

        for file in &files {
            assert_eq!(file.bytes(), file.bytes());
        }
        assert!(files.iter().any(|file| file.name() == "view.png"));
        assert!(files.iter().any(|file| file.name() == "notes.txt"));
    }
}
