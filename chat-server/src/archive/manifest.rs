//! `manifest.json`: what an archive has, with the sums by which it is known to be whole. It is written last.

use super::ArchiveKind;
use crate::store;
use serde::{Deserialize, Serialize};

/// What tells an archive from other directories.
pub(super) const FORMAT: &str = "chat-archive";
/// The version of the format.
pub(super) const VERSION: u32 = 1;
/// The part that lists the files.
pub(super) const FILES: &str = "files";
/// The part that has what is stored about a person.
pub(super) const PERSON: &str = "person";

/// What an archive has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    format: String,
    version: u32,
    pub(super) kind: ArchiveKind,
    /// Which shape the tables have: the number of the last migration.
    pub(super) shape: i64,
    /// The version of the server that wrote it.
    pub(super) made_by: String,
    pub(super) parts: Vec<Part>,
    pub(super) files: Files,
}

/// A file of lines.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Part {
    pub(super) name: String,
    pub(super) file: String,
    pub(super) lines: u64,
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

/// The files, all together.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Files {
    pub(super) bytes: u64,
    /// Known to the database, and not in the storage.
    pub(super) missing: u64,
}

/// A line of the list of files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) key: String,
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

/// What every version of the format says first.
#[derive(Deserialize)]
struct Head {
    format: String,
    version: u32,
}

impl Manifest {
    pub(super) fn new(kind: ArchiveKind, parts: Vec<Part>, files: Files) -> Self {
        Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            kind,
            shape: store::shape(),
            made_by: env!("CARGO_PKG_VERSION").to_owned(),
            parts,
            files,
        }
    }

    /// The manifest as it is written.
    pub(super) fn text(&self) -> String {
        let text = serde_json::to_string_pretty(self);
        text.expect("it has string keys and no foreign types") + "\n"
    }

    /// Reads one, or says what is wrong.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let head = serde_json::from_str::<Head>(text);
        let head = head.map_err(|error| format!("its manifest cannot be read: {error}"))?;
        match (head.format.as_str(), head.version) {
            (FORMAT, VERSION) => {}
            (FORMAT, newer) => {
                return Err(format!(
                    "it is of version {newer} of the format, and this program knows {VERSION}; use a newer one"
                ));
            }
            _ => return Err("it is no archive of a chat".to_owned()),
        }
        serde_json::from_str(text).map_err(|error| format!("its manifest cannot be read: {error}"))
    }

    /// The part with a name.
    pub(super) fn part(&self, name: &str) -> Option<&Part> {
        self.parts.iter().find(|part| part.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_is_read_as_it_was_written() {
        let part = Part {
            name: FILES.to_owned(),
            file: "files.jsonl".to_owned(),
            lines: 1,
            bytes: 20,
            sha256: "00".to_owned(),
        };
        let manifest = Manifest::new(
            ArchiveKind::Installation,
            vec![part.clone()],
            Files::default(),
        );

        let read = Manifest::read(&manifest.text()).unwrap();

        assert_eq!(read, manifest);
        assert_eq!(read.part(FILES), Some(&part));
    }

    #[test]
    fn what_is_no_archive_or_too_new_is_refused_in_words() {
        for (text, why) in [
            ("", "cannot be read"),
            (r#"{"format":"zip","version":1}"#, "no archive"),
            (
                r#"{"format":"chat-archive","version":2,"more":1}"#,
                "use a newer one",
            ),
            (r#"{"format":"chat-archive","version":1}"#, "cannot be read"),
        ] {
            let said = Manifest::read(text).unwrap_err();
            assert!(said.contains(why), "{text}: {said}");
        }
    }
}
