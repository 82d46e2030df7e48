//! One place for the files of one database: a server that would keep them where the others do not look does not start.

use chat_server::{ChatServer, Error};
use chat_tests::{Home, Serving, Setup, files, postgres};
use std::path::{Path, PathBuf};

/// What a server says that does not start.
async fn refusal(setup: &Setup) -> String {
    match ChatServer::builder()
        .config(setup.config.clone())
        .build()
        .await
    {
        Ok(_) => panic!("it starts"),
        Err(error @ Error::Files { .. }) => error.to_string(),
        Err(other) => panic!("{other}"),
    }
}

/// The same with another directory for files.
fn elsewhere(setup: &Setup) -> (Setup, PathBuf) {
    let mut other = setup.clone();
    let place = format!("{}.elsewhere", directory(setup).display());
    other.config.media.store = Some(place.clone());
    (other, PathBuf::from(place))
}

fn directory(setup: &Setup) -> PathBuf {
    setup.config.media_directory().unwrap()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let place = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &place),
            false => std::fs::copy(entry.path(), place).map(drop).unwrap(),
        }
    }
}

#[tokio::test]
async fn a_server_that_has_not_the_files_of_its_database_does_not_start() {
    let server = Setup::new().start().await;
    let file = server.person("ann").await.file("a.txt", "hello").await;
    let setup = server.stop().await;
    let (moved, place) = elsewhere(&setup);

    let why = refusal(&moved).await;

    for part in [place.to_str().unwrap(), "media.store", "adopt-files"] {
        assert!(why.contains(part), "{part}: {why}");
    }
    // Moved with everything, it is the same place.
    copy(&directory(&setup), &place);
    let server = moved.start().await;
    let ann = server.person("ann2").await;
    let path = format!("/attachments/{}", file.id);
    assert_eq!(ann.fetch(&path, &[]).await.status, 404, "it is hers alone");
    assert!(place.join(format!("attachments/{}", file.id)).exists());
}

#[tokio::test]
async fn of_two_servers_with_places_of_their_own_the_second_does_not_start() {
    let setup = Setup::new();
    let _server = setup.clone().start().await;

    let why = refusal(&elsewhere(&setup).0).await;

    assert!(why.contains("all servers share"), "{why}");
    let together = setup.start().await;
    assert_eq!(together.door.get("/health/ready").await.status, 200);
}

#[tokio::test]
async fn the_files_of_another_database_are_not_touched() {
    let setup = Setup::new();
    let _server = setup.clone().start().await;
    let mut other = Setup::new();
    other.config.media.store = setup.config.media.store.clone();

    let why = refusal(&other).await;

    assert!(why.contains("another database"), "{why}");
}

#[tokio::test]
async fn a_place_is_taken_on_purpose() {
    let setup = Setup::new();
    setup.clone().start().await.stop().await;
    let (moved, _) = elsewhere(&setup);
    refusal(&moved).await;

    ChatServer::adopt_files(&moved.config).await.unwrap();

    let server = moved.start().await;
    server.person("ann").await.file("a.txt", "hello").await;
    // The old place has the same mark still: it may have been copied before.
    let again = setup.start().await;
    again.person("bob").await;
}

#[tokio::test]
async fn a_store_that_is_away_at_the_start_keeps_nobody_from_talking() {
    let mut setup = Setup::new();
    setup.config.media.store = Some("s3://files/chat".to_owned());
    setup.config.media.s3_endpoint = Some("http://127.0.0.1:1".to_owned());
    setup.config.media.s3_access_key_id = Some("reader".to_owned());
    setup.config.media.s3_secret_access_key = Some(chat_core::Secret::new("hunter2"));

    let server = setup.start().await;

    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;
    ann.say(group, "hello").await;
    let refused = ann.upload("", files::wav()).await;
    assert_eq!(refused.problem(), (503, "unavailable"));
}

#[tokio::test]
async fn looking_after_accounts_needs_no_files() {
    let home = Home::new();
    let server = home.serve("127.0.0.1:0", &[]).await;
    let elsewhere = Home::new();
    let database = match postgres() {
        Some(_) => home.database(),
        None => format!("sqlite://{}", home.path().join("chat.db").display()),
    };
    let create = ["user", "create", "ann", "--no-password"];
    let place = ["--database", &database, "--set", "media.store=nowhere"];

    elsewhere.run(&[&create[..], &place].concat()).await.ok();

    server.process.terminate().await.ok();
    let serve = ["serve", "--listen", "127.0.0.1:0"];
    let refused = elsewhere.run(&[&serve[..], &place].concat()).await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("files in nowhere"), "{refused:?}");
    let adopt = ["config", "adopt-files"];
    elsewhere.run(&[&adopt[..], &place].concat()).await.ok();
    let words = [&place[..], &["--log", "warn"]].concat();
    let mut serve = elsewhere.chat(&[&serve[..], &words].concat());
    let served = Serving::start(&mut serve).await;
    assert_eq!(served.process.terminate().await.code, Some(0));
}

#[tokio::test]
async fn a_program_that_leaves_files_alone_makes_no_place_for_them() {
    let setup = Setup::new();
    let alone = ChatServer::builder().config(setup.config.clone());

    let chat = alone.without_files().build().await.unwrap();

    assert!(!directory(&setup).exists());
    drop(chat);
    let server = setup.start().await;
    server.person("ann").await.file("a.txt", "hello").await;
}
