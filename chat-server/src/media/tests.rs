use super::{
    audio::tests::wav,
    image::tests::{bomb, file},
    *,
};
use ::image::ImageFormat;
use futures_util::{TryStreamExt, stream};

const MOST: u64 = 1 << 20;

fn media() -> Media {
    let config = Config {
        database: "sqlite::memory:".to_owned(),
        ..Config::default()
    };
    Media::open(&config, true).unwrap()
}

async fn receive(media: &Media, bytes: impl Into<Bytes>) -> Upload {
    let body = stream::iter([Ok(bytes.into())]);
    media.receive(Uuid::from_u128(7), body, MOST).await.unwrap()
}

async fn read(piece: Result<Option<Content>, Error>) -> Option<Vec<u8>> {
    let parts: Vec<Bytes> = piece.unwrap()?.body.try_collect().await.unwrap();
    Some(parts.concat())
}

#[tokio::test]
async fn a_photo_is_kept_without_its_place_and_with_a_small_picture() {
    let media = media();
    let mut photo = file(600, 300, ImageFormat::Jpeg);
    photo.splice(2..2, *b"\xff\xfe\x00\x09GPSMARK");
    let size = photo.len() as u64;
    let upload = receive(&media, photo).await;
    let id = upload.id;

    let inspected = media.inspect(&upload, Some("text/html")).await.unwrap();
    let kept = media.keep(upload, &inspected).await.unwrap();

    assert_eq!(inspected.mime_type, "image/jpeg");
    assert_eq!((inspected.width, inspected.height), (Some(600), Some(300)));
    let bytes = read(media.attachment(id, None).await).await.unwrap();
    assert_eq!((bytes.len() as u64, kept), (size - 11, size - 11));
    assert!(!bytes.windows(7).any(|window| window == b"GPSMARK"));
    assert!(
        read(media.thumbnail(id).await)
            .await
            .unwrap()
            .starts_with(b"RIFF")
    );
    assert!(
        media
            .kept_before(Timestamp::from_ms(i64::MAX), 9)
            .await
            .unwrap()
            == [id]
    );
    assert!(media.storage.size(&upload_key(id)).await.unwrap().is_none());
}

#[tokio::test]
async fn a_voice_message_is_measured() {
    let media = media();
    let upload = receive(&media, wav(8_000, &[99; 4_000])).await;

    let inspected = media.inspect(&upload, None).await.unwrap();

    assert_eq!(
        (inspected.mime_type, inspected.duration_ms),
        ("audio/wav", Some(500))
    );
    assert_eq!(inspected.waveform, Some(vec![255; 64]));
}

#[tokio::test]
async fn any_other_file_is_kept_as_it_came() {
    let media = media();
    let page = "<script>alert(1)</script>";
    let upload = receive(&media, page).await;
    let id = upload.id;

    let inspected = media.inspect(&upload, Some("image/png")).await.unwrap();
    media.keep(upload, &inspected).await.unwrap();

    assert_eq!((inspected.mime_type, inspected.width), ("text/plain", None));
    let part = media.attachment(id, Some(8..13)).await;
    assert_eq!(read(part).await.unwrap(), b"alert");
    media.delete_attachment(id).await.unwrap();
    assert!(media.attachment(id, None).await.unwrap().is_none());
}

#[tokio::test]
async fn an_avatar_is_kept_in_three_sizes() {
    let media = media();
    let upload = receive(&media, file(90, 60, ImageFormat::Gif)).await;
    let id = upload.id;

    media.keep_avatar(upload).await.unwrap();

    for side in AVATAR_SIDES {
        let webp = read(media.avatar(id, side).await).await.unwrap();
        assert_eq!(::image::load_from_memory(&webp).unwrap().width(), side);
    }
    assert!(media.storage.size(&upload_key(id)).await.unwrap().is_none());
    media.delete_avatar(id).await.unwrap();
    assert!(media.avatar(id, 64).await.unwrap().is_none());
}

#[tokio::test]
async fn a_page_and_a_bomb_are_no_avatar_and_nothing_is_left() {
    let media = media();
    for (bytes, code) in [
        (b"<html>".to_vec(), Code::UnsupportedMediaType),
        (bomb(30_000, 30_000), Code::Invalid),
    ] {
        let upload = receive(&media, bytes).await;
        let id = upload.id;

        let error = media.keep_avatar(upload).await.unwrap_err();

        assert_eq!(error.code(), code);
        assert!(media.storage.size(&upload_key(id)).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn a_look_ends_although_nobody_waits_for_it() {
    let media = media();
    let leave = media
        .looks
        .clone()
        .try_acquire_many_owned(LOOKS as u32)
        .unwrap();
    let (go, wait) = std::sync::mpsc::channel::<()>();

    let work = in_background(leave, move || wait.recv().is_ok());
    assert!(timeout(Duration::from_millis(1), work).await.is_err());
    assert_eq!(media.looks.available_permits(), 0);
    go.send(()).unwrap();

    assert!(media.looks.acquire_many(LOOKS as u32).await.is_ok());
}

#[tokio::test]
async fn a_decoder_that_panics_is_a_damaged_file() {
    let media = media();
    let leave = media.looks.clone().acquire_owned().await.unwrap();

    let done: Option<()> = in_background(leave, || panic!("a decoder gave up")).await;

    assert!(done.is_none());
    assert_eq!(media.looks.available_permits(), LOOKS);
}
