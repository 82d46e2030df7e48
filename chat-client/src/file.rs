//! Files on their way, in pieces: what goes to the server, and what comes from it. No file is held in memory as a whole
//! unless the caller asks for that; nothing is read or written on this machine.

use crate::Error;
use bytes::Bytes;
use futures_util::{
    Stream, StreamExt,
    stream::{self, BoxStream},
};
use std::{io, sync::Arc};

/// A file that is in memory goes out in pieces of this size, so that what does not go on is noticed.
const PIECE_BYTES: usize = 64 * 1024;

/// What is in a file that goes to the server: bytes, or a stream of them. Cheap to clone.
///
/// ```
/// use bytes::Bytes;
/// use chat_client::FileContent;
///
/// let picture = FileContent::from(vec![0x89, b'P', b'N', b'G']);
/// let long = FileContent::stream(Some(10), || {
///     futures_util::stream::iter([Ok(Bytes::from("hello ")), Ok(Bytes::from("file"))])
/// });
/// assert_eq!((picture.length(), long.length()), (Some(4), Some(10)));
/// ```
#[derive(Clone)]
pub struct FileContent {
    length: Option<u64>,
    open: Arc<dyn Fn() -> BoxStream<'static, io::Result<Bytes>> + Send + Sync>,
}

impl FileContent {
    /// A stream that `open` begins: once, and once more when the server asks for another token first. Where the number
    /// of bytes is known, the server can refuse a file that is too large before it is sent.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use chat_client::FileContent;
    /// use futures_util::stream;
    ///
    /// let notes = FileContent::stream(Some(8), || stream::iter([Ok(Bytes::from("buy milk"))]));
    /// assert_eq!(notes.length(), Some(8));
    /// ```
    pub fn stream<S>(length: Option<u64>, open: impl Fn() -> S + Send + Sync + 'static) -> Self
    where
        S: Stream<Item = io::Result<Bytes>> + Send + 'static,
    {
        Self {
            length,
            open: Arc::new(move || open().boxed()),
        }
    }

    /// How many bytes it has, where that is known.
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// Its bytes from the beginning, for who writes a transport.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// use bytes::Bytes;
    /// use chat_client::FileContent;
    /// use futures_util::TryStreamExt;
    ///
    /// let pieces: Vec<Bytes> = FileContent::from(b"buy milk".as_slice()).open().try_collect().await?;
    /// assert_eq!(pieces.concat(), b"buy milk");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn open(&self) -> BoxStream<'static, io::Result<Bytes>> {
        (self.open)()
    }
}

impl std::fmt::Debug for FileContent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileContent")
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

impl From<Bytes> for FileContent {
    fn from(bytes: Bytes) -> Self {
        let length = u64::try_from(bytes.len()).ok();
        Self::stream(length, move || {
            let bytes = bytes.clone();
            let starts = (0..bytes.len()).step_by(PIECE_BYTES);
            stream::iter(starts.map(move |at| {
                let end = bytes.len().min(at + PIECE_BYTES);
                Ok(bytes.slice(at..end))
            }))
        })
    }
}

impl From<Vec<u8>> for FileContent {
    fn from(bytes: Vec<u8>) -> Self {
        Self::from(Bytes::from(bytes))
    }
}

impl From<&'static [u8]> for FileContent {
    fn from(bytes: &'static [u8]) -> Self {
        Self::from(Bytes::from_static(bytes))
    }
}

/// A file, or a part of it, as it comes from the server. Dropping it ends the transfer.
pub struct Download {
    pub(crate) mime_type: String,
    pub(crate) offset: u64,
    pub(crate) length: Option<u64>,
    pub(crate) size: Option<u64>,
    pub(crate) received: u64,
    pub(crate) chunks: BoxStream<'static, Result<Bytes, Error>>,
}

impl std::fmt::Debug for Download {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Download")
            .field("mime_type", &self.mime_type)
            .field("offset", &self.offset)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

impl Download {
    /// What the server says it is.
    pub fn mime_type(&self) -> &str {
        &self.mime_type
    }

    /// Where in the file the first byte is: 0 unless a part was asked for and the server gives parts.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// How many bytes come, where that is known.
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// How many bytes the whole file has, where that is known.
    pub fn size(&self) -> Option<u64> {
        self.size
    }

    /// The next bytes; none after the last.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, _| {
    /// # use chat_core::{CreateAttachment, FileName};
    /// # let about = CreateAttachment { file_name: Some(FileName::parse("notes.txt")?), duration_ms: None, waveform: None };
    /// # let notes = ann.upload(about, "text/plain", b"buy milk".as_slice()).await?;
    /// let mut download = ann.download(notes.id, ..).await?;
    /// let mut received = 0;
    /// while let Some(piece) = download.chunk().await? {
    ///     received += piece.len();
    /// }
    /// assert_eq!(received, 8);
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`Error::Network`] when the connection broke: what came until then is good, and the rest can be asked for.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        let chunk = self.chunks.next().await.transpose()?;
        match &chunk {
            Some(bytes) => self.received += bytes.len() as u64,
            None if self.length.is_some_and(|length| length != self.received) => {
                return Err(Error::disconnected("the file came only in part"));
            }
            None => {}
        }
        Ok(chunk)
    }

    /// All of it, if that is no more than `most` bytes.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, _| {
    /// # use chat_core::{CreateAttachment, FileName};
    /// # let about = CreateAttachment { file_name: Some(FileName::parse("notes.txt")?), duration_ms: None, waveform: None };
    /// # let notes = ann.upload(about, "text/plain", b"buy milk".as_slice()).await?;
    /// assert_eq!(ann.download(notes.id, ..).await?.bytes(1_000).await?, b"buy milk");
    /// assert!(ann.download(notes.id, ..).await?.bytes(3).await.is_err());
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`Error::Network`] when the connection broke; [`Error::Unreadable`] when it is longer.
    pub async fn bytes(mut self, most: usize) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        while let Some(chunk) = self.chunk().await? {
            if bytes.len() + chunk.len() > most {
                return Err(Error::Unreadable(format!("it is longer than {most} bytes")));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn download(length: Option<u64>, parts: &[&'static str]) -> Download {
        let chunks: Vec<_> = parts.iter().map(|part| Ok(Bytes::from(*part))).collect();
        Download {
            mime_type: "text/plain".into(),
            offset: 0,
            length,
            size: length,
            received: 0,
            chunks: stream::iter(chunks).boxed(),
        }
    }

    #[tokio::test]
    async fn bytes_go_out_in_pieces_as_often_as_they_are_opened() {
        let content = FileContent::from(vec![7; PIECE_BYTES + 1]);

        for _ in 0..2 {
            let pieces: Vec<_> = content.open().map(|p| p.unwrap().len()).collect().await;
            assert_eq!(pieces, [PIECE_BYTES, 1]);
        }
    }

    #[tokio::test]
    async fn a_file_that_ends_early_is_no_whole_file() {
        let whole = download(Some(4), &["ab", "cd"]).bytes(4).await;
        assert_eq!(whole.unwrap(), b"abcd");

        let cut = download(Some(5), &["ab", "cd"]).bytes(10).await;
        assert!(matches!(cut, Err(Error::Network { .. })), "{cut:?}");
    }

    #[tokio::test]
    async fn no_more_is_kept_than_was_asked_for() {
        let long = download(None, &["ab", "cd"]).bytes(3).await;
        assert!(matches!(long, Err(Error::Unreadable(_))), "{long:?}");
    }
}
