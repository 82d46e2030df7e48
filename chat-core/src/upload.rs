//! A file that comes in parts: begun under a name of the client's, brought on from the byte that the server has, and a
//! stored file once the last byte is there. What can be sent at once needs none of this.

use crate::{
    Attachment, ClientId, FileName, Timestamp, UploadId,
    input::{input, text_type},
};
use serde::{Deserialize, Serialize};

text_type! {
    /// What tells one version of a file from another: 1 to 64 visible ASCII characters.
    Fingerprint, 1..=64, |text| {
        match text.len() {
            1..=64 if text.bytes().all(|byte| byte.is_ascii_graphic()) => Ok(text),
            _ => Err("must be 1 to 64 visible ASCII characters"),
        }
    }
}

/// How far a file is that comes in parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Upload {
    /// Its id.
    pub id: UploadId,
    /// So many bytes are kept; the next part begins with this one.
    pub offset: u64,
    /// Bytes of the whole file.
    pub length: u64,
    /// Until then it can be gone on with; then what came is forgotten.
    pub expires_at: Timestamp,
    /// The file, once it is whole. It is the uploader's alone until a message refers to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachment: Option<Attachment>,
    /// True where it was begun before.
    pub existing: bool,
}

input! {
    /// Begins to store a file in parts. Begun again under the same `client_id`, it says how far it is; with another
    /// `length` or `fingerprint`, what came is thrown away and it begins anew.
    ///
    /// It counts as what its owner keeps from now on, and can be gone on with for a day. An answer of `conflict` says that
    /// too many files of the caller are in no message yet.
    pub struct BeginUpload {
        /// The client's own name for it.
        pub client_id: ClientId,
        /// Bytes of the whole file.
        #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
        pub length: u64,
        /// What tells this version of the file from another, such as when it was changed last.
        pub fingerprint: Option<Fingerprint>,
        /// What it is called; `file` when absent.
        pub file_name: Option<FileName>,
        /// What it is said to be; what is in it decides.
        #[cfg_attr(feature = "schema", schemars(extend("maxLength" = 255)))]
        pub mime_type: Option<String>,
        /// Of a sound that the server cannot measure itself, in milliseconds: up to ten hours.
        #[cfg_attr(feature = "schema", schemars(range(max = 36_000_000)))]
        pub duration_ms: Option<u32>,
        /// Of a sound that the server cannot measure itself: up to 64 steps, in base64.
        #[cfg_attr(feature = "schema", schemars(extend("format" = "waveform", "maxLength" = 88)))]
        pub waveform: Option<String>,
    }
}

input! {
    /// Brings a part of a file: the body is its bytes from `offset` on, as many as one likes. Where it breaks off, what came
    /// is kept, and beginning the upload again says how much that is. The last byte makes the file; so does an empty body
    /// behind it.
    ///
    /// An `offset` that is not the one the server has is a `conflict`, and nothing of the body is kept. What the file is not
    /// allowed to be is told after the last byte, and the upload is gone then.
    pub struct ContinueUpload {
        /// Which.
        pub upload_id: UploadId,
        /// Where in the file the first byte of the body is.
        pub offset: u64,
    }
}

input! {
    /// Forgets an upload, and what came of it. A file that it has made stays.
    pub struct DropUpload {
        /// Which.
        pub upload_id: UploadId,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_visible_ascii() {
        assert_eq!(Fingerprint::parse("10-1").unwrap().as_str(), "10-1");
        for bad in ["", "a b", "é", "a\n", &"x".repeat(65)] {
            assert!(Fingerprint::parse(bad).is_err(), "{bad:?}");
        }
    }
}
