use super::*;
use crate::{clock::Random, media::Media, store::Db};
use axum::{
    Router,
    body::to_bytes,
    extract::{Request, State},
    http::{Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use chat_core::Secret;
use futures_util::stream;
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};
use tempfile::TempDir;
use uuid::Uuid;

fn on_disk() -> (TempDir, Storage) {
    let dir = tempfile::tempdir().unwrap();
    let config = Config {
        database: format!("sqlite://{}/chat.db", dir.path().display()),
        ..Config::default()
    };
    let storage = Storage::open(&config, true).unwrap();
    (dir, storage)
}

fn in_memory() -> Storage {
    let config = Config {
        database: "sqlite::memory:".to_owned(),
        ..Config::default()
    };
    Storage::open(&config, true).unwrap()
}

fn chunks(count: usize, bytes: usize) -> impl Stream<Item = Result<Bytes, Error>> + Send {
    stream::iter((0..count).map(move |n| Ok(Bytes::from(vec![n as u8; bytes]))))
}

async fn read(storage: &Storage, key: &str, range: Option<Range<u64>>) -> Option<Vec<u8>> {
    let piece = storage.read(key, range).await.unwrap()?;
    let parts: Vec<Bytes> = piece.body.try_collect().await.unwrap();
    Some(parts.concat())
}

/// Every file under a directory.
fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let (dirs, mut all): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    all.extend(dirs.iter().flat_map(|dir| files(dir)));
    all
}

#[tokio::test]
async fn what_was_written_is_read_whole_and_in_ranges() {
    let (_dir, disk) = on_disk();
    for storage in [disk, in_memory()] {
        // Larger than two parts, so that it is put together.
        let size = storage
            .write("a/b", chunks(13, 100_000), 2_000_000)
            .await
            .unwrap();

        assert_eq!(
            (size, storage.size("a/b").await.unwrap()),
            (1_300_000, Some(1_300_000))
        );
        let whole = read(&storage, "a/b", None).await.unwrap();
        assert!(
            whole
                .iter()
                .enumerate()
                .all(|(n, byte)| usize::from(*byte) == n / 100_000)
        );
        let part = read(&storage, "a/b", Some(99_999..100_001)).await;
        assert_eq!(part, Some(vec![0, 1]));
        assert_eq!(
            storage.bytes("a/b", 200_000..200_002).await.unwrap()[..],
            [2, 2]
        );
    }
}

#[tokio::test]
async fn a_file_moves_and_goes() {
    let (_dir, disk) = on_disk();
    for storage in [disk, in_memory()] {
        storage.write("uploads/x", chunks(1, 0), 10).await.unwrap();
        storage.put("uploads/x", "hello".into()).await.unwrap();

        storage.rename("uploads/x", "attachments/x").await.unwrap();

        assert_eq!(read(&storage, "uploads/x", None).await, None);
        assert_eq!(
            read(&storage, "attachments/x", None).await.unwrap(),
            b"hello"
        );
        storage.delete("attachments/x").await.unwrap();
        storage.delete("attachments/x").await.unwrap();
        assert_eq!(storage.size("attachments/x").await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_file_too_large_leaves_nothing() {
    let (dir, storage) = on_disk();
    for count in [1, 20] {
        let most = count as u64 * 100_000 - 1;

        let error = storage
            .write("a", chunks(count, 100_000), most)
            .await
            .unwrap_err();

        assert_eq!(error.code(), Code::TooLarge);
        assert_eq!(files(dir.path()), Vec::<PathBuf>::new());
        assert!(
            storage
                .write("b", chunks(count, 100_000), most + 1)
                .await
                .is_ok()
        );
        storage.delete("b").await.unwrap();
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_leaves_nothing() {
    let (dir, storage) = on_disk();
    let broken = chunks(20, 100_000).chain(stream::iter([Err(Error::not_found("rest"))]));

    let error = storage.write("a", broken, u64::MAX).await.unwrap_err();

    assert_eq!(error.code(), Code::NotFound);
    assert_eq!(files(dir.path()), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn a_caller_that_hangs_up_leaves_nothing() {
    let (dir, storage) = on_disk();
    let (begun, seen) = tokio::sync::oneshot::channel();
    let endless = chunks(20, 100_000).chain(stream::once(async {
        begun.send(()).unwrap();
        std::future::pending().await
    }));

    let writer = tokio::spawn(async move { storage.write("a", endless, u64::MAX).await });
    seen.await.unwrap();
    assert_eq!(files(dir.path()).len(), 1);
    writer.abort();

    let gone = async {
        while !files(dir.path()).is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), gone)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_sweep_takes_what_is_old_and_what_a_crash_left() {
    let (dir, storage) = on_disk();
    storage.put("uploads/x", "old".into()).await.unwrap();
    storage.put("attachments/x", "kept".into()).await.unwrap();
    let unfinished = dir.path().join("chat.db.media/uploads/y#1");
    fs::write(&unfinished, "half").unwrap();
    let hour = |hours: i64| {
        let now = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap();
        Timestamp::from_ms(now.as_millis() as i64).plus_ms(hours * 3_600_000)
    };

    assert_eq!(storage.sweep("uploads", hour(-1)).await.unwrap(), 0);
    assert_eq!(storage.sweep("uploads", hour(1)).await.unwrap(), 2);

    assert_eq!(
        files(dir.path()),
        [dir.path().join("chat.db.media/attachments/x")]
    );
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_looks_into_the_directory() {
    use std::os::unix::fs::PermissionsExt;
    let (dir, _storage) = on_disk();

    let made = fs::metadata(dir.path().join("chat.db.media")).unwrap();

    assert_eq!(made.permissions().mode() & 0o777, 0o700);
}

/// What a bucket needs to know of S3: objects, parts, copies; and the first headers it was called with.
#[derive(Default)]
struct Bucket {
    objects: BTreeMap<String, Vec<u8>>,
    parts: BTreeMap<usize, Vec<u8>>,
    asked: Vec<String>,
}

type Shared = Arc<Mutex<Bucket>>;

async fn bucket(State(shared): State<Shared>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
    let mut bucket = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let bucket = &mut *bucket;
    bucket
        .asked
        .push(format!("{} {} {:?}", head.method, head.uri, head.headers));
    let (key, query) = (
        head.uri.path().to_owned(),
        head.uri.query().unwrap_or_default(),
    );
    let text = |name| head.headers.get(name).map(|value| value.to_str().unwrap());
    let number = query.split("partNumber=").nth(1);
    let number = number.and_then(|rest| rest.split('&').next()?.parse().ok());
    match (head.method, number) {
        (Method::POST, _) if query.starts_with("uploads") => {
            "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>"
                .into_response()
        }
        (Method::POST, _) => {
            let whole = std::mem::take(&mut bucket.parts).into_values().flatten();
            bucket.objects.insert(key, whole.collect());
            "<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>"
                .into_response()
        }
        (Method::PUT, Some(number)) => {
            bucket.parts.insert(number, body);
            [(header::ETAG, "p")].into_response()
        }
        (Method::PUT, None) => {
            let source = text("x-amz-copy-source")
                .map(|source| format!("/{}", source.trim_start_matches('/')));
            let object = source.map_or(body, |source| bucket.objects[&source].clone());
            bucket.objects.insert(key, object);
            [(header::ETAG, "e")].into_response()
        }
        (Method::DELETE, _) if query.contains("uploadId") => {
            bucket.parts.clear();
            StatusCode::NO_CONTENT.into_response()
        }
        (Method::DELETE, _) => {
            bucket.objects.remove(&key);
            StatusCode::NO_CONTENT.into_response()
        }
        (Method::GET, _) if query.contains("list-type=2") => {
            "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>".into_response()
        }
        _ => match bucket.objects.get(&key) {
            Some(object) => found(object, text("range")),
            None => StatusCode::NOT_FOUND.into_response(),
        },
    }
}

fn found(object: &[u8], range: Option<&str>) -> Response {
    let size = object.len();
    let known = [
        (header::ETAG, "e"),
        (header::LAST_MODIFIED, "Sat, 21 Nov 2026 14:00:00 GMT"),
    ];
    let Some((first, last)) = range.and_then(|range| range.strip_prefix("bytes=")?.split_once('-'))
    else {
        return (known, object.to_vec()).into_response();
    };
    let (first, last): (usize, usize) = (first.parse().unwrap(), last.parse().unwrap());
    let place = [(
        header::CONTENT_RANGE,
        format!("bytes {first}-{last}/{size}"),
    )];
    (
        StatusCode::PARTIAL_CONTENT,
        known,
        place,
        object[first..=last].to_vec(),
    )
        .into_response()
}

async fn in_bucket() -> (Shared, Storage) {
    let (shared, config) = bucket_config().await;
    (shared, Storage::open(&config, true).unwrap())
}

async fn bucket_config() -> (Shared, Config) {
    let shared = Shared::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut config = Config::default();
    config.media.store = Some("s3://files/chat".to_owned());
    config.media.s3_endpoint = Some(format!("http://{}", listener.local_addr().unwrap()));
    config.media.s3_access_key_id = Some("reader".to_owned());
    config.media.s3_secret_access_key = Some(Secret::new("hunter2"));
    config.check().unwrap();
    let router = Router::new().fallback(bucket).with_state(shared.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (shared, config)
}

#[tokio::test]
async fn a_bucket_is_the_place_of_one_database() {
    let (shared, mut config) = bucket_config().await;
    let dir = tempfile::tempdir().unwrap();
    let random = Random::seeded(1);
    let unsettled = config.clone();
    let mut settle = async |name: &str| {
        config.database = format!("sqlite://{}", dir.path().join(name).display());
        let db = Db::open(&config, Arc::new(crate::SystemClock))
            .await
            .unwrap();
        let media = Media::open(&config, true).unwrap();
        media.settle(&db, &config, &random).await
    };

    let media = Media::open(&unsettled, true).unwrap();
    let early = media.receive(Uuid::nil(), chunks(1, 1), 9).await;
    assert_eq!(early.unwrap_err().code(), Code::Unavailable);
    assert!(settle("first.db").await.unwrap());
    assert!(settle("first.db").await.unwrap());
    let foreign = settle("second.db").await.unwrap_err().to_string();
    assert!(foreign.contains("s3://files/chat"), "{foreign}");
    shared.lock().unwrap().objects.remove("/files/chat/mark");
    let lost = settle("first.db").await.unwrap_err().to_string();
    assert!(lost.contains("adopt-files"), "{lost}");
}

#[tokio::test]
async fn a_bucket_keeps_files_as_a_directory_does() {
    let (shared, storage) = in_bucket().await;

    storage
        .write("uploads/x", chunks(3, 4_000_000), u64::MAX)
        .await
        .unwrap();
    storage.rename("uploads/x", "attachments/x").await.unwrap();

    assert_eq!(
        storage.size("attachments/x").await.unwrap(),
        Some(12_000_000)
    );
    assert_eq!(
        read(&storage, "attachments/x", Some(3_999_999..4_000_001)).await,
        Some(vec![0, 1])
    );
    assert_eq!(read(&storage, "uploads/x", None).await, None);
    let bucket = shared.lock().unwrap();
    assert_eq!(
        bucket.objects.keys().collect::<Vec<_>>(),
        ["/files/chat/attachments/x"]
    );
    let signed = |asked: &String| asked.contains("AWS4-HMAC-SHA256 Credential=reader/");
    assert!(bucket.asked.iter().all(signed) && !bucket.asked.concat().contains("hunter2"));
}

#[tokio::test]
async fn an_upload_to_a_bucket_that_is_too_large_is_taken_back() {
    let (shared, storage) = in_bucket().await;

    let error = storage
        .write("x", chunks(4, 4_000_000), 15_000_000)
        .await
        .unwrap_err();

    assert_eq!(error.code(), Code::TooLarge);
    let bucket = shared.lock().unwrap();
    assert!(bucket.objects.is_empty() && bucket.parts.is_empty());
    assert!(
        bucket
            .asked
            .last()
            .unwrap()
            .starts_with("DELETE /files/chat/x?uploadId=u")
    );
}
