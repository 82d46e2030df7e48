//! A file: stored once, and part of the messages that refer to it.

use crate::{
    AttachmentId, Limits, ReportId, Secret, Timestamp,
    input::{input, text_type},
    text,
};
use serde::{Deserialize, Serialize};

text_type! {
    /// What a file is called: 1 to 255 characters without a path, control or direction marks.
    FileName, 1..=255, |text| {
        let name = text.rsplit(['/', '\\']).next().unwrap_or_default().trim();
        match name.chars().count() {
            1..=255 if text::is_visible(name) && !name.chars().any(text::acts) && name != "." && name != ".." => Ok(name.to_owned()),
            _ => Err("must be 1 to 255 visible characters without control or direction marks"),
        }
    }
}

/// A stored file, as it is shown with a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Attachment {
    /// Its id.
    pub id: AttachmentId,
    /// What its sender called it.
    pub file_name: String,
    /// Bytes.
    pub size: u64,
    /// What it is, by its content.
    pub mime_type: String,
    /// Of an image, in pixels, as it is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Of an image, in pixels, as it is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// Of a sound, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// Of a sound: how loud it is, in 64 steps from 0 to 255.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waveform: Vec<u8>,
    /// Of an image: a blurred picture in a few characters (<https://blurha.sh>), to show until the image is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blurhash: Option<String>,
    /// Whether `attachments/{id}/thumbnail` has a small picture of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub has_thumbnail: bool,
}

/// A link that opens a file without signing in, for viewers that cannot send headers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FileLink {
    /// Relative to the address of the API (`…/api/v1/`). Whoever has it may read the file until it runs out, as long as
    /// the one who made it may.
    pub url: Secret,
    /// The same for the small picture, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thumbnail_url: Option<Secret>,
    /// Until then.
    pub expires_at: Timestamp,
}

/// A page of files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AttachmentPage {
    /// Newest first.
    pub items: Vec<Attachment>,
    /// Hand this back for the next page; none after the last.
    pub next_cursor: Option<String>,
}

input! {
    /// Stores a file; the body is the file itself, or a form with it. It is the caller's alone until a message refers to
    /// it, and is collected after a day when none does.
    ///
    /// What a file is is told by its content. Pictures are PNG, JPEG, GIF or WebP, and nothing stays in them but the
    /// picture; other kinds that carry where they were taken (HEIC, AVIF, TIFF and the like) are refused. All other files
    /// are kept as they come, and so is what a film says of where it was taken.
    pub struct CreateAttachment {
        /// What it is called; `file` when absent.
        pub file_name: Option<FileName>,
        /// Of a sound that the server cannot measure itself, in milliseconds: up to ten hours.
        #[cfg_attr(feature = "schema", schemars(range(max = 36_000_000)))]
        pub duration_ms: Option<u32>,
        /// Of a sound that the server cannot measure itself: up to 64 steps, in base64.
        #[cfg_attr(feature = "schema", schemars(extend("format" = "waveform", "maxLength" = 88)))]
        pub waveform: Option<String>,
    }
}

input! {
    /// Asks for one's own files that no message refers to yet.
    pub struct ListAttachments {
        /// At most this many (1 to 100; 50 when absent).
        pub limit: Option<u32>,
        /// From the page before.
        pub cursor: Option<String>,
    }
}

impl ListAttachments {
    /// How many to answer with.
    pub fn limit(&self) -> u32 {
        Limits::page(self.limit)
    }
}

input! {
    /// Asks what a file is.
    pub struct ShowAttachment {
        /// Which.
        pub attachment_id: AttachmentId,
    }
}

input! {
    /// Reads a file, or a range of it. For members of a conversation in which a message refers to it, and whoever has a link.
    pub struct ReadAttachment {
        /// Which.
        pub attachment_id: AttachmentId,
        /// Of a link: until when it holds, in milliseconds since 1970.
        pub expires: Option<i64>,
        /// Of a link: who made it.
        pub by: Option<String>,
        /// Of a link.
        pub signature: Option<String>,
    }
}

input! {
    /// Reads the small picture of a file.
    pub struct ReadThumbnail {
        /// Of which.
        pub attachment_id: AttachmentId,
        /// Of a link: until when it holds, in milliseconds since 1970.
        pub expires: Option<i64>,
        /// Of a link: who made it.
        pub by: Option<String>,
        /// Of a link.
        pub signature: Option<String>,
    }
}

input! {
    /// Makes a link that opens a file without signing in. It holds no longer than whoever makes it may read the file and
    /// is signed in.
    pub struct LinkAttachment {
        /// Which.
        pub attachment_id: AttachmentId,
        /// How long it holds, in seconds: up to a day; an hour when absent.
        #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 86_400)))]
        pub expires_in_s: Option<u32>,
    }
}

input! {
    /// Deletes a file of one's own that no message refers to.
    pub struct DeleteAttachment {
        /// Which.
        pub attachment_id: AttachmentId,
    }
}

input! {
    /// Reads a file that was with a reported message. It is kept for as long as the report is open, and for 30 days after
    /// it was decided, whatever became of the message.
    pub struct ReadReportedFile {
        /// Of which report.
        pub report_id: ReportId,
        /// Which of its files.
        pub attachment_id: AttachmentId,
    }
}

input! {
    /// Reads the picture of a person or conversation. Whoever knows its id may.
    pub struct ReadAvatar {
        /// Which: the last part of an `avatar_url`.
        pub avatar_id: AttachmentId,
        /// The side of the square in pixels: 64, 256 or 512 (when absent).
        #[cfg_attr(feature = "schema", schemars(extend("enum" = [64, 256, 512])))]
        pub size: Option<u32>,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_has_no_path_and_does_nothing() {
        assert_eq!(
            FileName::parse("../../etc/passwd").unwrap().as_str(),
            "passwd"
        );
        assert_eq!(FileName::parse("C:\\me\\a.png").unwrap().as_str(), "a.png");
        for bad in [
            "",
            "..",
            "a/",
            "x\r\nSet-Cookie: a",
            "a\u{202e}gnp.exe",
            &"x".repeat(256),
        ] {
            assert!(FileName::parse(bad).is_err(), "{bad:?}");
        }
    }
}
