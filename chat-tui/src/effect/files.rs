//! Files: from this machine into a message, from a message onto this machine, and pictures as cells.

use crate::{Msg, model::Picture};
use chat_client::{Client, NewMessage};
use chat_core::{Attachment, ConversationId, FileName, MessageBody, MessageId, text};
use image::{
    DynamicImage, GenericImageView, ImageReader, ImageResult, Limits, imageops::FilterType,
};
use ratatui::style::Color;
use std::{
    io::Cursor,
    path::{Path, PathBuf},
};

/// Columns and rows that a picture takes at most; a row of cells has two of the picture.
const PICTURE: (u32, u32) = (100, 36);
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
    let path = at_home(typed);
    let about = tokio::fs::metadata(&path).await;
    match about {
        Ok(about) if about.is_file() => {}
        Ok(_) => return Msg::Refused(format!("{typed} is no file")),
        Err(error) => return Msg::Refused(format!("{typed} cannot be read: {error}")),
    }
    // A link is called what it is called here, wherever it leads.
    let called = path.file_name().map(std::ffi::OsStr::to_owned);
    let Ok(path) = tokio::fs::canonicalize(&path).await else {
        return Msg::Refused(format!("{typed} cannot be read"));
    };
    let name = called
        .as_deref()
        .or_else(|| path.file_name())
        .map(|name| name.to_string_lossy().into_owned());
    let name = name.unwrap_or_default();
    if let Err(rule) = FileName::parse(name.as_str()) {
        return Msg::Refused(format!("the file's name {rule}"));
    }
    let handle = client.conversation(conversation);
    // What it is, the server tells by its content.
    let upload = handle.upload(path, &name, "application/octet-stream");
    let mut message = NewMessage::default().attach_queued(upload.key().clone());
    if let Some(caption) = caption {
        message = message.with_text(caption);
    }
    if let Some(answered) = reply_to {
        message = message.reply_to(answered);
    }
    drop(handle.send(message));
    Msg::Done(format!("{name} is on its way"))
}

/// Saves a file under its own name, or one like it that is free.
pub(super) async fn save(
    client: Client,
    file: Attachment,
    directory: Option<PathBuf>,
    tell: impl Fn(Msg) + Send + Sync + 'static,
) {
    let name = safe_name(&file.file_name);
    let Some(directory) = directory
        .map(|path| at_home(&path.to_string_lossy()))
        .or_else(downloads)
    else {
        return tell(Msg::Failed(
            "there is no home directory to save it in".to_owned(),
        ));
    };
    if let Err(error) = tokio::fs::create_dir_all(&directory).await {
        return tell(Msg::Failed(format!(
            "{} cannot be made: {error}",
            directory.display()
        )));
    }
    let path = free(&directory, &name);
    let mut told = 0;
    let progress = |received: u64, size: Option<u64>| {
        let size = size.unwrap_or(file.size).max(1);
        let tenths = received.saturating_mul(10) / size;
        if tenths > told {
            told = tenths;
            tell(Msg::Told(format!("saving {name}: {} %", tenths * 10)));
        }
    };
    match client.download_to(file.id, &path, progress).await {
        Ok(()) => tell(Msg::Told(format!("saved as {}", path.display()))),
        Err(error) => tell(Msg::Failed(format!("failed to save {name}: {error}"))),
    }
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
    let decoded = tokio::task::spawn_blocking(move || unpack(&bytes).map(|image| cells(&image)));
    match decoded.await {
        Ok(Ok(rows)) => Msg::Picture(Picture { title: name, rows }),
        _ => Msg::Failed(format!(
            "{name} is no picture that can be shown; o saves it"
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

/// A picture as rows of cells with an upper and a lower colour each.
fn cells(image: &DynamicImage) -> Vec<Vec<(Color, Color)>> {
    let (width, height) = image.dimensions();
    let fits = width <= PICTURE.0 && height <= PICTURE.1 * 2;
    let small = match fits {
        true => image.to_rgba8(),
        false => image
            .resize(PICTURE.0, PICTURE.1 * 2, FilterType::Triangle)
            .to_rgba8(),
    };
    let (width, height) = small.dimensions();
    // What can be looked through is put onto black.
    let colour = |x: u32, y: u32| match y < height {
        true => {
            let [red, green, blue, alpha] = small.get_pixel(x, y).0;
            let on_black = |part: u8| {
                u8::try_from(u16::from(part) * u16::from(alpha) / 255).unwrap_or(u8::MAX)
            };
            Color::Rgb(on_black(red), on_black(green), on_black(blue))
        }
        false => Color::Reset,
    };
    (0..height)
        .step_by(2)
        .map(|y| {
            (0..width)
                .map(|x| (colour(x, y), colour(x, y + 1)))
                .collect()
        })
        .collect()
}

fn at_home(typed: &str) -> PathBuf {
    match (typed.strip_prefix("~/"), etcetera::home_dir()) {
        (Some(rest), Ok(home)) => home.join(rest),
        _ => PathBuf::from(typed),
    }
}

fn downloads() -> Option<PathBuf> {
    let set = std::env::var_os("XDG_DOWNLOAD_DIR").map(PathBuf::from);
    set.or_else(|| Some(etcetera::home_dir().ok()?.join("Downloads")))
}

/// A name without a path, that hides nothing.
fn safe_name(name: &str) -> String {
    let name = FileName::parse(text::inert_line(name)).map(String::from);
    let name = name.unwrap_or_else(|_| "file".to_owned());
    match name.starts_with('.') {
        true => format!("_{name}"),
        false => name,
    }
}

/// A path in a directory that nothing has yet.
fn free(directory: &Path, name: &str) -> PathBuf {
    let (stem, end) = match name.rsplit_once('.') {
        Some((stem, end)) if !stem.is_empty() => (stem, format!(".{end}")),
        _ => (name, String::new()),
    };
    let others = (1..).map(|nth| directory.join(format!("{stem} ({nth}){end}")));
    std::iter::once(directory.join(name))
        .chain(others)
        .find(|path| !path.exists())
        .expect("numbers do not end")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_saved_under_a_name_that_stays_in_its_directory() {
        for (sent, saved) in [
            ("map.png", "map.png"),
            ("../../.bashrc", "_.bashrc"),
            ("/etc/passwd", "passwd"),
            ("a\u{1b}[2Jb.txt", "a[2Jb.txt"),
            ("..", "file"),
            ("", "file"),
        ] {
            assert_eq!(safe_name(sent), saved);
        }
    }

    #[test]
    fn nothing_that_is_there_is_written_over() {
        let home = tempfile::tempdir().unwrap();
        for expected in ["a.tar.gz", "a.tar (1).gz", "a.tar (2).gz"] {
            let path = free(home.path(), "a.tar.gz");
            assert_eq!(path.file_name().unwrap(), expected);
            std::fs::write(path, "").unwrap();
        }
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

    #[test]
    fn a_picture_has_two_rows_in_one_and_fits() {
        let mut small = image::RgbaImage::new(2, 3);
        small.put_pixel(1, 0, image::Rgba([200, 100, 0, 255]));
        let rows = cells(&DynamicImage::ImageRgba8(small));
        assert_eq!((rows.len(), rows[0].len()), (2, 2));
        assert_eq!(rows[0][1].0, Color::Rgb(200, 100, 0));
        assert_eq!(rows[1][0].1, Color::Reset, "below the picture");

        let large = DynamicImage::new_rgb8(4_000, 1_000);
        let rows = cells(&large);
        assert!(rows[0].len() <= 100 && rows.len() <= 36);
    }
}
