//! Files by their keys, as an archive of an installation has them: copied as they are, and looked at by nobody.

use super::{
    ATTACHMENTS, AVATAR_SIDES, AVATARS, Media, THUMBNAILS, attachment_key, avatar_key,
    storage::Content, thumbnail_key,
};
use crate::Error;
use bytes::Bytes;
use futures_util::Stream;
use uuid::{Uuid, fmt::Hyphenated};

/// The keys of a file, with that of its small picture.
pub(crate) fn keys_of_file(id: Uuid, has_thumbnail: bool) -> impl Iterator<Item = String> {
    let small = has_thumbnail.then(|| thumbnail_key(id));
    std::iter::once(attachment_key(id)).chain(small)
}

/// The keys of an avatar.
pub(crate) fn keys_of_avatar(id: Uuid) -> impl Iterator<Item = String> {
    AVATAR_SIDES
        .into_iter()
        .map(move |side| avatar_key(id, side))
}

/// Whether this could be the key of a file, and leads nowhere else.
pub(crate) fn is_key(key: &str) -> bool {
    key.split_once('/').is_some_and(|(folder, name)| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        let stem = name.strip_suffix(".webp").unwrap_or(name);
        [ATTACHMENTS, THUMBNAILS, AVATARS].contains(&folder)
            && !stem.is_empty()
            && stem.bytes().all(plain)
    })
}

/// The id of the file or the avatar with a key.
pub(crate) fn id_in(key: &str) -> Option<Uuid> {
    let (_, name) = key.split_once('/')?;
    name.get(..Hyphenated::LENGTH)?.parse().ok()
}

impl Media {
    /// Reads what is kept under a key.
    pub(crate) async fn kept(&self, key: &str) -> Result<Option<Content>, Error> {
        self.storage.read(key, None).await
    }

    /// Keeps under a key what was kept under it elsewhere.
    pub(crate) async fn restore(
        &self,
        key: &str,
        body: impl Stream<Item = Result<Bytes, Error>> + Send,
    ) -> Result<u64, Error> {
        self.storage.write(key, body, u64::MAX).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_of_files_are_keys_and_nothing_else_is() {
        let id = Uuid::from_u128(7);
        for key in keys_of_file(id, true).chain(keys_of_avatar(id)) {
            assert!(is_key(&key), "{key}");
            assert_eq!(id_in(&key), Some(id), "{key}");
        }
        for key in [
            "mark",
            "uploads/a",
            "attachments/",
            "attachments/../mark",
            "attachments/a/b",
            "/attachments/a",
            "avatars/.webp",
        ] {
            assert!(!is_key(key), "{key}");
        }
    }
}
