//! Files and pictures: what goes to the server and what comes from it, beside the calls that carry JSON.

use super::Client;
use crate::{Download, Error, FileContent};
use chat_core::{
    Attachment, AttachmentId, Conversation, ConversationId, CreateAttachment, ExportMe, Me,
    ReadAttachment, ReadAvatar, ReadReportedFile, ReadThumbnail, ReportId, SetAvatar,
    SetConversationAvatar,
};
use std::ops::{Bound, RangeBounds};

/// What a picture is said to be: the server looks for itself.
const PICTURE: &str = "application/octet-stream";

impl Client {
    /// Stores a file. It is the caller's alone until a message carries it: see
    /// [`NewMessage::attach`](crate::NewMessage::attach).
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, group| {
    /// use chat_client::NewMessage;
    /// use chat_core::{CreateAttachment, FileName};
    ///
    /// let about = CreateAttachment {
    ///     file_name: Some(FileName::parse("notes.txt")?),
    ///     duration_ms: None,
    ///     waveform: None,
    /// };
    /// let notes = ann.upload(about, "text/plain", b"buy milk".as_slice()).await?;
    /// ann.conversation(group).send(NewMessage::file(notes.id)).stored().await?;
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`Error::Api`] when the server refused; [`Error::Invalid`] for a media type that is none, and when the content
    /// cannot be read; [`Error::Network`]: storing it again stores it twice, and what no message carries is collected.
    pub async fn upload(
        &self,
        about: CreateAttachment,
        mime_type: &str,
        content: impl Into<FileContent>,
    ) -> Result<Attachment, Error> {
        self.alive()?;
        let http = &self.shared().http;
        http.send_file(&about, mime_type, content.into(), None)
            .await
    }

    /// Sets one's picture: PNG, JPEG, GIF or WebP.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, _| {
    /// use chat_client::test_kit::PICTURE;
    ///
    /// let me = ann.set_avatar(PICTURE).await?;
    /// assert!(me.user.avatar_url.is_some());
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`Error::Api`] when the server refused; [`Error::Network`]: setting it again does no harm.
    pub async fn set_avatar(&self, picture: impl Into<FileContent>) -> Result<Me, Error> {
        self.alive()?;
        let http = &self.shared().http;
        http.send_file(&SetAvatar {}, PICTURE, picture.into(), None)
            .await
    }

    /// Sets the picture of a group or channel: PNG, JPEG, GIF or WebP.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, group| {
    /// use chat_client::test_kit::PICTURE;
    ///
    /// let conversation = ann.set_conversation_avatar(group, PICTURE).await?;
    /// assert!(conversation.avatar_url.is_some());
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// As for [`Client::set_avatar`].
    pub async fn set_conversation_avatar(
        &self,
        conversation_id: ConversationId,
        picture: impl Into<FileContent>,
    ) -> Result<Conversation, Error> {
        self.alive()?;
        let request = SetConversationAvatar { conversation_id };
        let http = &self.shared().http;
        http.send_file(&request, PICTURE, picture.into(), None)
            .await
    }

    /// Reads a file, or a part of it: `..`, or from a byte on (`1000..`), or so many (`0..4096`).
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, _| {
    /// # use chat_core::{CreateAttachment, FileName};
    /// # let about = CreateAttachment { file_name: Some(FileName::parse("notes.txt")?), duration_ms: None, waveform: None };
    /// # let notes = ann.upload(about, "text/plain", b"buy milk".as_slice()).await?;
    ///
    /// // All but the first four bytes.
    /// let part = ann.download(notes.id, 4..).await?;
    /// assert_eq!((part.offset(), part.size()), (4, Some(8)));
    /// assert_eq!(part.bytes(1_000).await?, b"milk");
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`Error::Api`] when the server refused; [`Error::Invalid`] for a part that has no byte; [`Error::Network`].
    pub async fn download(
        &self,
        attachment_id: AttachmentId,
        part: impl RangeBounds<u64>,
    ) -> Result<Download, Error> {
        self.alive()?;
        let range = range_header(&part)?;
        let request = ReadAttachment {
            attachment_id,
            expires: None,
            by: None,
            signature: None,
        };
        self.shared().http.read_file(&request, range).await
    }

    /// Reads the small picture of a file; there is one where
    /// [`has_thumbnail`](chat_core::Attachment::has_thumbnail) says so.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, _| {
    /// # use chat_client::test_kit::PICTURE;
    /// # use chat_core::CreateAttachment;
    /// # let about = CreateAttachment { file_name: None, duration_ms: None, waveform: None };
    /// let picture = ann.upload(about, "image/gif", PICTURE).await?;
    /// if picture.has_thumbnail {
    ///     let small = ann.thumbnail(picture.id).await?.bytes(1_000_000).await?;
    ///     println!("{} bytes", small.len());
    /// }
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`Error::Api`] when the server refused; [`Error::Network`].
    pub async fn thumbnail(&self, attachment_id: AttachmentId) -> Result<Download, Error> {
        self.alive()?;
        let request = ReadThumbnail {
            attachment_id,
            expires: None,
            by: None,
            signature: None,
        };
        self.shared().http.read_file(&request, None).await
    }

    /// Reads the picture of a person or conversation: its id is the last part of an `avatar_url`, its side 64, 256 or
    /// 512 pixels (when absent).
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, _| {
    /// # use chat_client::test_kit::PICTURE;
    /// # ann.set_avatar(PICTURE).await?;
    /// use chat_core::{AttachmentId, ShowMe};
    ///
    /// let url = ann.call(ShowMe {}).await?.user.avatar_url.ok_or("she has no picture")?;
    /// let id: AttachmentId = url.rsplit('/').next().ok_or("no id")?.parse()?;
    /// let picture = ann.avatar(id, Some(64)).await?.bytes(1_000_000).await?;
    /// assert!(!picture.is_empty());
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`Error::Api`] when the server refused; [`Error::Network`].
    pub async fn avatar(
        &self,
        avatar_id: AttachmentId,
        size: Option<u32>,
    ) -> Result<Download, Error> {
        self.alive()?;
        let request = ReadAvatar { avatar_id, size };
        self.shared().http.read_file(&request, None).await
    }

    /// Reads a file that was with a reported message; for those who look after the server.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, _| {
    /// # use chat_core::{AttachmentId, ReportId};
    /// # let (report, file) = (ReportId::new(uuid::Uuid::now_v7()), AttachmentId::new(uuid::Uuid::now_v7()));
    /// use chat_client::Error;
    ///
    /// // Ann does not look after the server.
    /// assert!(matches!(ann.reported_file(report, file).await, Err(Error::Api(_))));
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`Error::Api`] when the server refused; [`Error::Network`].
    pub async fn reported_file(
        &self,
        report_id: ReportId,
        attachment_id: AttachmentId,
    ) -> Result<Download, Error> {
        self.alive()?;
        let request = ReadReportedFile {
            report_id,
            attachment_id,
        };
        self.shared().http.read_file(&request, None).await
    }

    /// Reads everything the server holds on the user, one JSON value a line.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, _| {
    /// let mut export = ann.export().await?;
    /// while let Some(piece) = export.chunk().await? {
    ///     println!("{} bytes", piece.len());
    /// }
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`Error::Api`] when the server refused; [`Error::Network`].
    pub async fn export(&self) -> Result<Download, Error> {
        self.alive()?;
        self.shared().http.read_file(&ExportMe {}, None).await
    }
}

/// The value of the header that asks for a part; none for the whole.
fn range_header(part: &impl RangeBounds<u64>) -> Result<Option<String>, Error> {
    let none = || Error::Invalid("the part of the file that is asked for has no byte".into());
    let first = match part.start_bound() {
        Bound::Included(first) => *first,
        Bound::Excluded(before) => before.checked_add(1).ok_or_else(none)?,
        Bound::Unbounded => 0,
    };
    let last = match part.end_bound() {
        Bound::Included(last) => Some(*last),
        Bound::Excluded(end) => Some(end.checked_sub(1).ok_or_else(none)?),
        Bound::Unbounded => None,
    };
    match (first, last) {
        (0, None) => Ok(None),
        (first, None) => Ok(Some(format!("bytes={first}-"))),
        (first, Some(last)) if first <= last => Ok(Some(format!("bytes={first}-{last}"))),
        _ => Err(none()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_asked_for_as_http_counts_bytes() {
        let header = |range| range_header(&range).unwrap();

        assert_eq!(range_header(&(..)).unwrap(), None);
        assert_eq!(header(0..10).as_deref(), Some("bytes=0-9"));
        assert_eq!(range_header(&(7..)).unwrap().as_deref(), Some("bytes=7-"));
        assert_eq!(range_header(&(..=7)).unwrap().as_deref(), Some("bytes=0-7"));
        assert!(range_header(&(5..5)).is_err() && range_header(&(..0)).is_err());
    }
}
