//! An archive: a directory with a whole installation, or all that is stored about one person, as lines of JSON and
//! files; `docs/archive.md` describes it. It is whole or it says that it is not, and two of the same state are the same,
//! byte for byte, whichever engine they come from.
//!
//! It has the hashes of passwords and all that was said, so nobody but its owner may read it. It has no keys.

mod export;
mod files;
mod folder;
mod import;
mod manifest;
mod person;

pub use export::write_archive;
pub use import::{check_archive, read_archive};
pub use person::write_archive_of;

use manifest::Manifest;

/// What an archive is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ArchiveKind {
    /// Everything but the keys.
    Installation,
    /// What is stored about one person, for them to have: no secrets, and no history of others.
    Person,
}

/// What is in an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archive {
    /// What it is of.
    pub kind: ArchiveKind,
    /// Its parts, in the order in which they are imported; the list of the files is the last.
    pub parts: Vec<Archived>,
    /// Files that the database knows and the storage does not have.
    pub missing: u64,
}

/// A part of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archived {
    /// What it has: the name of a table, `person` or `files`.
    pub name: String,
    /// How many of them.
    pub count: u64,
    /// The bytes of the lines, or of the files.
    pub bytes: u64,
    /// The SHA-256 of the lines, in hexadecimal digits.
    pub sha256: String,
}

impl From<&Manifest> for Archive {
    fn from(manifest: &Manifest) -> Self {
        let part = |part: &manifest::Part| Archived {
            name: part.name.clone(),
            count: part.lines,
            bytes: match part.name.as_str() {
                manifest::FILES => manifest.files.bytes,
                _ => part.bytes,
            },
            sha256: part.sha256.clone(),
        };
        Self {
            kind: manifest.kind,
            parts: manifest.parts.iter().map(part).collect(),
            missing: manifest.files.missing,
        }
    }
}
