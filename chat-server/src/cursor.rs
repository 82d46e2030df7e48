//! Opaque cursors: where the next page begins. A client hands them back and reads nothing into them.

use crate::Error;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Serialize, de::DeserializeOwned};

pub(crate) fn write(place: &impl Serialize) -> String {
    let json = serde_json::to_vec(place).expect("places are plain values");
    BASE64_URL_SAFE_NO_PAD.encode(json)
}

/// Cuts off what was read beyond the limit, and says where the next page begins if there is one.
pub(crate) fn page<T, P: Serialize>(
    mut items: Vec<T>,
    limit: u32,
    place: impl FnOnce(&T) -> P,
) -> (Vec<T>, Option<String>) {
    let more = items.len() > limit as usize;
    items.truncate(limit as usize);
    let next = items
        .last()
        .filter(|_| more)
        .map(|last| write(&place(last)));
    (items, next)
}

pub(crate) fn read<T: DeserializeOwned>(cursor: Option<&str>) -> Result<Option<T>, Error> {
    let Some(cursor) = cursor else {
        return Ok(None);
    };
    let place = BASE64_URL_SAFE_NO_PAD
        .decode(cursor)
        .ok()
        .and_then(|json| serde_json::from_slice(&json).ok());
    place
        .map(Some)
        .ok_or_else(|| Error::invalid("cursor", "must be the next_cursor of the page before"))
}
