//! Files: from this machine into a message, and pictures to look at.

use crate::{
    Msg,
    model::{FormKind, Picture},
};
use chat_client::{Client, NewMessage};
use chat_core::{Attachment, ConversationId, FileName, MessageBody, MessageId, text};
use image::{DynamicImage, ImageReader, ImageResult, Limits};
use std::{
    io::{Cursor, ErrorKind},
    path::PathBuf,
};

/// A picture of more bytes is not looked at; it can be saved.
const PICTURE_BYTES: usize = 16 * 1024 * 1024;
/// Nor one that is wider or higher than this, or takes more bytes unpacked: a small file may unpack to anything.
const PICTURE_SIDE: u32 = 8_192;
const PICTURE_UNPACKED: u64 = 64 * 1024 * 1024;

/// Puts a file into the outbox, and the message that carries it.
pub(super) async fn send(
    client: &Client,
    conversation: ConversationId,
    typed: &str,
    (caption, reply_to): (Option<MessageBody>, Option<MessageId>),
) -> Msg {
    let refused = |why| Msg::Refused(Some(FormKind::Attach(conversation)), why);
    let path = at_home(typed);
    let about = tokio::fs::metadata(&path).await;
    match about {
        Ok(about) if about.is_file() => {}
        Ok(_) => return refused(format!("{typed} is no file")),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return refused(format!("there is no file {typed}"));
        }
        Err(error) => return refused(format!("{typed} cannot be read: {error}")),
    }
    // A link is called what it is called here, wherever it leads.
    let called = path.file_name().map(std::ffi::OsStr::to_owned);
    let Ok(path) = tokio::fs::canonicalize(&path).await else {
        return refused(format!("{typed} cannot be read"));
    };
    let name = called
        .as_deref()
        .or_else(|| path.file_name())
        .map(|name| name.to_string_lossy().into_owned());
    let name = name.unwrap_or_default();
    if let Err(rule) = FileName::parse(name.as_str()) {
        return refused(format!("the file's name {rule}"));
    }
    let handle = client.conversation(conversation);
    // What is a picture or a sound, the server tells by its content.
    let upload = handle.upload(path, &name, "application/octet-stream");
    let mut message = NewMessage::default().attach_queued(upload.key().clone());
    if let Some(caption) = caption {
        message = message.with_text(caption);
    }
    if let Some(answered) = reply_to {
        message = message.reply_to(answered);
    }
    drop(handle.send(message));
    Msg::FileQueued(conversation, name)
}

/// Fetches a picture, the small one where there is one.
pub(super) async fn picture(client: &Client, file: Attachment) -> Msg {
    let name = text::inert_line(&file.file_name).into_owned();
    let fetched = match file.has_thumbnail {
        true => client.thumbnail(file.id).await,
        false => client.download(file.id, ..).await,
    };
    let bytes = match fetched {
        Ok(download) => download.bytes(PICTURE_BYTES).await,
        Err(error) => Err(error),
    };
    let bytes = match bytes {
        Ok(bytes) => bytes,
        Err(error) => return Msg::Failed(format!("failed to fetch {name}: {error}")),
    };
    let title = name.clone();
    let unpacked = tokio::task::spawn_blocking(move || Picture::new(title, &unpack(&bytes)?)).await;
    match unpacked {
        Ok(Ok(picture)) => Msg::Picture(picture),
        _ => Msg::Failed(format!(
            "{name} is no picture that can be shown: save it, and open it elsewhere"
        )),
    }
}

fn unpack(bytes: &[u8]) -> ImageResult<DynamicImage> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(PICTURE_SIDE);
    limits.max_image_height = Some(PICTURE_SIDE);
    limits.max_alloc = Some(PICTURE_UNPACKED);
    reader.limits(limits);
    reader.decode()
}

pub(super) fn at_home(typed: &str) -> PathBuf {
    match (typed.strip_prefix("~/"), etcetera::home_dir()) {
        (Some(rest), Ok(home)) => home.join(rest),
        _ => PathBuf::from(typed),
    }
}

/// What a path that is being typed may become: what is in the directory, in its order, directories with a slash.
pub(super) async fn complete(typed: String) -> Msg {
    let end = typed.rfind('/').map_or(0, |at| at + 1);
    let (above, begun) = typed.split_at(end);
    let directory = match above {
        "" => PathBuf::from("."),
        above => at_home(above),
    };
    let mut options = Vec::new();
    if let Ok(mut entries) = tokio::fs::read_dir(directory).await {
        while let Ok(Some(entry)) = entries.next_entry().await {
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            // Hidden ones are shown to who asks for them; a name that is not what it looks like is not offered.
            let is_hidden = name.starts_with('.') && begun.is_empty();
            if !name.starts_with(begun) || is_hidden || text::inert_line(&name) != name {
                continue;
            }
            let is_directory = tokio::fs::metadata(entry.path()).await;
            let end = if is_directory.is_ok_and(|about| about.is_dir()) {
                "/"
            } else {
                ""
            };
            options.push((format!("{above}{name}{end}"), format!("{name}{end}")));
        }
    }
    options.sort();
    Msg::Completed(typed, options)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_path_becomes_what_is_there() {
        let home = tempfile::tempdir().unwrap();
        for name in ["notes.txt", "north.png", ".hidden", "other"] {
            std::fs::write(home.path().join(name), "").unwrap();
        }
        std::fs::create_dir(home.path().join("nothing")).unwrap();
        let typed = format!("{}/no", home.path().display());

        let Msg::Completed(_, options) = complete(typed.clone()).await else {
            panic!("it is answered");
        };

        let shown: Vec<_> = options.iter().map(|(_, shown)| shown.as_str()).collect();
        assert_eq!(shown, ["north.png", "notes.txt", "nothing/"]);
        assert!(options.iter().all(|(whole, _)| whole.starts_with(&typed)));
    }

    #[test]
    fn a_picture_that_unpacks_to_very_much_is_not_unpacked() {
        let packed = |width, height| {
            let mut bytes = Cursor::new(Vec::new());
            let image = DynamicImage::new_luma8(width, height);
            image.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
            bytes.into_inner()
        };
        assert!(unpack(&packed(300, 200)).is_ok());
        assert!(unpack(&packed(PICTURE_SIDE + 1, 1)).is_err());
        assert!(unpack(&packed(1, PICTURE_SIDE + 1)).is_err());
    }
}
